// @ts-check
// npm run setup: sets up whatever is missing, and opens nothing.
import { main } from './setup/main.mjs';

await main(async () => (await import('./setup/commands/setup.mjs')).setup(process.argv.slice(2)));
