/**
 * `npx tsx scripts/convert-checkpoints.ts`: brings checkpoints of format 1, whose configuration said what a network
 * predicts and whose notes said how to sample, to format 2, whose card says it in specs. The weights stay as they are,
 * byte for byte; hashes of the files in results are brought up to date.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Card, dataPath, degradations, type Spec, writeWhole } from 'naive-diffusion';

/** How format 1 said how to sample. */
interface OldSampling {
  method: string;
  degradation: string;
  degradationOptions?: Record<string, unknown>;
  options: Record<string, unknown>;
}

const hashes = new Map<string, string>();

async function main(): Promise<void> {
  for (const folder of ['checkpoints', 'classifiers']) {
    for (const file of await readdir(dataPath(folder))) {
      if (file.endsWith('.safetensors')) await convert(dataPath(folder, file));
    }
  }
  await convertResults(dataPath('results'));
}

async function convert(file: string): Promise<void> {
  const old = await readFile(file);
  const length = Number(old.readBigUInt64LE());
  const header = JSON.parse(old.toString('utf8', 8, 8 + length)) as { __metadata__: Record<string, string> };
  const { format, config, notes } = header.__metadata__;
  if (format !== '1') return;
  const { predicts, ...network } = JSON.parse(config) as Spec & { predicts?: string };
  const { sampling, ...rest } = JSON.parse(notes) as Record<string, unknown> & { sampling?: OldSampling };
  const card: Card = { network, ...(await undoing(path.basename(file, '.safetensors'), predicts, sampling)) };
  header.__metadata__ = { format: '2', card: JSON.stringify(card), notes: JSON.stringify(rest) };
  const json = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  const converted = Buffer.concat([size, text, old.subarray(8 + length)]);
  hashes.set(sha256(old), sha256(converted));
  writeWhole('convert', file, converted);
  const side = file.replace(/\.safetensors$/, '.json');
  const { sampling: _, ...written } = JSON.parse(await readFile(side, 'utf8')) as Record<string, unknown>;
  writeWhole('convert', side, `${JSON.stringify({ ...written, card: withoutPalette(card) }, null, 2)}\n`);
}

/** What the network undoes and how it samples; the restorers of format 1 had only their name to say it. */
async function undoing(name: string, predicts?: string, sampling?: OldSampling): Promise<Omit<Card, 'network'>> {
  const restorer = /^cold-(.*)-(digits|faces)$/.exec(name)?.[1].replace(/-(.)/g, (_, c: string) => c.toUpperCase());
  const kind = sampling?.degradation ?? restorer;
  if (predicts !== 'clean' || !kind) return sampling ? { sampler: samplerOf(sampling) } : {};
  const { spec } = await degradations.make({ kind, ...sampling?.degradationOptions });
  return { degradation: spec, target: { kind: 'clean' }, ...(sampling && { sampler: samplerOf(sampling) }) };
}

function samplerOf({ method, degradation, options }: OldSampling): Spec {
  const { S, T, pixels, ...more } = options;
  if (method === 'naive') return { kind: method, steps: T, walk: { kind: degradation, pixels } };
  return { kind: method, steps: S, ...more };
}

async function convertResults(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await convertResults(file);
    else if (entry.name.endsWith('.json')) {
      const before = await readFile(file, 'utf8');
      const after = before.replace(/[0-9a-f]{64}/g, (hash) => hashes.get(hash) ?? hash);
      const result = JSON.parse(after) as { sampling?: OldSampling & Record<string, unknown> };
      if (result.sampling?.method) {
        const { method, degradation, degradationOptions, options, ...rest } = result.sampling;
        const old = { method, degradation, degradationOptions, options };
        const predicts = method === 'naive' || method === 'palette' ? undefined : 'clean';
        (result as { sampling: unknown }).sampling = { ...(await undoing('', predicts, old)), ...rest };
        delete (result.sampling as Record<string, unknown>).target;
      }
      const space = before.startsWith('{\n ') ? (/^\{\n( +)/.exec(before)?.[1].length ?? 2) : 0;
      const text = JSON.stringify(result, null, space) + (before.endsWith('\n') ? '\n' : '');
      if (text !== before) writeWhole('convert', file, text);
    }
  }
}

/** The palette of a network is long, and stays inside its file. */
function withoutPalette({ network, ...card }: Card): Card {
  const { palette, ...config } = network;
  return {
    network: palette ? { ...config, palette: `${(palette as unknown[]).length} colours` } : config,
    ...card,
  } as Card;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

await main();
