// @ts-check
// npm start: sets up whatever is missing, then opens JupyterLab.
import { main } from './setup/main.mjs';

await main(async () => (await import('./setup/commands/start.mjs')).start(process.argv.slice(2)));
