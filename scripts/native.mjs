// @ts-check
// npm run native: builds the native TensorFlow backend.
import { main } from './setup/main.mjs';

await main(async () => (await import('./setup/commands/native.mjs')).native(process.argv.slice(2)));
