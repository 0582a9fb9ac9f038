import { dataPath } from 'naive-diffusion';
import { sha256Of } from '../sha256.ts';

/** The name of a trained model, and what tells its file apart from a later one of the same name. */
export function fileOf(checkpoint: string): { checkpoint: string; sha256: string } {
  return { checkpoint, sha256: sha256Of(dataPath('checkpoints', `${checkpoint}.safetensors`)) };
}
