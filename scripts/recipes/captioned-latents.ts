import {
  assignWeights,
  type FaceSet,
  type FloatSet,
  loadFaces,
  pretrained,
  readWeights,
  type Recipe,
  type residualUnet,
  splitKey,
  squaredLoss,
  tf,
  train,
} from 'naive-diffusion';
import { countedWhereItShows, told } from './captioned/for-latents.ts';
import { attributeValues, decisive, shape } from './captioned/words.ts';
import { adamFor, card, degradation, latentsOf, latentUnet, target } from './latents/faces.ts';

const start = 'captioned-faces';
/** What is said of the faces, and how much glasses and beards count. */
const said = { whole: 0.35, beard: 0.15 };
const shares = { glasses: 1 / 4, facialHair: 1 / 4 };

/** The faces, and what captioned-faces has learnt of words, once they have been read. */
let faces: FaceSet | undefined;
let before: Awaited<ReturnType<typeof readWeights>> = {};

/**
 * Chapter 16: latents on demand. What reads captions, and the tables of attributes, have learnt in chapter 14; all that
 * makes latents starts anew. (The published model learnt from a captioned-faces that had not been taught as many
 * negations as today's.)
 */
export default {
  about:
    'Gaussian diffusion in the latents of the faces at 64×64 by attributes or captions, read as captioned-faces does',
  dataset: 'faces-64',
  card,
  steps: 10_000,
  seed: 16,
  data: async () => {
    const { network } = await pretrained(start);
    const weights = await readWeights(network.parameters);
    network.dispose();
    before = Object.fromEntries(Object.entries(weights).filter(([name]) => /^(condition|text|told)\./.test(name)));
    faces = await loadFaces({ size: 64 });
    return latentsOf(faces);
  },
  network: () => {
    const network = latentUnet({ conditions: attributeValues, text: { caption: shape }, seed: 16 });
    const known = Object.keys(before).map((name) => [name, network.parameters[name]] as const);
    assignWeights(Object.fromEntries(known), before, start);
    return network;
  },
  optimizer: adamFor,
  train: async function* (run) {
    const root = tf.tidy(() =>
      tf.sqrt(countedWhereItShows(faces!, run.data.values, { shape: run.data.shape, ...shares })),
    );
    try {
      yield* train({
        ...run,
        batchSize: 64,
        constants: [root],
        inputs: (batch) => told(faces!, batch, said),
        objective: (key, x0, given) => {
          const [levelKey, drawKey] = splitKey(key, 2);
          const t = decisive(levelKey, x0.shape[0]);
          const draw = degradation.draw(drawKey, x0.shape);
          const answer = run.network(...target.ask!(degradation.at(draw, x0, t), t), given);
          const wanted = target.of({ x0, z: x0, t, draw });
          return squaredLoss(tf.mul(answer, root), tf.mul(wanted, root)) as tf.Scalar;
        },
      });
    } finally {
      root.dispose();
    }
  },
} satisfies Recipe<ReturnType<typeof residualUnet>, FloatSet>;
