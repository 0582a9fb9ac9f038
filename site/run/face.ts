/** Makes faces out of noise beside the front page. */
import {
  clipped,
  countWeights,
  evenLevels,
  key,
  pretrained,
  ready,
  renoise,
  sample,
  tf,
  toBytes,
  type Checkpoint,
  type Images,
} from 'naive-diffusion';
import { MODEL, type FaceNews, type FaceOrder } from './face-protocol';

/** How often it is asked for a face. */
const STEPS = 4;

let model: Checkpoint | undefined;
let face: Images | undefined;
let seed = 0;

function tell(news: FaceNews): void {
  postMessage(news);
}

function tellPictures(level: number, seen: Images, guess: Images): void {
  tell({ kind: 'pictures', level, side: seen.shape[1], seen: toBytes(seen), guess: toBytes(guess) });
}

async function load(): Promise<Checkpoint> {
  await ready();
  model ??= await pretrained(MODEL);
  return model;
}

async function make(next: number): Promise<void> {
  const { network, denoise, degradation } = await load();
  seed = next;
  let before: { t: number; z: Images } | undefined;
  const turns = sample({
    denoise: clipped(denoise!),
    degradation: degradation!,
    rule: renoise(),
    levels: evenLevels(STEPS),
    count: 1,
    seed,
  });
  try {
    for await (const { t, z, x0 } of turns) {
      if (before && x0) tellPictures(before.t, before.z, x0);
      before?.z.dispose();
      before = { t, z: z.clone() };
    }
  } catch (error) {
    before?.z.dispose();
    throw error;
  }
  face?.dispose();
  face = before!.z;
  tellPictures(0, face, face);
  const weights = countWeights(network).toLocaleString('en');
  tell({ kind: 'made', about: `${weights} weights, asked ${STEPS} times, in WebAssembly on your own computer` });
}

/** Brings the noise back that the face was made of, up to a level, and asks the network once. */
async function look(level: number): Promise<void> {
  const { denoise, degradation } = await load();
  if (!face) return;
  const [seen, guess] = tf.tidy(() => {
    const z = degradation!.at(degradation!.draw(key(seed, 0), face!.shape), face!, level);
    return [z, clipped(denoise!)(z, level).x0];
  });
  tellPictures(level, seen, guess);
  tf.dispose([seen, guess]);
}

/** One after another: a look may come while a face is being made. */
let work: Promise<void> = Promise.resolve();

addEventListener('message', ({ data }: MessageEvent<FaceOrder>) => {
  if (data.kind === 'start') Object.assign(globalThis, { naiveDiffusion: data.settings });
  else
    work = work
      .then(() => (data.kind === 'make' ? make(data.seed) : look(data.level)))
      .catch((error: Error) => tell({ kind: 'failed', message: error.message }));
});
