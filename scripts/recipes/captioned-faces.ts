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
  loadFaces,
  pretrained,
  Random,
  readWeights,
  type Recipe,
  residualUnet,
  someAttributes,
  tf,
  tokenizer,
  trainDenoiser,
  velocity,
} from 'naive-diffusion';

const start = 'gaussian-velocity-faces';
const schedule = cosineSchedule();
const degradation = gaussian({ schedule });
const target = velocity(degradation);
/** Of how many faces nothing is said, and of how many some attributes; all others have a caption. */
const [silent, listed] = [0.1, 0.3];
/** Of how many words in a hundred nothing is known, so that an unknown word is no surprise. */
const unknown = 0.03;
/** Random numbers set apart for what is said of each face. */
const numbersPerFace = 128;

const length = 32;
const words = captionWords();
const { encode } = tokenizer({ words, length });

/** The weights to start from, once they have been read. */
let before: Awaited<ReturnType<typeof readWeights>> | undefined;

/** What is said of the faces of a batch: other words, and of other attributes, in each epoch. */
function given(faces: FaceSet, { indices, epoch }: Batch): Given {
  const captions: string[] = [];
  const values = Object.fromEntries(faceAttributes.map((name) => [name, [] as number[]]));
  for (const index of indices) {
    const random = new Random({ seed: 14, count: (epoch * faces.length + index) * numbersPerFace });
    const chance = random.uniform();
    const some: FaceCombination = chance < silent ? {} : someAttributes(faces.describe(index), random);
    const isListed = chance < silent + listed;
    for (const name of faceAttributes)
      values[name].push(isListed && some[name] ? faces.vocabulary[name].indexOf(some[name]) : -1);
    const caption = isListed ? '' : faceCaption(some, { random });
    captions.push(caption.replace(/\p{L}+/gu, (word) => (random.uniform() < unknown ? 'xyz' : word)));
  }
  return {
    caption: encode(captions),
    ...Object.fromEntries(faceAttributes.map((name) => [name, tf.tensor1d(values[name])])),
  };
}

/**
 * The model of the velocity, which goes on to learn what is asked for: some attributes by their numbers, or a caption.
 * What is new in its network starts at zero, so that at first it paints what it painted before.
 */
export default {
  about: 'Gaussian diffusion on faces by attributes or captions: gaussian-velocity-faces, trained on with conditions',
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
  steps: 9_000,
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
      text: { caption: { words, length, width: 64, blocks: 2, heads: 4 } },
      seed: 14,
    });
    const isNew = (name: string) => name.startsWith('condition.') || name.startsWith('text.');
    const old = Object.entries(network.parameters).filter(([name]) => !isNew(name));
    assignWeights(Object.fromEntries(old), before!, start);
    for (const [name, weight] of Object.entries(network.parameters))
      if (name.startsWith('condition.') || name.startsWith('text.caption.answer'))
        tf.tidy(() => {
          weight.assign(tf.zerosLike(weight));
        });
    return network;
  },
  optimizer: (network, steps) =>
    new Adam(network.weights, {
      rate: (step) => 1e-3 * Math.max(0.02, Math.min(1, 2 * (1 - step / steps))),
      warmup: 100,
      clip: 1,
      average: 0.999,
    }),
  train: (run) =>
    trainDenoiser({ ...run, degradation, target, batchSize: 32, given: (batch) => given(run.data, batch) }),
} satisfies Recipe<ReturnType<typeof residualUnet>, FaceSet>;
