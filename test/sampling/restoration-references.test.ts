import { describe, expect, it } from 'vitest';
import {
  ancestral,
  evenLevels,
  gaussian,
  guideTo,
  key,
  last,
  mixed,
  normal,
  normalDenoiser,
  ready,
  renoise,
  replacing,
  sample,
  separableOperator,
  spectral,
  tf,
  type Denoiser,
  type Estimate,
  type Gaussian,
  type Images,
  type Known,
  type Level,
  type LinearOperator,
  type NoiseDraw,
  type Rule,
  type Schedule,
} from 'naive-diffusion';
import { moreNoise } from '../../lib/src/sampling/more-noise.js';
import fixture from '../fixtures/diffusion/restoration.json';
import { entriesOf, exactDenoiser, tensorOf, type DataSpec, type FixtureArray } from '../fixtures/exact.js';
import { difference } from '../support.js';

await ready();

const shape = [4, 6, 1] as const;
const data = exactDenoiser(fixture.denoiser as DataSpec);

/** Noise with exactly these α and σ, entry i at t = 1 − i/steps, all of whose draws are `noise`. */
function tabulated(alpha: number[], sigma: number[], noise: tf.Tensor4D): Gaussian {
  const look = (list: number[]) => (t: tf.Tensor) =>
    tf.gather(tf.tensor1d(list), tf.cast(tf.round(tf.mul(tf.sub(1, t), list.length - 1)), 'int32'));
  const schedule: Schedule = { alpha: look(alpha), sigma: look(sigma), level: () => 1 };
  return { ...gaussian({ schedule, range: [-1, 1] }), draw: () => ({ noise: noise.clone() }) };
}

/** A rule's step from entry i of a table to entry j, or up to it. */
function stepOf(g: Gaussian, rule: Rule<NoiseDraw>, [z, i, j, steps]: [Images, number, number, number]): Images {
  const level = (n: number) => tf.fill<tf.Rank.R1>([z.shape[0]], 1 - n / steps);
  const denoise = (images: Images, at: Level): Estimate => {
    const { alpha, sigma } = g.coefficients(at as tf.Tensor1D);
    return { x0: data(images, alpha, sigma) };
  };
  const [t, s] = [level(i), level(j)];
  return rule({
    degradation: g,
    denoise,
    z,
    estimate: denoise(z, t),
    t,
    s,
    draw: g.draw(key(1), z.shape),
    key: key(1),
  });
}

/** Means of pairs, and their differences, each over √2. */
function pairs(n: number): Float32Array {
  const matrix = new Float32Array(n * n);
  for (let k = 0; k < n; k++) {
    matrix[k * n + (k - (k % 2))] = Math.SQRT1_2;
    matrix[k * n + (k - (k % 2)) + 1] = k % 2 ? -Math.SQRT1_2 : Math.SQRT1_2;
  }
  return matrix;
}

/** What is known in the fixture's coordinates. */
function knownOf(name: string): Known {
  const [kind, noise] = name.split(', ');
  const y = tensorOf((fixture.measurements as Record<string, FixtureArray>)[name]);
  if (kind === 'mask') {
    const operator = separableOperator({ shape, singularValues: tensorOf(fixture.mask) });
    return { operator, known: y, noise: Number(noise) };
  }
  const isFirst = Float32Array.from({ length: 24 }, (_, i) => (i % 2 === 0 && Math.floor(i / 6) % 2 === 0 ? 0.5 : 0));
  const singularValues = tf.tensor4d(isFirst, [1, ...shape]);
  const operator: LinearOperator = separableOperator({ shape, singularValues, rows: pairs(4), columns: pairs(6) });
  // Each measurement in the place of the first coefficient of its block.
  const spread = tf.mul(tf.image.resizeNearestNeighbor(y, [4, 6]), tf.cast(tf.greater(singularValues, 0), 'float32'));
  return { operator, known: operator.outOf(spread), noise: Number(noise) };
}

