import { describe, expect, it } from 'vitest';
import {
  ancestral,
  asNetwork,
  churn,
  clean,
  clipped,
  compile,
  denoiser,
  dpmSolver2M,
  explodingSchedule,
  gaussian,
  geometricLevels,
  heun,
  inferred,
  karrasLevels,
  key,
  last,
  mixed,
  noise as noiseTarget,
  ready,
  reinject,
  renoise,
  sample,
  splitKey,
  tf,
  velocity,
  Weights,
  type Denoiser,
  type Gaussian,
  type Images,
  type Rule,
  type Schedule,
  type StepVariance,
  type Target,
} from 'naive-diffusion';
import { reverseStep } from '../../lib/src/sampling/rules.js';
import ddim from '../fixtures/diffusion/ddim.json';
import ddpm from '../fixtures/diffusion/ddpm.json';
import flow from '../fixtures/diffusion/flow.json';
import posterior from '../fixtures/diffusion/posterior.json';
import schedules from '../fixtures/diffusion/schedules.json';
import solvers from '../fixtures/diffusion/solvers.json';
import { entriesOf, exactDenoiser, tensorOf, type DataSpec, type FixtureArray } from '../fixtures/exact.js';
import { difference, expectNoLeak, refuseWarnings } from '../support.js';

await ready();

refuseWarnings();

/** α and σ from level to level, falling. */
interface Levels {
  alpha: number[];
  sigma: number[];
}
interface Run extends Levels {
  denoiser: string;
  x: FixtureArray;
}

const SEED = 3;

/** The level of each entry of a list: even, from 1 to 0. */
const placesOf = ({ alpha }: Levels): number[] => alpha.map((_, i) => 1 - i / (alpha.length - 1));

/**
 * Noise with exactly these α and σ, entry i at t = 1 − i/steps. Where `noise` is given, step i of a sampler with the
 * seed SEED draws noise[i], which it knows by its key, so that a compiled step does so too.
 */
function tabulated({ alpha, sigma }: Levels, noise?: FixtureArray): Gaussian {
  const look = (list: number[]) => (t: tf.Tensor) => {
    const entry = tf.round(tf.mul(tf.sub(1, t), list.length - 1));
    return tf.gather(tf.tensor1d(list), tf.cast(entry, 'int32'));
  };
  const schedule: Schedule = {
    spec: { kind: 'tabulated' },
    alpha: look(alpha),
    sigma: look(sigma),
    level: () => {
      throw new Error('a table has no level between its entries');
    },
  };
  const table = gaussian({ schedule, range: [-1, 1] });
  if (!noise) return table;
  const keys = tf.tidy(() => entriesOf(noise).map((_, i) => [...key(SEED, i + 1).dataSync()]));
  const draw: Gaussian['draw'] = (asked) =>
    tf.tidy(() => {
      const same = tf.all(tf.equal(tf.tensor2d(keys, [keys.length, 2], 'int32'), asked), 1);
      const chosen = tf.reshape(tf.cast(same, 'float32'), [-1, 1, 1, 1, 1]);
      return { noise: tf.sum(tf.mul(tensorOf<tf.Tensor>(noise), chosen), 0) as Images };
    });
  return { ...table, draw };
}

/** The largest difference, relative to the largest value of what is wanted, or to 1 if that is less. */
function relative(made: tf.Tensor, wanted: FixtureArray): number {
  return tf.tidy(() => difference(made, tensorOf(wanted)) / Math.max(1, ...wanted.values.map(Math.abs)));
}

/**
 * Samples from the start of a run to its end, with the denoiser of exact.ts; how far the levels that it comes through
 * are from those of the run, at most.
 */
async function follow(
  rule: Rule,
  run: Run,
  { denoisers, noise, learned }: { denoisers: Record<string, DataSpec>; noise?: FixtureArray; learned?: FixtureArray },
): Promise<number> {
  const degradation = tabulated(run, noise);
  const guess = exactDenoiser(denoisers[run.denoiser]);
  const exact = (z: Images, t: number | tf.Tensor1D) => {
    const { alpha, sigma } = degradation.coefficients(t as tf.Tensor1D);
    return { x0: guess(z, alpha, sigma), ...(learned && { share: shareOf(learned) }) };
  };
  const denoise: Denoiser = Object.assign(exact, { weights: [] });
  const wanted = entriesOf(run.x);
  const z = tensorOf(wanted[0]);
  const turns = sample({ denoise, degradation, rule, levels: placesOf(run), z, seed: SEED });
  let worst = 0;
  let place = 0;
  for await (const turn of turns) worst = Math.max(worst, relative(turn.z, wanted[place++]));
  expect(place).toBe(wanted.length);
  z.dispose();
  return worst;
}

