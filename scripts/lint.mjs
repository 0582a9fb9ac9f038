// @ts-check
// npm run lint: style, who imports whom, what nothing uses, and what users of the package would trip over.
import { main } from './setup/main.mjs';

await main(async () => (await import('./setup/commands/lint.mjs')).lint(process.argv.slice(2)));
