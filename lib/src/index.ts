export * from './types.js';
export { tf } from './backend/tf.js';
