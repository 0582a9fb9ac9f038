import { restore } from './cold/restore.ts';

export default await restore({
  dataset: 'faces',
  degradation: { kind: 'fadeToBlack' },
  sampler: { kind: 'cold', steps: 32, algorithm: 2, draw: 'fixed' },
  steps: 900,
});
