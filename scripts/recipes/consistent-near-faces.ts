import { consistentFaces } from './consistent/faces.ts';

/** Chapter 17: each lesson lies an eighth of the way further down. What comes of it is worse than what it began as. */
export default consistentFaces({ gap: 1 / 8, said: 'an eighth', teacherSteps: 1 });
