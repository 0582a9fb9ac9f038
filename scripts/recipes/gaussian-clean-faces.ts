import { clean, cosineSchedule } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

export default gaussianFaces({ asks: 'the clean images', schedule: cosineSchedule(), target: () => clean });