/** A network's second output, in [−1, 1], as the share of the larger variance. */
function shareOf(learned: FixtureArray): tf.Tensor4D {
  return tf.div(tf.add(tensorOf(learned), 1), 2);
}

/** A network that says this, whatever it is shown. */
function saying(output: FixtureArray) {
  const [, height, width, channels] = output.shape;
  const weights = new Weights(1);
  const said = weights.constant('said', output.shape, 0) as tf.Variable<tf.Rank.R4>;
  said.assign(tensorOf(output));
  return asNetwork(() => said.clone(), { config: { kind: 'saying' }, weights, shape: [height, width, channels] });
}

// Runs are followed from their start to their end in float32, the fixtures are float64: a few roundings of 6e-8, which
// do not add up, since each step shrinks what the one before left. A wrong convention is 1e-2 and more away.
const ROUNDING = 2e-6;

const names: Record<string, StepVariance> = { small: 'posterior', large: 'forward', learned: 'learned' };

describe("DDPM: the rule ancestral against diffusers' DDPMScheduler", () => {
  const { z, output, noise, learned, cases } = ddpm.steps;
  const targetOf: Record<string, (g: Gaussian) => Target> = { clean: () => clean, noise: noiseTarget, velocity };
  const kinds = Object.keys(targetOf).flatMap((prediction) =>
    Object.entries(names).map(([theirs, ours]) => ({ prediction, theirs, ours })),
  );

  it.each(kinds)('makes its single steps: $prediction, variance $theirs', async ({ prediction, theirs, ours }) => {
    const steps = cases.filter((one) => one.prediction === prediction).sort((a, b) => b.index - a.index);
    expect(steps.map(({ index }) => index)).toEqual([999, 499, 99, 1, 0]);
    const levels = { alpha: steps.flatMap((s) => s.alpha), sigma: steps.flatMap((s) => s.sigma) };
    const places = placesOf(levels);
    const degradation: Gaussian = { ...tabulated(levels), draw: () => ({ noise: tensorOf(noise) }) };
    const network = saying(output);
    const reading = denoiser(network, { target: targetOf[prediction](degradation) });
    const sharing: Denoiser = Object.assign(
      (...at: Parameters<Denoiser>) => ({ ...reading(...at), share: shareOf(learned) }),
      {
        weights: network.weights,
      },
    );
    const denoise = ours === 'learned' ? sharing : reading;
    const rule = ancestral({ variance: ours });
    // As samplers do it: what is compiled is recorded in the first calls, and then replayed.
    const step = compile(
      (at: Images, t: tf.Tensor1D, s: tf.Tensor1D, k: tf.Tensor1D) => {
        const estimate = denoise(at, t);
        const next = rule({ degradation, denoise, z: at, estimate, t, s, draw: degradation.draw(k, at.shape), key: k });
        return { x0: estimate.x0.clone(), next };
      },
      { state: network.weights },
    );
    const [start, seed] = [tensorOf(z), key(1)];
    for (const [i, wanted] of [...steps.entries(), ...steps.entries()]) {
      const [t, s] = places.slice(2 * i, 2 * i + 2).map((place) => tf.fill([2], place) as tf.Tensor1D);
      const made = step(start, t, s, seed);
      expect(relative(made.x0, wanted.x0), `x0 from ${wanted.index}`).toBeLessThan(ROUNDING);
      expect(relative(made.next, wanted.next[theirs as 'small']), `z from ${wanted.index}`).toBeLessThan(ROUNDING);
      tf.dispose([t, s, made]);
    }
    step.dispose();
    tf.dispose([start, seed]);
    network.dispose();
  });

  it.each(ddpm.runs)('follows its runs: $schedule, $denoiser, variance $variance', async (run) => {
    const options = { denoisers: ddpm.denoisers, noise: ddpm.noise, learned: ddpm.learned };
    expect(await follow(ancestral({ variance: names[run.variance] }), run, options)).toBeLessThan(ROUNDING);
  });

  it('and not with another variance', async () => {
    const run = ddpm.runs.find(({ variance }) => variance === 'large')!;
    expect(await follow(ancestral(), run, ddpm)).toBeGreaterThan(1e-2);
  });

  it('leaves no tensors', () => expectNoLeak(() => follow(ancestral(), ddpm.runs[0], ddpm)));
});

