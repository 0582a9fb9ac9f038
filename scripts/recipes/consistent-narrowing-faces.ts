import { consistentFaces } from './consistent/faces.ts';

/** Chapter 17: lessons that lie half of the way further down at first, and then ever closer. */
export default consistentFaces({
  gap: (step, steps) => 2 ** -(1 + Math.floor((4 * (step - 1)) / steps)),
  teacherSteps: 2,
});
