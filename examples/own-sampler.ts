// A sampler of your own: a rule that leads from one level to the next, beside two of the library.
//   npx tsx examples/own-sampler.ts
import {
  budget,
  evaluate,
  evenLevels,
  grid,
  heun,
  ImageSet,
  inferred,
  last,
  loadReference,
  pretrained,
  ready,
  renoise,
  rules,
  sample,
  tf,
  toBytes,
  type Gaussian,
  type Images,
  type NoiseDraw,
  type Rule,
  type Step,
} from 'naive-diffusion';

/**
 * The midpoint rule: half a step of DDIM, a look from there, and the whole step by what was seen. Two guesses a step.
 */
const midpoint: Rule<NoiseDraw> = Object.assign(
  ({ degradation, denoise, z, estimate, t, s }: Step<NoiseDraw>): Images => {
    const gaussian = degradation as Gaussian;
    const half = tf.div(tf.add(t, s), 2) as tf.Tensor1D;
    const there = gaussian.at(gaussian.infer(z, estimate.x0, t), estimate.x0, half);
    const { x0 } = denoise(there, half);
    return gaussian.at(gaussian.infer(z, x0, t), x0, s);
  },
  { spec: { kind: 'midpoint' }, needsGaussian: true },
);
rules.define('midpoint', () => midpoint);

await ready();
const { denoise, degradation } = await pretrained('gaussian-velocity-faces');
const reference = await loadReference('faces');
const count = budget(500, 200);
// as many questions to the network for each: twelve
for (const [name, rule, steps] of [
  ['DDIM', renoise(inferred), 12],
  ['midpoint', midpoint, 6],
  ["Heun's", heun, 6],
] as const) {
  const turns = sample({ denoise: denoise!, degradation: degradation!, rule, levels: evenLevels(steps), count });
  const images = await last(turns);
  const [, height, width, channels] = images.shape;
  const { likeness } = await evaluate({
    images: new ImageSet({ name, height, width, channels, pixels: toBytes(images) }),
    reference,
  });
  console.log(`${name}: Fréchet distance ${likeness.frechet.distance.toFixed(1)}`);
  if (rule === midpoint) grid(images.slice(0, 24)).save('own-sampler.png');
  images.dispose();
}
