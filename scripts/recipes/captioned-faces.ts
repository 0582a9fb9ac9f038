import {
  Adam,
  assignWeights,
  type Batch,
  captionWords,
  cosineSchedule,
  denseResidualConfig,
  faceAttributes,
  faceCaption,
  type FaceCombination,
  type FaceSet,
  gaussian,
  type Given,
  karrasLevels,
  type LevelSource,
  loadFaces,
  pretrained,
  Random,
  readWeights,
  type Recipe,
  residualUnet,
  someAttributes,
  splitKey,
  squaredLoss,
  stratifiedLevels,
  textEncoder,
  tf,
  tokenizer,
  train,
  velocity,
} from 'naive-diffusion';
import { fallingRate } from '../falling-rate.ts';

type Network = ReturnType<typeof residualUnet>;

const start = 'stable-velocity-faces';
const schedule = cosineSchedule();
const degradation = gaussian({ schedule });
const target = velocity(degradation);
/** Of how many faces nothing is said, and of how many some attributes; all others have a caption. */
const [silent, listed] = [0.1, 0.3];
/** Of how many words in a hundred nothing is known, so that an unknown word is no surprise. */
const unknown = 0.03;
/** Random numbers set apart for what is said of each face. */
const numbersPerFace = 128;
/** Steps in which captions alone are read, before there are any pictures. */
const readingSteps = 1000;

const length = 32;
const words = captionWords();
const { encode } = tokenizer({ words, length });
const shape = { words, length, width: 64, blocks: 2, heads: 4 };
const { embedding } = denseResidualConfig;

/** More of the levels with much noise, where walls, skin and hair are decided. */
const noisier: LevelSource = (key, batch) => tf.tidy(() => tf.pow(stratifiedLevels(key, batch), 2 / 3));
/** Three in five between 0.4 and 0.95, where glasses and beards are decided. */
const decisive: LevelSource = (key, batch) =>
  tf.tidy(() => {
    const even = stratifiedLevels(key, batch);
    const within = tf.add(0.4, tf.mul(even, 0.55 / 0.6));
    const anywhere = tf.pow(tf.div(tf.relu(tf.sub(even, 0.6)), 0.4), 2 / 3);
    return tf.where(tf.less(even, 0.6), within, anywhere) as tf.Tensor1D;
  });
/** A part of the training: until which step, at which levels, what is said of faces, and which pixels count more. */
interface Part {
  until: number;
  levels: LevelSource;
  /** Of how many faces all attributes are told, and of how many the facial hair alone. */
  whole: number;
  beard: number;
  /** By how much a pixel counts because of other glasses, or another beard, there. */
  glasses: number;
  facialHair: number;
}

/** Walls, skin and hair are learnt first; glasses only where they count, and facial hair last of all. */
const parts: readonly Part[] = [
  { until: 2474, levels: noisier, whole: 0, beard: 0, glasses: 0, facialHair: 0 },
  { until: 3726, levels: decisive, whole: 0.5, beard: 0, glasses: 1 / 3, facialHair: 1 / 3 },
  { until: 4929, levels: decisive, whole: 0.5, beard: 0, glasses: 1 / 4, facialHair: 1 / 2 },
  { until: Infinity, levels: decisive, whole: 0.35, beard: 0.3, glasses: 1 / 4, facialHair: 1 / 2 },
];

/** The weights to start from, once they have been read. */
let before: Awaited<ReturnType<typeof readWeights>> | undefined;

/** What is said of the faces of a batch: other words, and of other attributes, in each epoch. */
function saidOf(
  faces: FaceSet,
  { indices, epoch }: Pick<Batch, 'indices' | 'epoch'>,
  { whole, beard, lists }: { whole: number; beard: number; lists: number },
) {
  const captions: string[] = [];
  const all: FaceCombination[] = [];
  const asList: boolean[] = [];
  for (const index of indices) {
    const random = new Random({ seed: 14, count: (epoch * faces.length + index) * numbersPerFace });
    const face = faces.describe(index);
    const chance = random.uniform();
    const much = whole > 0 ? random.uniform() : 1;
    let some: FaceCombination = {};
    if (chance >= silent && much < whole) some = wholeOf(face);
    else if (chance >= silent && much < whole + beard) some = { facialHair: face.facialHair };
    else if (chance >= silent) some = someAttributes(face, random);
    const isList = chance < silent + lists;
    const isSilent = isList || Object.keys(some).length === 0;
    const caption = isSilent ? '' : faceCaption(some, { random });
    captions.push(caption.replace(/\p{L}+/gu, (word) => (random.uniform() < unknown ? 'xyz' : word)));
    all.push(some);
    asList.push(isList);
  }
  return { captions, all, asList };
}

