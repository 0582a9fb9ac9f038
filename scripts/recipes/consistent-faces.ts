import { consistentFaces } from './consistent/faces.ts';

/** Chapter 17: each lesson lies an eighth of the way further down. */
export default consistentFaces({ gap: () => 1 / 8 });
