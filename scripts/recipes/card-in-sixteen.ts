import { type Card, type Gaussian, karrasLevels, type NoiseDraw, type Target } from 'naive-diffusion';

/** The card of a model that is asked sixteen times for an image, by DPM-Solver++ on Karras' levels. */
export function cardInSixteen(
  degradation: Gaussian,
  target: Target<NoiseDraw>,
  more: { clip?: boolean } = {},
): Omit<Card, 'network'> {
  const levels = karrasLevels(degradation.schedule, { steps: 16, least: 0.01, most: 80 });
  return {
    degradation: degradation.spec,
    target: target.spec,
    sampler: { kind: 'sample', rule: { kind: 'dpm-solver-2m' }, levels, ...more },
  };
}
