/**
 * What all commands have in common: options that are understood or refused, errors in words, and an end when it is
 * asked for.
 */
import { constants } from 'node:os';
import { Command, CommanderError, InvalidArgumentError } from 'commander';

/** What whoever called a command got wrong. It is told in words, and the command ends with status 2. */
export class Mistake extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Mistake';
  }
}

/**
 * A command line that knows `--help` and refuses what it does not know.
 * @param name as one types it: `npm run train --`
 * @param about what it does, in a sentence
 */
export function commandLine(name: string, about: string): Command {
  return new Command(name)
    .description(about)
    .helpOption('--help', 'prints this')
    .allowExcessArguments(false)
    .showHelpAfterError(`\`${name} --help\` lists what there is`);
}

/**
 * Reads the arguments of this process, and then does the work. `--help` does none of it; a wrong argument, like a
 * {@link Mistake}, ends with status 2, any other error with status 1 and its message, a stop with 130 or 143.
 * @param work gets the options and the arguments; what takes long to load is imported in it
 */
export async function start<Options extends object>(
  command: Command,
  work: (options: Options, args: string[]) => Promise<void>,
): Promise<void> {
  try {
    command.exitOverride().parse();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  const asked = listenForEnd();
  try {
    await work(command.opts<Options>(), command.args);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    const isStop = error.name === 'Interrupted';
    process.exitCode = error instanceof Mistake ? 2 : isStop ? statusOf(asked.signal ?? 'SIGINT') : 1;
  }
}

/**
 * Whoever is told to end ends as after Ctrl-C: a loop of the library finishes its step, so that the work can save it.
 * Being told counts from any side: a signal, or the end of the process that started this one.
 */
function listenForEnd(): { signal?: NodeJS.Signals } {
  const asked: { signal?: NodeJS.Signals } = {};
  const end = (signal: NodeJS.Signals) => {
    // A second time, or where no loop listens, it ends at once.
    if (asked.signal || process.listenerCount('SIGINT') === 0) process.exit(statusOf(signal));
    asked.signal = signal;
    process.emit('SIGINT', 'SIGINT');
  };
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  if (process.channel) {
    process.on('disconnect', () => {
      end('SIGTERM');
    });
    process.channel.unref(); // it may end by itself nevertheless
  }
  return asked;
}

/** The exit status that says which signal ended a program. */
function statusOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(least = 1, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (text.trim() === '' || !Number.isInteger(n) || n < least || n > most)
      throw new InvalidArgumentError(
        `expected a whole number of at least ${least}${most < Number.MAX_SAFE_INTEGER ? ` and at most ${most}` : ''}`,
      );
    return n;
  };
}

/** Reads one of some names. */
export function oneOf(names: readonly string[]): (text: string) => string {
  return (text) => {
    if (!names.includes(text)) throw new InvalidArgumentError(`expected one of ${names.join(', ')}`);
    return text;
  };
}

/** Options by name, in the order in which they were given. */
export type Settings = [name: string, value: number | string | boolean][];

/** Reads `steps=16`; what looks like a number is one, and `true` and `false` are yes and no. */
export function setting(text: string, others: Settings): Settings {
  const at = text.indexOf('=');
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || value === '') throw new InvalidArgumentError('expected an option and its value, such as steps=16');
  if (others.some(([other]) => other === name)) throw new InvalidArgumentError(`${name} is given twice`);
  if (value === 'true' || value === 'false') return [...others, [name, value === 'true']];
  return [...others, [name, Number.isNaN(Number(value)) ? value : Number(value)]];
}

/** Reads values with commas between, each by `read`. */
export function listOf<T>(read: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map(read);
}
