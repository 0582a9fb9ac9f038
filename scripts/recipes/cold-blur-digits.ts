import { restore } from './cold/restore.ts';

export default await restore({ dataset: 'digits', degradation: { kind: 'blur' } });
