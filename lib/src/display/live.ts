import { runName } from '#platform/environment.js';
import { checkNumbers, checkWhole } from '../check.js';
import type { Images } from '../types.js';
import type { Bundle } from './jupyter.js';
import { inKernel, replacesOutputs, sendOutput } from './jupyter.js';
import { drawLossChart } from './loss-chart.js';
import { Picture, paper } from './picture.js';
import { tilesOf } from './pixels.js';
import { block, drawBlock } from './text.js';
import { INK, colourCycle } from './theme.js';
import { type Clock, duration, roundedDuration, Throttle } from './throttle.js';

/** Options of {@link live}. */
export interface LiveOptions {
  /** How many steps there will be. */
  steps: number;
  /** What is being done, for example `naive diffusion on digits`. */
  title?: string;
  /** How many steps lie between two samples, for `wantsSamples`; by default a tenth of all. */
  samplesEvery?: number;
  /** A logarithmic loss axis. */
  logY?: boolean;
  /** Whether the picture that stays says how long it took, rounded; by default it does. */
  timing?: boolean;
  /** Milliseconds between two drawings; by default 500. */
  interval?: number;
  /** The time in milliseconds; for tests. */
  now?: () => number;
}

/** One finished step. */
export interface LiveStep {
  /** Steps taken so far. */
  step: number;
  loss: number;
  /** Images to show beside the curve until there are newer ones. They stay the caller's. */
  samples?: Images;
}

const SIZE = { width: 700, chart: 220, samples: 220, head: 62 };
let reports = 0;

/**
 * Starts the report of a training: a bar, steps per second, time left, the loss curve and the latest samples, in one
 * output that is replaced about twice a second. `watch` does all of this for a trainer; use `live` in a loop of your
 * own:
 *
 * ```ts
 * const report = live({ steps: 1000, title: 'two moons' });
 * for await (const i of loop(1000)) report.update({ step: i + 1, loss: learn() });
 * report.done();
 * ```
 * Outside a notebook it prints a line every ten seconds instead; and so it does, before the last drawing, in a notebook
 * whose outputs cannot be replaced.
 * @throws {RangeError} when `steps` or `samplesEvery` is not a whole number of at least 1
 */
export function live(options: LiveOptions): LiveReport {
  return new LiveReport(options);
}

/** A report on work in progress; see {@link live}. */
export class LiveReport {
  readonly #o: LiveOptions & { samplesEvery: number };
  readonly #now: Clock;
  readonly #began: number;
  readonly #draw: Throttle;
  readonly #print: Throttle;
  readonly #id = `naive-diffusion-live-${runName}-${++reports}`;
  readonly #points: { step: number; loss: number }[] = [];
  #first?: { step: number; at: number };
  #latest?: { step: number; at: number };
  #samples?: Picture;
  #shown = false;
  #finished = false;

  /** @throws {RangeError} when `steps` or `samplesEvery` is not a whole number of at least 1 */
  constructor(o: LiveOptions) {
    checkNumbers('live', o, '');
    checkWhole('live', 'steps', o?.steps, 1);
    if (o.interval !== undefined && !(o.interval >= 0))
      throw new RangeError(`live: interval must be at least 0, got ${o.interval}`);
    const samplesEvery = checkWhole('live', 'samplesEvery', o.samplesEvery ?? Math.max(1, Math.round(o.steps / 10)), 1);
    this.#o = { ...o, samplesEvery };
    this.#now = o.now ?? Date.now;
    this.#began = this.#now();
    this.#draw = new Throttle(o.interval ?? 500, this.#now);
    this.#print = new Throttle(10_000, this.#now);
  }

  /** The losses so far. */
  get losses(): number[] {
    return this.#points.map(({ loss }) => loss);
  }

  /** Whether it is time for new samples: every `samplesEvery` steps, and at the last. */
  wantsSamples(step: number): boolean {
    return step % this.#o.samplesEvery === 0 || step === this.#o.steps;
  }

