import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dataPath } from 'naive-diffusion';

/** The name of a trained model, and what tells its file apart from a later one of the same name. */
export function fileOf(checkpoint: string): { checkpoint: string; sha256: string } {
  const bytes = readFileSync(dataPath('checkpoints', `${checkpoint}.safetensors`));
  return { checkpoint, sha256: createHash('sha256').update(bytes).digest('hex') };
}
