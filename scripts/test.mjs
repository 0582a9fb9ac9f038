// @ts-check
// npm test: sets up whatever is missing, then checks everything.
import { main } from './setup/main.mjs';

await main(async () => (await import('./setup/commands/test.mjs')).test(process.argv.slice(2)));