  /**
   * Takes note of a step, and draws if the last drawing is half a second old or there are new samples.
   * @throws {RangeError} when step, loss or samples hold NaN or Infinity: what a training goes on with after that is
   * lost
   */
  update({ step, loss, samples }: LiveStep): void {
    if (this.#finished) throw new Error('LiveReport.update: the report is done; start another with live()');
    checkWhole('LiveReport.update', 'step', step, 0);
    checkNumbers('LiveReport.update', { loss }, '');
    const drawn = samples && tiny(samples);
    this.#points.push({ step, loss });
    this.#latest = { step, at: this.#now() };
    this.#first ??= this.#latest;
    if (drawn) this.#samples = drawn;
    if (!replacesOutputs()) {
      if (this.#print.due()) console.log(this.#line());
    } else if (this.#draw.due() || samples) {
      this.#send();
    }
  }

  /**
   * Draws the last state, which stays. `ending` says how it ended where that is not plain. Calling it again does
   * nothing.
   */
  done(ending?: string): void {
    if (this.#finished) return;
    this.#finished = true;
    if (inKernel()) this.#send(ending);
    else console.log(this.#line(ending));
  }

  /** The report as it is drawn now. */
  picture(ending?: string): Picture {
    const { steps, title, logY } = this.#o;
    const side = this.#samples ? this.#samples.width + 20 : 0;
    const { canvas, context } = paper(
      'live',
      SIZE.width,
      SIZE.head + Math.max(SIZE.chart, this.#samples ? this.#samples.height + 12 : 0),
    );
    drawBlock(context, block(title ?? 'training', SIZE.width, 15, 600), 10, 6, INK.text);
    drawBlock(context, block(this.#status(ending), SIZE.width, 12.5), SIZE.width - 10, 8, INK.muted, 'right');
    const done = Math.min(1, (this.#latest?.step ?? 0) / steps);
    bar(context, 10, 38, SIZE.width - 20, done, ending ? colourCycle[4] : done === 1 ? colourCycle[2] : colourCycle[0]);
    context.drawImage(
      drawLossChart(this.#points, { width: SIZE.width - side - 6, height: SIZE.chart, steps, logY }),
      2,
      SIZE.head - 6,
    );
    if (this.#samples) context.drawImage(this.#samples.canvas, SIZE.width - this.#samples.width - 10, SIZE.head);
    return new Picture(canvas);
  }

  #send(ending?: string): void {
    const bundle: Bundle = { 'image/png': this.picture(ending).png(), 'text/plain': this.#line(ending) };
    sendOutput(bundle, { id: this.#id, update: this.#shown });
    this.#shown = true;
  }

  /** While it runs: speed and time left. When it has ended: nothing that differs from run to run but a rounded time. */
  #status(ending?: string): string {
    const step = this.#latest?.step ?? 0;
    const loss = this.#points.length ? `loss ${this.#meanLoss().toPrecision(3)}` : '';
    if (this.#finished) {
      const took = this.#o.timing === false ? '' : roundedDuration((this.#now() - this.#began) / 1000);
      return [ending, `${count(step)} steps`, loss, took].filter(Boolean).join(' · ');
    }
    const rate = this.#rate();
    const pace = rate
      ? `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} steps/s · ${duration(Math.max(0, this.#o.steps - step) / rate)} left`
      : '';
    return [`${count(step)} of ${count(this.#o.steps)}`, loss, pace].filter(Boolean).join(' · ');
  }

  #line(ending?: string): string {
    return `${this.#o.title ?? 'training'}: ${this.#status(ending)}`;
  }

  /** Steps per second since the first one was noted (which includes all that happens only once). */
  #rate(): number | undefined {
    if (!this.#first || !this.#latest || this.#latest.at <= this.#first.at) return undefined;
    return (this.#latest.step - this.#first.step) / ((this.#latest.at - this.#first.at) / 1000);
  }

  /** The mean of the last twentieth of the losses: less noisy than the last one. */
  #meanLoss(): number {
    const recent = this.#points.slice(-Math.max(1, Math.floor(this.#points.length / 20)));
    return recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length;
  }
}

function bar(
  context: ReturnType<typeof paper>['context'],
  x: number,
  y: number,
  width: number,
  done: number,
  color: string,
): void {
  for (const [length, fill] of [
    [width, INK.faint],
    [Math.max(8, width * done), color],
  ] as const) {
    context.fillStyle = fill;
    context.beginPath();
    context.roundRect(x, y, length, 8, 4);
    context.fill();
  }
}

/** Samples in a square that fits beside the curve. */
function tiny(samples: Images): Picture {
  const { width, height, tiles } = tilesOf('LiveReport.update', samples, 9, 'samples');
  const columns = Math.ceil(Math.sqrt(tiles.length));
  const scale = Math.max(1, Math.min(6, Math.floor((SIZE.samples - 2 * columns) / (columns * width))));
  const rows = Math.ceil(tiles.length / columns);
  const { canvas, context } = paper(
    'LiveReport.update',
    columns * (width * scale + 2) - 2,
    rows * (height * scale + 2) - 2,
  );
  context.imageSmoothingEnabled = false;
  tiles.forEach((tile, i) =>
    context.drawImage(
      tile,
      (i % columns) * (width * scale + 2),
      Math.floor(i / columns) * (height * scale + 2),
      width * scale,
      height * scale,
    ),
  );
  return new Picture(canvas);
}

function count(n: number): string {
  return n.toLocaleString('en');
}
