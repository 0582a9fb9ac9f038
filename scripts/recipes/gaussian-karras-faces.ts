import { cosineSchedule, karras, logNormalLevels } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

export default gaussianFaces({
  asks: 'a mixture of image and noise by level, as Karras and others do',
  schedule: cosineSchedule(),
  target: karras,
  trainingLevels: logNormalLevels,
});
