import { restore } from './cold/restore.ts';

// With a sigmoid the network stays at black: so much of what it sees is white that its last layer is driven to the end
// of its range.
export default await restore({ dataset: 'digits', degradation: { kind: 'snow' }, output: 'change' });
