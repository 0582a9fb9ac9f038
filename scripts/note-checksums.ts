/**
 * `npx tsx scripts/note-checksums.ts`: writes the hashes of all data, checkpoints and classifiers to data/SHA256SUMS.
 */
import { commandLine, start } from './command-line.ts';

const command = commandLine(
  'npx tsx scripts/note-checksums.ts',
  'Writes the hashes of all data, checkpoints and classifiers to data/SHA256SUMS.',
);

await start(command, async () => {
  const { filesToList, noteChecksums } = await import('./data/files.ts');
  const files = filesToList();
  noteChecksums(files);
  console.log(`${files.length} files`);
});
