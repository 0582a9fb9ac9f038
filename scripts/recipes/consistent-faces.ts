import { student } from './consistent/faces.ts';

/** Chapter 17's first student: each lesson lies an eighth of its level further down. */
export default student({
  steps: 4_000,
  second: 0.5,
  slope: 2,
  average: 0.998,
  isHeld: false,
  training: { gap: 1 / 8, batchSize: 32 },
});
