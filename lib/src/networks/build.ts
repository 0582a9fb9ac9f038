import { categoricalUnet, type CategoricalConfig } from './categorical.js';
import type { Network } from './network.js';
import { residualUnet, type ResidualUNetConfig } from './residual-unet.js';
import { unet, type UNetConfig } from './unet.js';

const builders: Record<string, (config: never) => Network> = {
  unet: (config: UNetConfig) => unet(config),
  'residual-unet': (config: ResidualUNetConfig) => residualUnet(config),
  'categorical-unet': (config: CategoricalConfig) => categoricalUnet(config),
};

/**
 * Builds the network that a configuration describes, with fresh weights.
 * @throws {Error} when its `kind` is unknown
 */
export function buildNetwork(config: { kind: string }): Network {
  const build = builders[config.kind];
  if (!build)
    throw new Error(`buildNetwork: kind must be one of ${Object.keys(builders).join(', ')}, got '${config.kind}'`);
  return build(config as never);
}
