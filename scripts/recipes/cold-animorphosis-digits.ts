import { restore } from './cold/restore.ts';

// With the absolute loss the network stays at black, the median of a digit's pixels.
export default await restore({ dataset: 'digits', degradation: { kind: 'animorphosis' }, loss: 'squared' });
