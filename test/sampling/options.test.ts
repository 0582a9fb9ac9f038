import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  ancestral,
  binomial,
  blur,
  degradation,
  denoiser,
  evenLevels,
  fixed,
  flowSchedule,
  gaussian,
  guide,
  heun,
  key,
  last,
  mixed,
  ready,
  reinject,
  renoise,
  sample,
  sampleDdim,
  tf,
  unet,
  velocity,
  type Denoiser,
  type Estimate,
  type Images,
  type Rule,
  type Step,
} from 'naive-diffusion';

await ready();
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const network = unet({ size: 8, channels: 1, widths: [4], dense: 0, output: 'linear' });
const good = { denoise: denoiser(network), degradation: binomial(), rule: renoise(), levels: [1, 0.5, 0], count: 2 };
const wrong = (options: object) => () => sample({ ...good, ...options });
const guessing = (guess: (z: Images) => unknown): Denoiser =>
  Object.assign((z: Images) => ({ x0: guess(z) }) as Estimate, { weights: [], shape: [8, 8, 1] as const });

describe('sample refuses at the call', () => {
  it('parts that were not made', () => {
    expect(wrong({ degradation: undefined })).toThrow(
      'sample: degradation must be one, as binomial() or degradation()',
    );
    expect(wrong({ degradation: binomial })).toThrow('got the function binomial: call it');
    expect(wrong({ rule: renoise })).toThrow('sample: rule must be a rule, got what makes one: call renoise(…)');
    expect(() => renoise(mixed as never)).toThrow('renoise: draw must be a rule, got what makes one: call mixed(…)');
    expect(() => renoise('fresh' as never)).toThrow('renoise: draw must be a draw rule, such as fixed or fresh');
    expect(wrong({ denoise: network.weights })).toThrow('sample: denoise must be a denoiser');
  });

  it('a rule that its degradation cannot follow, and a denoiser of another degradation', () => {
    for (const rule of [heun, ancestral(), reinject(1), renoise(mixed(0.5) as never)])
      expect(wrong({ rule })).toThrow(
        'sample: degradation must be Gaussian noise, as gaussian() makes it, for the rule',
      );
    const denoise = denoiser(network, { target: velocity(gaussian()) });
    expect(wrong({ denoise, degradation: gaussian({ schedule: flowSchedule() }) })).toThrow(
      'sample: denoise must be made for the degradation that it is used with',
    );
    expect(wrong({ denoise: guide({ wanted: denoise, plain: denoise, weight: 2 }) })).toThrow(
      'made for the degradation',
    );
    expect(wrong({ denoise, degradation: gaussian() })).not.toThrow(); // another one of the same spec
  });

  it('images to start from that are none', () => {
    expect(wrong({ z: [[1]] })).toThrow('sample: z must be images, [batch, height, width, channels]');
    expect(wrong({ z: tf.zeros([2, 8, 8, 1], 'int32') })).toThrow('sample: z must be float32, got int32');
    expect(wrong({ z: tf.fill([2, 8, 8, 1], NaN) })).toThrow('sample: z must hold finite numbers');
    expect(wrong({ shape: [4, 4, 1] })).toThrow('sample: shape must be [8,8,1], as denoise takes it, got [4,4,1]');
  });

  it('a draw or a residue of another shape, and what is given that is no tensor', () => {
    const draw = (shape: number[]) => binomial().draw(key(1), shape);
    expect(wrong({ knownDraw: draw([5, 8, 8, 1]) })).toThrow('sample: knownDraw.rank must have shape [2,8,8,1]');
    expect(wrong({ knownDraw: gaussian().draw(key(1), [2, 8, 8, 1]) })).toThrow(
      'sample: knownDraw must hold rank, colour',
    );
    expect(wrong({ degradation: blur(), residue: tf.zeros([2, 3]) })).toThrow('sample: residue must have shape [2,1]');
    expect(wrong({ degradation: blur(), residue: [0.5] })).toThrow('sample: residue must be a tensor of shape [2,1]');
    expect(wrong({ residue: tf.zeros([2, 1]) })).toThrow('sample: residue must be left out');
    expect(wrong({ denoise: guessing((z) => z), given: { digit: [1, 2] } })).toThrow(
      'sample: given.digit must be a tensor',
    );
  });
});