describe('DDRM, as deepinv has it', () => {
  it.each(fixture.ddrm.map((run) => [run.operator, run.eta, run.etaB, run] as const))(
    'of %s with η = %f and η_b = %f is the rule spectral, step by step',
    (name, eta, trust, run) => {
      tf.tidy(() => {
        const known = knownOf(name);
        const sigma = fixture.ddrmSigma;
        const noises = entriesOf(name.startsWith('mask') ? fixture.ddrmNoise : fixture.ddrmNoisePooling);
        const places = entriesOf(run.z).map((place) => tensorOf(place));
        for (let i = 0; i + 1 < sigma.length; i++) {
          const g = tabulated(
            sigma.map(() => 1),
            sigma,
            tensorOf(noises[i + 1]),
          );
          const next = stepOf(g, spectral({ ...known, eta, trust }), [places[i], i, i + 1, sigma.length - 1]);
          expect(difference(next, places[i + 1]), `step ${i}`).toBeLessThan(5e-6);
        }
      });
    },
  );
});

describe('RePaint, as diffusers has it', () => {
  it.each(fixture.repaint.map((run) => [run.eta, run] as const))(
    'with η = %f is replacing around DDIM, and the way up of resampled, move by move',
    (eta, run) => {
      tf.tidy(() => {
        const known = { operator: knownOf('mask, 0.0').operator, known: tensorOf(fixture.original) };
        const bars = [1, ...run.alphaBar].reverse();
        const noises = entriesOf(fixture.repaintNoise);
        const places = entriesOf(run.x).map((place) => tensorOf(place));
        const rule = replacing({ ...known, rule: renoise(mixed(eta)) as Rule<NoiseDraw> });
        run.moves.forEach(([from, to], i) => {
          const noise = tensorOf(noises[i]);
          const g = tabulated(
            bars.map(Math.sqrt),
            bars.map((bar) => Math.sqrt(1 - bar)),
            noise,
          );
          const [a, b] = [from, to].map((level) => bars.length - 2 - level);
          const level = (n: number) => tf.fill<tf.Rank.R1>([2], 1 - n / (bars.length - 1));
          const next =
            to < from
              ? stepOf(g, rule, [places[i], a, b, bars.length - 1])
              : moreNoise(g, { z: places[i], t: level(a), raised: level(b), noise });
          expect(difference(next, places[i + 1]), `move ${i}`).toBeLessThan(5e-6);
        });
      });
    },
  );
});

describe("Wiener's estimate", () => {
  const answers = Object.entries(fixture.wiener);
  const g = gaussian({ range: [-1, 1] });
  const exact = (): Denoiser => {
    const { mean, spread } = fixture.denoiser;
    return normalDenoiser({
      degradation: g,
      mean: tf.squeeze<tf.Tensor3D>(tensorOf(mean), [0]),
      deviation: spread,
    });
  };

  it.each(answers)('of %s is what guideTo says of nothing but noise', (name, { mean }) => {
    tf.tidy(() => {
      const z = normal(key(2), [2, ...shape]) as Images;
      const denoise = guideTo({ denoise: exact(), degradation: g, deviation: 0.5, ...knownOf(name) });
      expect(difference(denoise(z, 1).x0, tensorOf(mean))).toBeLessThan(5e-6);
    });
  });

  it.each(answers)('of %s has the covariance that samples have', async (name, { covariance }) => {
    const count = 2000;
    const { operator, known, noise } = tf.tidy(() => {
      const all = knownOf(name);
      for (const tensor of all.operator.constants) tf.keep(tensor);
      const one = tf.keep(tf.tile(all.known.slice([0], [1]), [count, 1, 1, 1])) as Images;
      return { ...all, known: one } as unknown as tf.TensorContainer;
    }) as unknown as Known;
    const denoise = guideTo({ denoise: exact(), degradation: g, deviation: 0.5, operator, known, noise });
    const x = await last(
      sample({ denoise, degradation: g, rule: ancestral(), levels: evenLevels(80), count, seed: 3 }),
    );
    tf.tidy(() => {
      const flat = x.reshape<tf.Tensor2D>([count, 24]);
      const off = flat.sub<tf.Tensor2D>(flat.mean(0));
      const found = tf.div(tf.matMul(off, off, true), count);
      // Five deviations of chance, for variances of up to ¼, and 4 % of that for steps of some size.
      const chance = 5 * 0.25 * Math.sqrt(2 / count);
      expect(difference(found, tensorOf(covariance))).toBeLessThan(chance + 0.01);
    });
    operator.dispose();
    tf.dispose([x, known]);
  });
});
