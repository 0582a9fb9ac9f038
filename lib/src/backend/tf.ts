import * as tf from '@tensorflow/tfjs';
import { nameDisposedTensors } from './disposed.js';

nameDisposedTensors();

/** The one TensorFlow.js of the library and of every notebook that imports it. */
export { tf };

/**
 * Importing loads no backend. Left to itself, TensorFlow.js would then run in pure JavaScript, a thousand times slower
 * and without a word: so until `ready()` has chosen, this backend stands in, and says what to do.
 */
class NotReady extends tf.KernelBackend {
  override write(): never {
    throw new Error(notReady);
  }
  override memory(): never {
    throw new Error(notReady);
  }
  override dispose(): void {}
}
const notReady = 'naive-diffusion: call `await ready()` before the first tensor is made';

tf.registerBackend('none: call `await ready()` first', () => new NotReady(), 1000);
