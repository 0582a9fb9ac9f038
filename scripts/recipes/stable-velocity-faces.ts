import { cosineSchedule, type LevelSource, stratifiedLevels, tf, velocity } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

/** Three times as often in the middle, where glasses and beards are decided, as at both ends. */
const middle: LevelSource = (key, batch) =>
  tf.tidy(() => {
    const even = stratifiedLevels(key, batch);
    return tf.add(even, tf.div<tf.Tensor1D>(tf.sin(tf.mul(even, 2 * Math.PI)), 4 * Math.PI));
  });

export default gaussianFaces({
  asks: 'the velocity, with stable targets and more of the levels in the middle',
  schedule: cosineSchedule(),
  target: velocity,
  trainingLevels: () => middle,
  taught: 0.25,
  steps: 18_000,
});
