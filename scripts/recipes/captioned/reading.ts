import {
  Adam,
  assignWeights,
  faceAttributes,
  type FaceCombination,
  faceCaption,
  type FaceSet,
  Random,
  readWeights,
  type residualUnet,
  squaredLoss,
  textEncoder,
  type TextShape,
  tf,
  tokenizer,
  train,
} from 'naive-diffusion';
import { fallingRate } from '../../falling-rate.ts';
import { heldOutWordings, otherwise, roughly } from './hearing.ts';
import { imagined } from './telling.ts';
import { understood } from './understood.ts';
import { numbersOf } from './words.ts';

/** Steps in which captions alone are read, before there are any pictures, and captions in each. */
const [steps, batchSize] = [4000, 128];
/** Random numbers set apart for each step. */
const numbersPerStep = 2 ** 17;

/**
 * Before the network sees a picture, its encoder learns to say of a caption what the tables say of the same attributes.
 * From then on, whatever the network learns of the ones it knows of the other. What the captions say is made up, each
 * value as often as every other.
 */
export async function learnToRead(
  network: ReturnType<typeof residualUnet>,
  faces: FaceSet,
  shape: TextShape,
): Promise<void> {
  const { encode } = tokenizer(shape);
  const heldOut = heldOutWordings(faces);
  const outputs = network.config.embedding;
  const encoder = textEncoder({ ...shape, outputs, seed: 14 });
  const tables = Object.fromEntries(
    faceAttributes.map((name) => [name, network.parameters[`condition.${name}`].dataSync()]),
  );
  const wanted = (all: readonly FaceCombination[]) => {
    const rows = new Float32Array(all.length * outputs);
    for (const name of faceAttributes)
      for (const [i, number] of numbersOf(faces, all, name).entries())
        for (let k = 0; k < outputs; k++)
          rows[i * outputs + k] += tables[name][(number + 1) * outputs + k] - tables[name][k];
    return tf.tensor2d(rows, [all.length, outputs]);
  };
  const adam = new Adam(encoder.weights, { rate: fallingRate(3e-3, steps, 1), warmup: 50, clip: 1 });
  let step = 0;
  const reading = train({
    network: encoder,
    data: faces,
    steps,
    batchSize,
    seed: 14,
    optimizer: adam,
    inputs: ({ indices }) => {
      const random = new Random({ seed: 15, count: step++ * numbersPerStep });
      const all = [...indices].map(() => imagined(faces, random));
      const heard = all.map((some) => roughly(otherwise(faceCaption(some, { random }), random), { heldOut, random }));
      return { tokens: encode(heard), wanted: wanted(all) };
    },
    objective: (_key, _images, { tokens, wanted }) =>
      squaredLoss(encoder(tokens as tf.Tensor2D), wanted as tf.Tensor2D) as tf.Scalar,
  });
  for await (const { step, loss } of reading)
    if (step % 250 === 0) console.log(`reading captions: step ${step}, loss ${loss.toPrecision(3)}`);
  const read = (captions: string[]) => encoder(encode(captions));
  for (const wordings of ['seen', 'held-out'] as const) {
    const { right, of } = understood(faces, wordings, { wanted, read });
    console.log(`single values in ${wordings} wordings: ${right} of ${of} understood`);
  }
  const learnt = await readWeights(encoder.parameters);
  const own = Object.fromEntries(
    Object.entries(learnt).map(([name, each]) => [name.replace('text.', 'text.caption.'), each]),
  );
  const parts = Object.entries(network.parameters).filter(([name]) => name.startsWith('text.'));
  assignWeights(Object.fromEntries(parts), own, 'what has learnt to read');
  encoder.dispose();
  adam.dispose();
}
