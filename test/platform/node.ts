/* The half of the platform that is for Node, as far as a test compares it with the other. */
export { base64 } from '../../lib/src/platform/node/base64.ts';
export { gunzip } from '../../lib/src/platform/node/gunzip.ts';
export { sha256 } from '../../lib/src/platform/node/hash.ts';
export { decodeImage } from '../../lib/src/platform/node/images.ts';
