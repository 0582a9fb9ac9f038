// @ts-check
// For the processor, or for an NVIDIA GPU?
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../command.mjs';
import { readMark, removeMark, writeMark } from '../marks.mjs';
import { scratch } from '../paths.mjs';
import { wheelsFor } from './wheels.mjs';

/** @typedef {import('./wheels.mjs').Flavour} Flavour */

const choiceFile = join(scratch, 'native-choice.json');

/**
 * The flavour that was asked for with `npm run native -- --gpu | --cpu`; undefined if none was.
 * @returns {Flavour | undefined}
 */
export function chosenFlavour() {
  const choice = readMark(choiceFile);
  return choice === 'cpu' || choice === 'gpu' ? choice : undefined;
}

/**
 * Remembers a choice for all later set-ups of this clone; undefined forgets it.
 * @param {Flavour | undefined} flavour
 */
export function chooseFlavour(flavour) {
  if (flavour) writeMark(choiceFile, flavour);
  else removeMark(choiceFile);
}

/**
 * `gpu` if the driver of an NVIDIA GPU is there and there are wheels for it.
 * @returns {Promise<Flavour>}
 */
export async function detectFlavour() {
  if (!wheelsFor('gpu')) return 'cpu';
  const driver =
    ['/proc/driver/nvidia/version', '/usr/lib/wsl/lib/libcuda.so.1'].some(existsSync) ||
    (await command('nvidia-smi', ['-L'], { timeout: 20_000 })).stdout.startsWith('GPU') ||
    (await command('ldconfig', ['-p'])).stdout.includes('libcuda.so.1');
  return driver ? 'gpu' : 'cpu';
}