describe('at a step', () => {
  it.each(['compiled', 'uncompiled'])('guess and rule must be like the images: %s', async (how) => {
    if (how === 'uncompiled') vi.stubEnv('NAIVE_DIFFUSION_COMPILE', '0');
    const run = (options: object) => last(sample({ ...good, ...options }));
    const thin = (z: Images) => tf.slice(z, 0, 1);
    await expect(run({ denoise: guessing(thin) })).rejects.toThrow(
      'sample: denoise must guess x0 of shape [2,8,8,1], got a tensor of shape [1,8,8,1]',
    );
    await expect(run({ denoise: guessing(() => undefined) })).rejects.toThrow('got undefined');
    await expect(run({ rule: ({ z }: Step) => thin(z) })).rejects.toThrow(
      'sample: rule must give images of shape [2,8,8,1], got a tensor of shape [1,8,8,1]',
    );
    const spreading = degradation('spreading', { at: (_, x0) => tf.tile(x0, [1, 1, 1, 2]) });
    await expect(run({ degradation: spreading })).rejects.toThrow('spreading: at must give images of shape [2,8,8,1]');
  });

  it('numbers that are not finite are found at the end, and who made them', async () => {
    const spoilt = (x: Images) => tf.add<Images>(x, NaN);
    await expect(
      last(
        sample({ ...good, denoise: guessing(spoilt), rule: ({ estimate }) => estimate.x0, levels: [1, 0.6, 0.3, 0] }),
      ),
    ).rejects.toThrow('sample: denoise must guess finite numbers');
    await expect(last(sample({ ...good, rule: ({ z }: Step) => spoilt(z), levels: [1, 0] }))).rejects.toThrow(
      'sample: rule must give finite numbers',
    );
  });

  it('a rule that looks back sees the whole estimate of the step before', async () => {
    const knowing: Denoiser = Object.assign(
      (z: Images): Estimate => ({
        x0: z,
        variance: tf.fill<tf.Rank.R4>([2, 1, 1, 1], 0.25),
        share: tf.mul<Images>(z, 0.5),
      }),
      { weights: [], shape: [8, 8, 1] as const },
    );
    const rule: Rule = Object.assign(
      ({ z, before }: Step) => {
        if (!before) return tf.onesLike(z) as Images;
        const { variance, share } = before.estimate;
        return tf.add<Images>(tf.mul(z, variance!), tf.mul(share!, 0));
      },
      { looksBack: true },
    );
    for (const levels of [evenLevels(2), evenLevels(5)]) {
      const images = await last(sample({ ...good, denoise: knowing, rule, levels }));
      expect(images.dataSync()[0]).toBeCloseTo(0.25 ** (levels.length - 2), 6);
    }
  });

  it('warns in the name of the caller, of each reason once', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const denoise = guessing((z) => tf.mul(z, 0.5));
    const outside = tf.scalar(0.5);
    const reading: Rule = ({ z }: Step) => tf.mul<Images>(z, z.dataSync()[0] * 0 + 1);
    const careless: Rule = ({ z }: Step) => tf.mul<Images>(z, outside);
    for (const rule of [reading, careless, careless]) await last(sample({ ...good, denoise, rule }));
    expect(warned.mock.calls).toHaveLength(2);
    const peeking = guessing((z) => tf.mul(z, z.dataSync()[0] * 0 + 1));
    await last(sampleDdim({ denoise: peeking, degradation: gaussian(), steps: 2, count: 2 }));
    expect(warned.mock.calls[2][0]).toMatch(/^sampleDdim: runs one operation at a time/);
    warned.mockClear();
    await last(sample({ ...good, denoise, rule: ({ z }: Step) => tf.mul<Images>(z, outside), constants: [outside] }));
    expect(warned).not.toHaveBeenCalled();
  });

  it('has the same rule for the same numbers, so that it is compiled once', () => {
    expect(mixed(0.3)).toBe(mixed(0.3));
    expect(mixed(0.3)).not.toBe(mixed(0.4));
    expect(ancestral({ variance: 'forward' })).toBe(ancestral({ variance: 'forward' }));
    expect(reinject(0.4)).toBe(reinject(0.4));
    expect(renoise(fixed)).toBe(renoise(fixed));
    expect(() => mixed('0.5' as never)).toThrow('mixed: eta must lie in [0, 1], got "0.5"');
  });
});
