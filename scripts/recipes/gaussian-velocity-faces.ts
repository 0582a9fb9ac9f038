import { cosineSchedule, velocity } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

export default gaussianFaces({
  asks: 'the velocity',
  schedule: cosineSchedule(),
  target: velocity,
  steps: 20_000,
});
