import { key, uniform } from '../backend/random.js';
import { tf } from '../backend/tf.js';
import type { Degradation, Images, ImageShape } from '../types.js';
import { degradations } from './registry.js';

/**
 * Throws unless what the registry makes from a degradation's spec does the same to images: an option that the spec
 * leaves out would be another one after loading. Degradations whose kind is not defined are passed over.
 * @param shape of images that can be degraded
 */
export async function checkComesBack(caller: string, degradation: Degradation, shape: ImageShape): Promise<void> {
  const { spec } = degradation;
  if (!spec || !degradations.kinds.includes(spec.kind)) return;
  const made = await degradations.make(spec);
  const [own, again] = [degradation, made].map((one) => trace(one, [2, ...shape]));
  if (own.length === again.length && own.every((value, i) => Math.abs(value - again[i]) < 1e-5)) return;
  throw new TypeError(
    `${caller}: degradation must come back from its spec as it is, got one that does something else: ` +
      `'${spec.kind}' as ${JSON.stringify(spec)} makes it. Options travel as the third argument of ` +
      'degradation(name, formula, options)',
  );
}

/** What a degradation makes of the same images, at two levels. */
function trace(degradation: Degradation, shape: [number, number, number, number]): Float32Array {
  return tf.tidy(() => {
    const x0 = uniform<tf.Rank.R4>(key(1), shape) as Images;
    const draw = degradation.draw(key(2), shape);
    return tf.stack([0.4, 1].map((t) => degradation.at(draw, x0, t))).dataSync<'float32'>();
  });
}
