import { cosineSchedule, velocity } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

export default gaussianFaces({
  asks: 'the velocity, with attention at 8×8',
  schedule: cosineSchedule(),
  target: velocity,
  steps: 18_000,
  network: { attention: [8], heads: 4 },
});
