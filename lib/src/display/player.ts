import { base64 } from '#platform/base64.js';
import { writeWhole } from '#platform/files.js';
import { checkEnding } from '../check-path.js';
import { checkNumbers, checkWhole } from '../check.js';
import { toWav } from '../data/wav.js';
import { type Sounds, soundsOf } from '../metrics/hearing.js';
import { Shown } from './displayable.js';
import { type Bundle, escapeHtml } from './jupyter.js';
import { FONT, INK } from './theme.js';

/** Options of {@link player}. */
export interface PlayerOptions {
  /** Samples for each second: of the set, where it says so. Browsers play 3,000 and more. */
  rate?: number;
  /** A text above each sound. */
  labels?: readonly (string | number)[];
  /** Players in a row; by default as many as there are, and 4 at most. */
  columns?: number;
  /** A headline above all. */
  title?: string;
  /** A sentence below the headline that says what there is to hear. */
  caption?: string;
}

/** Sounds with a button to play each: the result of `player`. As a cell's last expression it shows itself. */
export class Player extends Shown {
  readonly #html: string;
  readonly #samples: Float32Array;
  readonly #rate: number;
  readonly #count: number;

  /** What is shown, and all sounds one after another. */
  constructor(html: string, { samples, rate, count }: { samples: Float32Array; rate: number; count: number }) {
    super();
    this.#html = html;
    this.#samples = samples;
    this.#rate = rate;
    this.#count = count;
  }

  /**
   * Writes a WAV file with all sounds, one after another.
   * @throws {TypeError} when the path does not end in `.wav`
   * @throws {Error} when it cannot be written
   */
  save(path: string): void {
    checkEnding('Player.save', path, ['.wav']);
    writeWhole('Player.save', path, toWav(this.#samples, this.#rate));
  }

  /** The forms in which a notebook shows it. */
  override bundle(): Bundle {
    return { 'text/html': this.#html, 'text/plain': `[${this.describe()}]` };
  }

  /** What it is, in a few words. */
  override describe(): string {
    const seconds = this.#samples.length / this.#rate;
    return `${this.#count} ${this.#count === 1 ? 'sound' : 'sounds'}, ${seconds.toFixed(1)} seconds`;
  }
}

/**
 * Sounds to listen to below a cell: `player(sounds)`, `player(samples, { rate: 4000, labels: ['C', 'D'] })`. Each is a
 * WAV file inside the output, so that it also plays in a saved notebook, without a kernel, once the notebook is
 * trusted. Samples beyond [−1, 1] are clipped.
 * @param sounds `[batch, 1, samples, 1]` or a set such as `loadSounds()` returns; they stay the caller's
 * @throws {TypeError | RangeError} when they are no sounds, when there is no rate, a number is not finite, or when an
 * option is out of range
 */
export function player(sounds: Sounds & { readonly rate?: number }, o: PlayerOptions = {}): Player {
  checkNumbers('player', o, '');
  const { values, count, length } = soundsOf('player', sounds);
  const rate = checkWhole('player', 'rate', o.rate ?? (sounds.rate as number), 3000, 192_000);
  const columns = checkWhole('player', 'columns', o.columns ?? Math.min(4, count));
  if (o.labels && o.labels.length !== count)
    throw new RangeError(`player: labels must have ${count} entries, got ${o.labels.length}`);
  const cells = Array.from({ length: count }, (_, i) => {
    const sound = base64(toWav(values.slice(i * length, (i + 1) * length), rate));
    const label = o.labels ? `<div>${escapeHtml(String(o.labels[i]))}</div>` : '';
    return `<div>${label}<audio controls src="data:audio/wav;base64,${sound}" style="width: 100%; height: 32px"></audio></div>`;
  });
  const head = [
    o.title && `<b style="font-size: 15px">${escapeHtml(o.title)}</b>`,
    o.caption && `<div style="color: ${INK.muted}; margin-bottom: 8px">${escapeHtml(o.caption)}</div>`,
  ];
  const html = [
    `<div style="font: 12.5px ${FONT}, sans-serif; max-width: 800px">`,
    ...head.filter(Boolean),
    `<div style="display: grid; grid-template-columns: repeat(${columns}, 1fr); gap: 8px">`,
    ...cells,
    '</div></div>',
  ].join('\n');
  return new Player(html, { samples: values.slice(), rate, count });
}
