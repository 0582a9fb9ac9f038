import { otherCopy } from '#platform/copies.js';
import { tf } from './tf.js';

/**
 * Warns where there is a second copy of TensorFlow.js. All copies share one engine, but each has tensors of its own
 * class, whose methods the others have not given it. Call it when a backend has started.
 */
export function warnOfCopies(): void {
  const other = otherCopy();
  // The first copy that was loaded makes the engine, which makes tensors.
  const probe = tf.engine().makeTensor(Float32Array.of(0), [1], 'float32');
  const isForeign = probe.constructor !== tf.Tensor;
  probe.dispose();
  if (!other && !isForeign) return;
  const which = other ? `: ${other.ours} and ${other.theirs}` : ', of which another was loaded first';
  console.warn(
    `naive-diffusion: there are two copies of TensorFlow.js${which}. What one makes may fail in the other. ` +
      "Import tf from 'naive-diffusion', or ask for version " +
      `${tf.version.tfjs} of @tensorflow/tfjs alone; npm ls @tensorflow/tfjs-core says who asks for which.`,
  );
}
