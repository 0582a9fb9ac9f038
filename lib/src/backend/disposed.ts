import * as tf from '@tensorflow/tfjs';

/** Data was asked for that has been disposed of. */
class Disposed extends Error {}

/** What is changed here of TensorFlow.js's engine. */
interface Engine {
  readonly state: { readonly tensorInfo: WeakMap<object, unknown> };
  moveData(backend: unknown, dataId: object): void;
  runKernel(name: string, inputs: Record<string, unknown>, attributes?: unknown): unknown;
}

const marked = Symbol.for('naive-diffusion.disposed');

/**
 * Makes TensorFlow.js say which tensor an operation uses that has been disposed of, where it would say "Cannot read
 * properties of undefined (reading 'backend')". It costs nothing as long as nothing is wrong.
 */
export function nameDisposedTensors(): void {
  const engine = tf.engine() as unknown as Engine & { [marked]?: true };
  if (engine[marked]) return; // by another copy of the library
  engine[marked] = true;
  const { moveData, runKernel } = engine;
  engine.moveData = function (backend, dataId) {
    if (!this.state.tensorInfo.has(dataId))
      throw new Disposed('a tensor is used that has been disposed of, or whose network has');
    moveData.call(this, backend, dataId);
  };
  engine.runKernel = function (name, inputs, attributes) {
    try {
      return runKernel.call(this, name, inputs, attributes);
    } catch (error) {
      if (!(error instanceof Disposed)) throw error;
      const gone = Object.values(inputs)
        .flat()
        .find((input) => input instanceof tf.Tensor && input.isDisposed);
      throw gone
        ? new Error(`${name.replace(/^NaiveDiffusion/, '')}: ${describe(gone as tf.Tensor)} has been disposed of`)
        : error;
    }
  };
}

function describe(tensor: tf.Tensor): string {
  if (!(tensor instanceof tf.Variable)) return `a tensor [${tensor.shape}]`;
  return `the variable '${tensor.name}' [${tensor.shape}], perhaps a weight of a network,`;
}
