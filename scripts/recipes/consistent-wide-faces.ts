import { consistentFaces } from './consistent/faces.ts';

/** Chapter 17: each lesson lies half of the way further down, and the teacher walks it in four steps. */
export default consistentFaces({ gap: 1 / 2, said: 'half', teacherSteps: 4 });
