// A network of your own: four convolutions that see the noise level as one channel more.
//   npx tsx examples/own-network.ts
import {
  asNetwork,
  budget,
  conv2d,
  countWeights,
  denoiser,
  evenLevels,
  gaussian,
  grid,
  heun,
  last,
  levels,
  loadDigits,
  networks,
  ready,
  sample,
  tf,
  trainDenoiser,
  velocity,
  watch,
  Weights,
  type Images,
} from 'naive-diffusion';

/** 3×3 convolutions one after another; the first sees the level beside the pixels. */
function plain({ width = 32, depth = 4 }: { width?: number; depth?: number } = {}) {
  const weights = new Weights(1); // from seed 1
  const filters = Array.from({ length: depth }, (_, i) => {
    const inputs = i === 0 ? 2 : width;
    const outputs = i === depth - 1 ? 1 : width;
    return weights.normal(`filter${i}`, [3, 3, inputs, outputs], { fanIn: 9 * inputs }) as tf.Variable<tf.Rank.R4>;
  });
  return asNetwork(
    (z, t) => {
      const level = tf.mul(tf.ones([1, 32, 32, 1]), levels(t, z.shape[0]).reshape([-1, 1, 1, 1])) as Images;
      let x = tf.concat4d([z, level], 3);
      for (const [i, filter] of filters.entries()) x = conv2d(i === 0 ? x : tf.relu(x), filter);
      return x;
    },
    { config: { kind: 'plain', width, depth }, weights, shape: [32, 32, 1] },
  );
}
networks.define('plain', plain); // from here on checkpoints can name it

await ready();
const degradation = gaussian();
const target = velocity(degradation);
const network = plain();
console.log(`${countWeights(network).toLocaleString('en')} weights`);
const steps = budget(1500, 20);
await watch(trainDenoiser({ network, degradation, target, data: await loadDigits(), steps }), { steps });

const denoise = denoiser(network, { target });
grid(await last(sample({ denoise, degradation, rule: heun, levels: evenLevels(18), count: 24 }))).save(
  'own-network.png',
);
console.log('what it sees reaches no further than four pixels: see own-network.png');
