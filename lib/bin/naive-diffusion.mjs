#!/usr/bin/env node
// npx naive-diffusion setup: native TensorFlow for the project in whose folder one is.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Copied from scripts/setup when the package is made.
const command = new URL('../dist/setup/commands/package.mjs', import.meta.url);
const isClone = existsSync(fileURLToPath(new URL('../tsconfig.json', import.meta.url))); // no package has it
if (!isClone && existsSync(fileURLToPath(command))) {
  await import(command.href);
} else {
  console.error('This is a clone, not an installed package: `npm run native` sets up TensorFlow here.');
  process.exitCode = 1;
}
