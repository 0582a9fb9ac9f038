import { cosineSchedule, velocity } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

/** Not to paint with: the worse model that autoguidance leads away from. */
export default gaussianFaces({
  asks: 'the velocity, and stopped early',
  schedule: cosineSchedule(),
  target: velocity,
  steps: 1_800,
});
