import { restore } from './cold/restore.ts';

export default await restore({
  dataset: 'faces',
  degradation: 'fadeToBlack',
  sampling: { S: 32, algorithm: 2, draw: 'fixed' },
  steps: 900,
});
