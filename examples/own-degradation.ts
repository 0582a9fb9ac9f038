// A degradation of your own: a curtain falls over the image, and a network learns to lift it.
//   npx tsx examples/own-degradation.ts
import {
  budget,
  degradation,
  denoiser,
  grid,
  last,
  loadFaces,
  ready,
  residualUnet,
  sampleCold,
  tf,
  trainDenoiser,
  uniform,
  watch,
} from 'naive-diffusion';

/** A curtain of one random grey for each image: at t it covers the first t of the height. */
const curtain = () =>
  degradation<{ grey: tf.Tensor }>('curtain', {
    draw: (key, [batch]) => ({ grey: uniform(key, [batch, 1, 1, 1]) }), // all that chance decides
    at: ({ grey }, x0, t) => {
      const row = tf.range(0, 32).add(0.5).div(32).reshape([1, 32, 1, 1]);
      const covered = tf.cast(tf.less(row, t), 'float32');
      return tf.add(tf.mul(x0, tf.sub(1, covered)), tf.mul(grey, covered));
    },
  });

await ready();
const data = await loadFaces();
const falling = curtain();
const network = residualUnet({ widths: [24, 48, 96], blocks: 1, dense: 192 });
const steps = budget(1500, 20);
await watch(trainDenoiser({ network, degradation: falling, data, steps }), { steps });

// from a closed curtain, whose grey is all that tells one face from another
const denoise = denoiser(network);
grid(await last(sampleCold({ denoise, degradation: falling, steps: 16, count: 24 }))).save('own-degradation.png');
console.log('faces from behind a curtain: see own-degradation.png');
