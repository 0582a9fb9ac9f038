import { restore } from './cold/restore.ts';

export default await restore({
  dataset: 'faces',
  degradation: 'animorphosis',
  sampling: { S: 32, algorithm: 2, draw: 'fixed' },
});
