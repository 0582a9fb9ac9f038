import { tf } from './tf.js';

/** Tensors by name; an optional one may be missing. */
type Inputs = Record<string, tf.Tensor | undefined>;
type Saved = Record<string, tf.Tensor>;

/** How a {@link kernel} computes its output, and how the output's gradient becomes its inputs' gradients. */
export interface KernelDefinition<I extends Inputs, A extends object> {
  /** The outputs. Only the first is meant for the caller; the others, which must be small, are for the gradient. */
  forward(inputs: I, attributes: A): tf.Tensor[];
  /** Names of the inputs that `gradient` needs. */
  saveInputs: (keyof I & string)[];
  /** Names for the outputs that `gradient` needs, by position; null for one that it does not need. */
  saveOutputs: (string | null)[];
  /** For each input, a function that computes its gradient: only those that are wanted are called. */
  gradient(dy: tf.Tensor, saved: Saved, attributes: A): { [name in keyof I]-?: () => tf.Tensor };
}

/**
 * Defines a differentiable operation by hand, as TensorFlow.js defines its own. Against `tf.customGrad`, gradients that
 * nobody asks for (of the images, in a first layer) are not computed.
 * @param name unique in TensorFlow.js
 * @returns a function from inputs and attributes to the first output, which the caller owns
 */
export function kernel<I extends Inputs, A extends object = object>(
  name: string,
  definition: KernelDefinition<I, A>,
): (inputs: I, attributes: A) => tf.Tensor {
  const { forward, saveInputs, saveOutputs, gradient } = definition;
  const savedNames = [...saveInputs, ...saveOutputs.filter((output) => output !== null)];
  for (const backendName of ['tensorflow', 'wasm', 'webgl', 'webgpu', 'cpu']) {
    if (tf.getKernel(name, backendName)) continue; // defined before, by another copy of the library
    tf.registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => tf.tidy(() => forward(inputs as I, attrs as unknown as A)),
    });
  }
  if (!tf.getGradient(name)) {
    tf.registerGradient({
      kernelName: name,
      inputsToSave: saveInputs,
      outputsToSave: saveOutputs.map((output) => output !== null),
      gradFunc: (dy, saved, attributes) => {
        const byName = Object.fromEntries(savedNames.map((savedName, i) => [savedName, saved[i]]));
        return gradient(Array.isArray(dy) ? dy[0] : dy, byName, attributes as unknown as A);
      },
    });
  }
  return (inputs, attributes) =>
    tf.tidy(() => {
      const outputs = tf
        .engine()
        .runKernel(name, inputs as tf.NamedTensorMap, attributes as unknown as tf.NamedAttrMap);
      return Array.isArray(outputs) ? outputs[0] : outputs;
    }) as tf.Tensor;
}

/**
 * The gradients of images without a number in them, and of whatever met them: 0. TensorFlow's own operations do not
 * agree on such images, and some are wrong.
 */
export function zeroGradients<I extends Saved>(inputs: I): { [name in keyof I]: () => tf.Tensor } {
  const entries = Object.entries(inputs).map(([name, input]) => [name, () => tf.zerosLike(input)] as const);
  return Object.fromEntries(entries) as { [name in keyof I]: () => tf.Tensor };
}
