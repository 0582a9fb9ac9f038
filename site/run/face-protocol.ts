/** What the front page and the worker that makes its faces say to each other. */

/** A student of chapter 17: a face in a few questions to the network. */
export const MODEL = 'consistent-wide-faces';

/** What the page says. */
export type FaceOrder =
  /** The first: where the library finds what it needs. */
  | { kind: 'start'; settings: Record<string, string> }
  /** A new face, out of the noise of this seed. */
  | { kind: 'make'; seed: number }
  /** The face that was made last, under its noise at this level, and what the network makes of that. */
  | { kind: 'look'; level: number };

/** What the worker says. */
export type FaceNews =
  /** The answer to each look, and one for each step of a new face, from level 1 to level 0. */
  FacePictures | { kind: 'made'; about: string } | { kind: 'failed'; message: string };

export interface FacePictures {
  kind: 'pictures';
  level: number;
  side: number;
  /** Red, green and blue of each pixel: what the network sees, and the clean face that it guesses. */
  seen: Uint8Array;
  guess: Uint8Array;
}