describe("DDIM: renoising with mixed noise against diffusers' DDIMScheduler", () => {
  it.each(ddim.runs)('follows its runs: $schedule, $denoiser, η $eta', async (run) => {
    expect(await follow(renoise(mixed(run.eta)), run, ddim)).toBeLessThan(ROUNDING);
  });

  it('and the rules inferred and ancestral with η 0 and 1', async () => {
    for (const run of ddim.runs.filter(({ eta }) => eta !== 0.5))
      expect(await follow(run.eta === 0 ? renoise(inferred) : ancestral(), run, ddim)).toBeLessThan(ROUNDING);
  });

  it('infers the noise anew where a guess is clipped', async () => {
    const { alpha, sigma, z, output, x0, next, nextWithNoiseKept } = ddim.clipped;
    const degradation = tabulated({ alpha, sigma });
    const network = saying(output);
    const reading = denoiser(network, { target: noiseTarget(degradation) });
    const [start, guess] = [tensorOf(z), tensorOf(x0)];
    const run = (denoise: Denoiser) =>
      last(sample({ denoise, degradation, rule: renoise(inferred), levels: [1, 0], z: start }));
    const held = clipped(reading, { low: -1, high: 1 });
    expect(difference(held(start, 1).x0, guess)).toBeLessThan(ROUNDING);
    const made = await run(held);
    expect(relative(made, next)).toBeLessThan(ROUNDING);
    expect(relative(made, nextWithNoiseKept)).toBeGreaterThan(0.1);
    expect(relative(await run(reading), next)).toBeGreaterThan(0.1); // there is something to clip
    network.dispose();
  });
});

type Solver = (typeof solvers.runs)[number];

/** The rule that a sampler of another package is, where we have it. */
function ruleOf({ sampler, options }: Solver): Rule | undefined {
  const { eta, b, gam, mu } = options as Record<string, number | undefined>;
  if ('s_churn' in options) return undefined; // below: it goes to levels that no table has
  if (sampler === 'euler') return renoise(inferred);
  if (sampler === 'heun') return heun;
  if (sampler === '2m') return dpmSolver2M;
  if (sampler === 'ancestral') return eta === 1 ? ancestral() : renoise(mixed(eta!));
  if (sampler === 'program') return reinject(b!);
  if (sampler === 'gam-mu' && gam === 1) return mu === 0 ? renoise(inferred) : ancestral();
  return undefined;
}

describe('solvers of k-diffusion, smalldiffusion and diffusers', () => {
  const known = solvers.runs.filter((run) => ruleOf(run)).map((run) => ({ ...run, said: JSON.stringify(run.options) }));

  it('that are rules of ours are twenty-two of the runs', () => {
    expect(known).toHaveLength(22);
  });

  it.each(known)('$sampler of $package $said, $denoiser', async (run) => {
    const inFloat32 = run.sampler === '2m' && run.package === 'diffusers';
    expect(await follow(ruleOf(run)!, run, solvers)).toBeLessThan(inFloat32 ? 1e-5 : ROUNDING);
  });

  const churning = solvers.runs.filter(({ options }) => 's_churn' in options);

  it.each(churning)('$sampler of $package with churn, $denoiser', async (run) => {
    const { s_churn: amount, s_tmin: least, s_tmax: most, s_noise: noise } = run.options as Record<string, number>;
    const rule = run.sampler === 'heun' ? heun : (renoise(inferred) as typeof heun);
    const made = await churned(churn({ rule, amount, least, most, noise }), run);
    expect(made).toBeLessThan(CHURNED);
    expect(await churned(churn({ rule, amount, least, most, noise: 1 }), run)).toBeGreaterThan(1e-4);
  });

  it('churn leaves no tensors', () =>
    expectNoLeak(() => churned(churn({ amount: 4, least: 0.05, most: 50 }), churning[0])));

  it('flow-matching: its Euler steps are DDIM on the flow schedule', async () => {
    for (const run of flow.runs.filter(({ method }) => method === 'euler'))
      expect(await follow(renoise(inferred), run, flow)).toBeLessThan(ROUNDING);
  });

  it('and not with less new noise', async () => {
    const run = known.find(({ sampler, options }) => sampler === 'program' && options.b === 0.3)!;
    expect(await follow(reinject(0.29), run, solvers)).toBeGreaterThan(1e-3);
  });
});

// The new noise is √(raised² − σ²): float32 has σ, by way of t, to 4e-7, and the difference to thrice that.
const CHURNED = 1e-5;

