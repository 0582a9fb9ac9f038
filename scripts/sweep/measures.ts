import type { EvaluationResult } from 'naive-diffusion';

/** What a figure of a sweep can show, each a number of an evaluation. */
export const measures = {
  'Fréchet distance': ({ evaluation }: EvaluationResult) => evaluation.likeness.frechet.distance,
  'kernel distance': ({ evaluation }: EvaluationResult) => evaluation.likeness.kernel.distance,
  precision: ({ evaluation }: EvaluationResult) => evaluation.likeness.precision,
  recall: ({ evaluation }: EvaluationResult) => evaluation.likeness.recall,
  density: ({ evaluation }: EvaluationResult) => evaluation.likeness.density,
  coverage: ({ evaluation }: EvaluationResult) => evaluation.likeness.coverage,
  'distinct combinations': ({ evaluation }: EvaluationResult) => evaluation.variety.combinations.distinct,
};
