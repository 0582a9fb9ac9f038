/** What `npm run bench -- --json` prints, and `bench/report.ts` reads. */

/** Times of one side, in seconds for a turn. */
export interface Times { median: number; low: number; high: number }
/** How far the two sides are apart, where they should not be: relative to the largest value. */
export interface Agreement { output: number; loss: number }
export type Side = 'ours' | 'pytorch' | 'pytorchCompiled';

export interface Result {
  date: string;
  machine: string;
  versions: Record<string, string>;
  /** PyTorch's median time over ours: above 1 is ours faster. */
  ratios: Record<string, number>;
  /** The same against `torch.compile`, where it works. */
  ratiosCompiled: Record<string, number>;
  workloads: Record<string, { about: string; times: Partial<Record<Side, Times>>; megabytes: Partial<Record<Side, number>>; agreement?: Agreement; failed?: Partial<Record<Side, string>> }>;
  growth: Growth[];
}

/** Seconds for an image as one number varies, and the exponent p of the power law, seconds ~ number^p, that fits best. */
export interface Growth { side: Side; what: string; numbers: number[]; seconds: number[]; exponent: number }
