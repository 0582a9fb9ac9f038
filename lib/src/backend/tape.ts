import { tf } from './tf.js';

/**
 * Runs what takes gradients: `tf.grad`, `tf.valueAndGrad`, `tf.variableGrads`. When it throws, TensorFlow.js leaves
 * behind the tensors that it has kept for the way back: they are freed here. Of gradients that are taken within
 * gradients only the inner one's are, since whoever takes the outer one may have caught the error, and goes on.
 */
export function freeTapeOnError<T>(fn: () => T): T {
  const { state } = tf.engine();
  const isInner = state.gradientDepth > 0;
  const before = isInner ? state.activeTape.length : 0;
  try {
    return fn();
  } catch (error) {
    const tape = state.activeTape as typeof state.activeTape | null; // none where nothing had begun
    for (const { saved } of tape?.splice(before) ?? []) tf.dispose(saved);
    throw error;
  }
}
