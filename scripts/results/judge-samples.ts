import {
  distinctCombinations,
  frechetInterval,
  type FrechetInterval,
  ImageSet,
  prdc,
  type Reference,
  type Rows,
} from 'naive-diffusion';

/** What samples are like, beside as many unseen faces. */
export interface Judged {
  frechet: FrechetInterval;
  precision: number;
  recall: number;
  combinations: { distinct: number; expected: number };
}

/** @param options.resamples of the interval of the Fréchet distance, drawn by `seed` */
export async function judgeSamples(
  { judge, unseen, features, shares: truth, attributes }: Reference,
  pixels: Uint8Array,
  options: { seed: number; resamples: number },
): Promise<Judged> {
  const { height, width, channels } = unseen;
  const images = new ImageSet({ name: 'samples', height, width, channels, pixels });
  const seen = await judge.look(images);
  const [, size] = features.unseen.shape;
  const real: Rows = { data: features.unseen.data.subarray(0, images.length * size), shape: [images.length, size] };
  const looked = Object.fromEntries(Object.keys(attributes).map((name) => [name, seen.attributes[name]]));
  const { precision, recall } = await prdc(real, seen.features);
  const { distinct, expected } = distinctCombinations(looked, judge.vocabulary, { truth });
  const frechet = await frechetInterval(seen.features, real, options);
  return { frechet, precision, recall, combinations: { distinct, expected } };
}
