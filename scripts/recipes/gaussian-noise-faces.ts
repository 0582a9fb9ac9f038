import { cosineSchedule, noise } from 'naive-diffusion';
import { gaussianFaces } from './gaussian/faces.ts';

// The noise says nothing of the images where there is nothing else: the schedule ends at a last trace of them.
export default gaussianFaces({ asks: 'the noise', schedule: cosineSchedule({ most: 80 }), target: noise });
