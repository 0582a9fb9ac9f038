/** What the files look like that the scripts read: their doors, beyond which types can be trusted. */
import * as v from 'valibot';

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const value = v.union([v.pipe(v.number(), v.finite()), v.string()]);
const amount = v.pipe(v.number(), v.minValue(0));

/** What a model's notes must say so that it can be evaluated, and stand in the tables. */
export const EvaluationNotes = v.looseObject({
  dataset: v.picklist(['digits', 'faces']),
  steps: whole,
  minutes: v.optional(amount),
  processorMinutes: v.optional(amount),
  about: v.optional(v.string()),
  command: v.optional(v.string()),
});

/** Where a training run stands. */
export const RunState = v.object({
  from: whole,
  seconds: amount,
  processor: amount,
  /** The loss, smoothed; none before the first step. */
  mean: v.optional(v.nullable(v.number())),
  /** Where it was trained, from which step on; states of earlier versions do not say. */
  machines: v.optional(v.array(v.object({ from: whole, machine: v.string(), backend: v.string() }))),
  /** The values of the recipe's options; states of earlier versions are of the recipe as it stands. */
  options: v.optional(v.record(v.string(), value)),
});

/** A line of a training run's log. */
export const LogLine = v.object({ step: whole, loss: v.number(), mean: v.number(), minutes: amount });

/** How long sampling took so far, and for how many images. */
export const SamplingTime = v.object({ images: whole, seconds: amount });
