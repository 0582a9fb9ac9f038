/**
 * `npm run api`: a report for each entry point of the library, with everything that is public and its types. They are
 * in the repository, so that whoever changes what is public sees it, and `npm run lint` refuses what they do not say.
 */
import { commandLine, start } from './command-line.ts';
import { buildLibrary } from './setup/library.mjs';

const ENTRIES = ['index', 'metrics', 'display', 'workers'];

const command = commandLine(
  'npm run api --',
  'Writes lib/api/NAME.api.md for each entry point of the library: everything that is public, with its types.',
).option('--check', 'writes nothing, and ends with status 1 where a report would be another', false);

await start(command, async ({ check }: { check: boolean }) => {
  await buildLibrary();
  const { changedReports } = await import('./api/reports.ts');
  const changed = changedReports(ENTRIES, check);
  if (check && changed.length > 0)
    throw new Error(`api: what is public has changed (${changed.join(', ')}); \`npm run api\` writes it down`);
  console.log(changed.length > 0 ? `written anew: ${changed.join(', ')}` : `as lib/api says: ${ENTRIES.join(', ')}`);
});
