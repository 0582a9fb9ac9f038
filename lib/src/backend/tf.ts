import * as tf from '@tensorflow/tfjs';

/** The one TensorFlow.js of the library and of every notebook that imports it. */
export { tf };
