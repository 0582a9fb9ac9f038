import { flow, flowSchedule, logitNormalLevels } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

/** Chapter 17: a short training, so that its lines can be made straight in another as short. */
export default gaussianFaces({
  asks: 'the direction of the straight line from a face to its noise',
  schedule: flowSchedule(),
  target: flow,
  trainingLevels: () => logitNormalLevels(),
  steps: 1_800,
});
