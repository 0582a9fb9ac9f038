// A metric of your own: how unlike its mirror image a face is, in samples and in real faces.
//   npx tsx examples/own-metric.ts
import { budget, histogram, loadFaces, pretrained, rankTest, ready, sampleSet, tf, type Source } from 'naive-diffusion';

/** The root of the mean squared difference between an image and its mirror image, for each image. */
function asymmetry(images: tf.Tensor4D): tf.Tensor1D {
  return tf.tidy(() => tf.sqrt(tf.mean<tf.Tensor1D>(tf.squaredDifference(images, tf.reverse(images, 2)), [1, 2, 3])));
}

/** The same for all images of a set, a hundred at a time, so that memory stays small. */
async function asymmetries(images: Source): Promise<number[]> {
  const found: number[] = [];
  for (let first = 0; first < images.length; first += 100) {
    const size = Math.min(100, images.length - first);
    const batch = images.read(Int32Array.from({ length: size }, (_, i) => first + i));
    const measured = asymmetry(batch);
    found.push(...(await measured.data()));
    tf.dispose([batch, measured]);
  }
  return found;
}

await ready();
const count = budget(500, 40);
const real = (await asymmetries(await loadFaces({ split: 'test' }))).slice(0, count);
const sampled = await asymmetries(await sampleSet({ model: await pretrained('gaussian-velocity-faces'), count }));

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(`real faces: ${mean(real).toFixed(4)}, sampled: ${mean(sampled).toFixed(4)}`);
const { less, p } = rankTest(real, sampled); // could both be draws of one distribution?
console.log(
  `of ${(100 * less).toFixed(0)} % of pairs the real face is the more symmetrical one (p = ${p.toPrecision(2)})`,
);
await histogram({ values: { real, sampled }, title: 'How unlike its mirror image a face is' }).save('own-metric.png');