/** All attributes of a face; a bald one has no colour of hair. */
function wholeOf({ hairColor, ...others }: FaceCombination): FaceCombination {
  return others.hair === 'bald' ? others : { ...others, hairColor };
}

/** The numbers of an attribute's values, −1 where nothing is said of it. */
function numbersOf(faces: FaceSet, all: readonly FaceCombination[], name: keyof FaceCombination): number[] {
  return all.map((some) => (some[name] === undefined ? -1 : faces.vocabulary[name].indexOf(some[name])));
}

function given(faces: FaceSet, batch: Batch, part: Part): Given {
  const { captions, all, asList } = saidOf(faces, batch, { ...part, lists: listed });
  const lists = all.map((some, i) => (asList[i] ? some : {}));
  const values = faceAttributes.map((name) => [name, tf.tensor1d(numbersOf(faces, lists, name))] as const);
  return { caption: encode(captions), ...Object.fromEntries(values) };
}

/**
 * Before the network sees a picture, its encoder learns to say of a caption what the tables say of the same attributes.
 * From then on, whatever the network learns of the ones it knows of the other.
 */
async function learnToRead(network: Network, faces: FaceSet): Promise<void> {
  const encoder = textEncoder({ ...shape, outputs: embedding, seed: 14 });
  const tables = Object.fromEntries(
    faceAttributes.map((name) => [name, network.parameters[`condition.${name}`].dataSync()]),
  );
  const wanted = (all: readonly FaceCombination[]) => {
    const rows = new Float32Array(all.length * embedding);
    for (const name of faceAttributes)
      for (const [i, number] of numbersOf(faces, all, name).entries())
        for (let k = 0; k < embedding; k++)
          rows[i * embedding + k] += tables[name][(number + 1) * embedding + k] - tables[name][k];
    return tf.tensor2d(rows, [all.length, embedding]);
  };
  const adam = new Adam(encoder.weights, { rate: fallingRate(3e-3, readingSteps, 1), warmup: 50, clip: 1 });
  const reading = train({
    network: encoder,
    data: faces,
    steps: readingSteps,
    batchSize: 64,
    seed: 14,
    optimizer: adam,
    inputs: (batch) => {
      const { captions, all } = saidOf(faces, batch, { whole: 0, beard: 0, lists: 0 });
      return { tokens: encode(captions), wanted: wanted(all) };
    },
    objective: (_key, _images, { tokens, wanted }) =>
      squaredLoss(encoder(tokens as tf.Tensor2D), wanted as tf.Tensor2D) as tf.Scalar,
  });
  for await (const { step, loss } of reading)
    if (step % 250 === 0) console.log(`reading captions: step ${step}, loss ${loss.toPrecision(3)}`);
  const read = await readWeights(encoder.parameters);
  const own = Object.fromEntries(
    Object.entries(read).map(([name, each]) => [name.replace('text.', 'text.caption.'), each]),
  );
  const parts = Object.entries(network.parameters).filter(([name]) => name.startsWith('text.'));
  assignWeights(Object.fromEntries(parts), own, 'what has learnt to read');
  encoder.dispose();
  adam.dispose();
}

/**
 * How much each pixel counts, 1 on average: a share by how much faces with other glasses differ there, a share by how
 * much those with another beard do, and the rest all alike. What is best to answer in a pixel does not depend on it;
 * but glasses are small, and a moustache is smaller.
 */
