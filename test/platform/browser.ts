/* The half of the platform that is for browsers, as far as a test in Node can ask it. */
export { base64 } from '../../lib/src/platform/browser/base64.ts';
export { listFolder, readWhole, writeWhole } from '../../lib/src/platform/browser/files.ts';
export { gunzip } from '../../lib/src/platform/browser/gunzip.ts';
export { sha256 } from '../../lib/src/platform/browser/hash.ts';
export { decodeImage, reduceColours } from '../../lib/src/platform/browser/images.ts';
export { extname, join, relative } from '../../lib/src/platform/browser/paths.ts';
export { giveWay, offStop, onStop } from '../../lib/src/platform/browser/turns.ts';