/** {@link follow} for a rule that churns, over Karras' levels of a schedule; it draws the noise of the file. */
async function churned(rule: Rule, run: Run): Promise<number> {
  const schedule = explodingSchedule();
  const base = gaussian({ schedule, range: [-1, 1] });
  const drawn = entriesOf(solvers.noise);
  const keys = tf.tidy(() => drawn.map((_, i) => [...splitKey(key(SEED, i + 1), 2)[0].dataSync()]));
  const draw: Gaussian['draw'] = (asked) =>
    tf.tidy(() => {
      const same = tf.all(tf.equal(tf.tensor2d(keys, [keys.length, 2], 'int32'), asked), 1);
      const chosen = tf.reshape(tf.cast(same, 'float32'), [-1, 1, 1, 1, 1]);
      return { noise: tf.sum(tf.mul(tensorOf<tf.Tensor>(solvers.noise), chosen), 0) as Images };
    });
  const degradation: Gaussian = { ...base, draw };
  const guess = exactDenoiser((solvers.denoisers as Record<string, DataSpec>)[run.denoiser]);
  const exact = (z: Images, t: number | tf.Tensor1D) => ({
    x0: guess(z, 1, degradation.coefficients(t as tf.Tensor1D).sigma),
  });
  const denoise: Denoiser = Object.assign(exact, { weights: [] });
  const wanted = entriesOf(run.x);
  const z = tensorOf(wanted[0]);
  const levels = karrasLevels(schedule, { steps: wanted.length - 1 });
  let [worst, place] = [0, 0];
  for await (const turn of sample({ denoise, degradation, rule, levels, z, seed: SEED }))
    worst = Math.max(worst, relative(turn.z, wanted[place++]));
  z.dispose();
  return worst;
}

describe('the step back', () => {
  it("has the mean and the variance of q(z_s | z_t, x0) by Bayes' rule on a grid", async () => {
    const cases = posterior.posterior;
    await expectNoLeak(() =>
      tf.tidy(() => {
        const levels = { alpha: cases.flatMap((c) => c.alpha), sigma: cases.flatMap((c) => c.sigma) };
        const places = placesOf(levels);
        const [t, s] = [0, 1].map((which) => tf.tensor1d(places.filter((_, i) => i % 2 === which)));
        const step = reverseStep(tabulated(levels), t, s);
        const [keep, towards, variance, forward] = [step.keep, step.towards, step.posterior, step.forward].map(
          (part) => {
            expect(part.shape).toEqual([cases.length, 1, 1, 1]);
            return part.dataSync();
          },
        );
        for (const [i, { z, x0, alpha, sigma, ...wanted }] of cases.entries()) {
          expect(Math.abs(keep[i] * z + towards[i] * x0 - wanted.mean)).toBeLessThan(2e-6 * Math.max(1, Math.abs(z)));
          // σ_t² − r²·σ_s² is down to a hundredth of what is subtracted, each of which float32 has to 1e-7.
          expect(variance[i] / wanted.variance).toBeCloseTo(1, 4);
          expect(forward[i] / (sigma[0] ** 2 - (alpha[0] / alpha[1]) ** 2 * sigma[1] ** 2)).toBeCloseTo(1, 4);
        }
        expect([...step.isNoisy.dataSync()]).toEqual(cases.map(() => 1));
      }),
    );
  });
});

describe('karrasLevels', () => {
  it.each(schedules.karras)("are k-diffusion's $n from $most to $least, ρ $rho", ({ n, least, most, rho, sigma }) => {
    const schedule = explodingSchedule({ most, rho });
    const levels = karrasLevels(schedule, { steps: n, least, most, rho });
    const made = tf.tidy(() => [...schedule.sigma(tf.tensor1d(levels)).dataSync()]);
    expect(made).toHaveLength(sigma.length);
    // A rounding of t, 6e-8, is ρ times as large in t^ρ.
    for (const [i, value] of made.entries()) expect(Math.abs(value - sigma[i])).toBeLessThanOrEqual(2e-6 * sigma[i]);
  });
});

describe('geometricLevels', () => {
  it.each(schedules.exponential)("are k-diffusion's $n from $most to $least", ({ n, least, most, sigma }) => {
    const schedule = explodingSchedule({ most });
    const levels = geometricLevels(schedule, { steps: n, least, most });
    const made = tf.tidy(() => [...schedule.sigma(tf.tensor1d(levels)).dataSync()]);
    expect(made).toHaveLength(sigma.length);
    for (const [i, value] of made.entries()) expect(Math.abs(value - sigma[i])).toBeLessThanOrEqual(2e-6 * sigma[i]);
  });
});
