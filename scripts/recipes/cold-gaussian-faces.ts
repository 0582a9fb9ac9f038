import { restore } from './cold/restore.ts';

export default await restore({
  dataset: 'faces',
  degradation: 'gaussian',
  sampling: { S: 32, algorithm: 2, draw: 'inferred' },
  loss: 'squared',
});
