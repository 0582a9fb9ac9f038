import { Registry } from '../registry.js';
import { categoricalUnet } from './categorical.js';
import { classifier } from './classifier.js';
import { diffusionTransformer } from './diffusion-transformer.js';
import { fourierUnet } from './fourier-unet.js';
import type { Model } from './network.js';
import { residualUnet } from './residual-unet.js';
import { soundUnet } from './sound-unet.js';
import { textEncoder } from './text-encoder.js';
import { unet } from './unet.js';

/**
 * The networks that checkpoints can name, each built with fresh weights from its configuration; open to a reader's own.
 *
 * ```ts
 * networks.define('one-filter', (config) => oneFilter(config));
 * const network = await networks.make({ kind: 'one-filter' });
 * ```
 */
export const networks = new Registry<Model>('network');
networks.define('unet', unet);
networks.define('residual-unet', residualUnet);
networks.define('fourier-unet', fourierUnet);
networks.define('categorical-unet', categoricalUnet);
networks.define('classifier', classifier);
networks.define('diffusion-transformer', diffusionTransformer);
networks.define('sound-unet', soundUnet);
networks.define('text-encoder', textEncoder);
