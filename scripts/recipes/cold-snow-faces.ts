import { restore } from './cold/restore.ts';

export default await restore({ dataset: 'faces', degradation: { kind: 'snow' } });