function whereItShows(faces: FaceSet, shares: Pick<Part, 'glasses' | 'facialHair'>): tf.Tensor4D {
  const size = faces.pixels.length / faces.length;
  const counted = new Float64Array(size).fill(1 - shares.glasses - shares.facialHair);
  for (const name of ['glasses', 'facialHair'] as const) {
    const sums = faces.vocabulary[name].map(() => new Float64Array(size));
    const counts = sums.map(() => 0);
    const all = new Float64Array(size);
    for (let i = 0; i < faces.length; i++) {
      const value = faces.attributes[name][i];
      counts[value]++;
      for (let k = 0; k < size; k++) sums[value][k] += faces.pixels[i * size + k];
    }
    for (const sum of sums) for (let k = 0; k < size; k++) all[k] += sum[k] / faces.length;
    const between = all.map((mean, k) =>
      sums.reduce(
        (total, sum, value) => total + (counts[value] / faces.length) * (sum[k] / counts[value] - mean) ** 2,
        0,
      ),
    );
    const mean = between.reduce((a, b) => a + b) / size;
    for (let k = 0; k < size; k++) counted[k] += (shares[name] * between[k]) / mean;
  }
  const [height, width, channels] = faces.shape;
  return tf.tensor4d(Float32Array.from(counted), [1, height, width, channels]);
}

/** A part of the training: that of a denoiser, where pixels do not count alike. */
async function* learn(run: Parameters<Recipe<Network, FaceSet>['train']>[0], part: Part) {
  const root = tf.tidy(() => tf.sqrt(whereItShows(run.data, part)));
  try {
    yield* train({
      ...run,
      batchSize: 32,
      constants: [root],
      inputs: (batch) => given(run.data, batch, part),
      objective: (key, x0, told) => {
        const [levelKey, drawKey] = splitKey(key, 2);
        const t = part.levels(levelKey, x0.shape[0]);
        const draw = degradation.draw(drawKey, x0.shape);
        const answer = run.network(...target.ask!(degradation.at(draw, x0, t), t), told);
        const wanted = target.of({ x0, z: x0, t, draw });
        return squaredLoss(tf.mul(answer, root), tf.mul(wanted, root)) as tf.Scalar;
      },
    });
  } finally {
    root.dispose();
  }
}

/**
 * The model of the velocity, which goes on to learn what is asked for: some attributes by their numbers, or a caption.
 */
export default {
  about: 'Gaussian diffusion on faces by attributes or captions: stable-velocity-faces, trained on with conditions',
  dataset: 'faces',
  card: {
    degradation: degradation.spec,
    target: target.spec,
    sampler: {
      kind: 'sample',
      rule: { kind: 'dpm-solver-2m' },
      levels: karrasLevels(schedule, { steps: 16, least: 0.01, most: 80 }),
      clip: true,
    },
  },
  steps: 7_600,
  seed: 14,
  data: async () => {
    const { network } = await pretrained(start);
    before = await readWeights(network.parameters);
    network.dispose();
    return loadFaces({ split: 'train' });
  },
  network: () => {
    const network = residualUnet({
      ...denseResidualConfig,
      output: 'linear',
      conditions: { background: 8, skin: 5, hairColor: 6, hair: 4, glasses: 3, facialHair: 4 },
      text: { caption: shape },
      seed: 14,
    });
    const isNew = (name: string) => /^(condition|text|told|middle\.told)\./.test(name);
    const old = Object.entries(network.parameters).filter(([name]) => !isNew(name));
    assignWeights(Object.fromEntries(old), before!, start);
    return network;
  },
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: fallingRate(2e-3, steps, 6.5),
      warmup: 100,
      clip: 1,
      average: 0.995,
    }),
  train: async function* (run) {
    if (run.resumeAt === 0) {
      await learnToRead(run.network, run.data);
      for (const [i, average] of run.optimizer.averaged.entries()) average.assign(run.network.weights[i]);
    }
    let begin = 0;
    for (const part of parts) {
      const [resumeAt, steps] = [Math.max(begin, run.resumeAt), Math.min(part.until, run.steps)];
      if (resumeAt < steps) yield* learn({ ...run, resumeAt, steps }, part);
      begin = part.until;
    }
  },
} satisfies Recipe<Network, FaceSet>;
