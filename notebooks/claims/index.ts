// What each document claims of its numbers, by the name of its file. `npm test` checks all of it against the committed
// outputs, and `npm run chapters` says what a new run has broken.
import type { Claim } from '../../scripts/claims/claim.js';
import problems from './01-problems-of-generative-modeling.js';
import noise from './02-binomial-noise.js';
import network from './03-unet.js';
import naive from './04-naive-diffusion.js';
import renoise from './05-denoise-renoise.js';
import cold from './06-cold-diffusion.js';
import measuring from './07-measuring.js';
import gaussianNoise from './08-gaussian-noise.js';
import ddpm from './09-ddpm.js';
import bits from './10-counting-bits.js';
import fewer from './11-fewer-steps.js';
import score from './12-the-score.js';
import better from './13-better-networks.js';
import asking from './14-asking-for-a-face.js';
import mending from './15-mending-pictures.js';
import small from './16-small-spaces.js';
import straight from './17-straight-lines.js';
import sounds from './18-not-only-pictures.js';
import readme from './readme.js';
import bench from './bench.js';

export const claims: Record<string, readonly Claim[]> = {
  '01-problems-of-generative-modeling.ipynb': problems,
  '02-binomial-noise.ipynb': noise,
  '03-unet.ipynb': network,
  '04-naive-diffusion.ipynb': naive,
  '05-denoise-renoise.ipynb': renoise,
  '06-cold-diffusion.ipynb': cold,
  '07-measuring.ipynb': measuring,
  '08-gaussian-noise.ipynb': gaussianNoise,
  '09-ddpm.ipynb': ddpm,
  '10-counting-bits.ipynb': bits,
  '11-fewer-steps.ipynb': fewer,
  '12-the-score.ipynb': score,
  '13-better-networks.ipynb': better,
  '14-asking-for-a-face.ipynb': asking,
  '15-mending-pictures.ipynb': mending,
  '16-small-spaces.ipynb': small,
  '17-straight-lines.ipynb': straight,
  '18-not-only-pictures.ipynb': sounds,
  'README.md': readme,
  'bench/README.md': bench,
};
