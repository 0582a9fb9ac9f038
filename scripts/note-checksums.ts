/**
 * `npx tsx scripts/note-checksums.ts`: writes the hashes of all data, checkpoints and classifiers to data/SHA256SUMS.
 */
import { filesToList, noteChecksums } from './data/files.ts';

const files = filesToList();
noteChecksums(files);
console.log(`${files.length} files`);
