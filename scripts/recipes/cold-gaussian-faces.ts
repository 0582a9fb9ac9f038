import { restore } from './cold/restore.ts';

export default await restore({
  dataset: 'faces',
  degradation: { kind: 'gaussian' },
  sampler: { kind: 'cold', steps: 32, algorithm: 2, draw: 'inferred' },
  loss: 'squared',
});
