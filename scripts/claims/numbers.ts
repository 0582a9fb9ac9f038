// Numbers as people write them: 1,024 and 0.50 and 3.1e+6, "twelve", and what such a number says about its precision.

const WORDS = [
  ...['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'],
  ...['thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen', 'twenty'],
];
const NUMBER = /(?<![\w.])[-−]?(?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?(?:e[+-]?\d+)?/g;

/** All numbers in a text, in order. A list such as 32,32 is two numbers; 1,024 is one. */
export function numbersIn(text: string): number[] {
  return [...text.matchAll(NUMBER)].map(([written]) => parse(written));
}

/**
 * Whether a value, rounded as a number is written, is that number: 3.92 agrees with `3.9`, and not with `3.90`; 21.7
 * agrees with `22`. A value half-way agrees with both sides, since it may have been rounded before it was printed.
 * @param written digits, or a word up to `twenty`
 * @throws Error if `written` is no number
 */
export function agrees(written: string, value: number): boolean {
  const decimals = /\.(\d+)/.exec(written)?.[1].length ?? 0;
  const half = 10 ** -decimals / 2;
  return Math.abs(value - parse(written)) <= half * (1 + 1e-6);
}

/** The number that is written, in digits or as a word up to twenty. @throws Error if it is none */
function parse(written: string): number {
  const word = WORDS.indexOf(written.toLowerCase());
  const value = word >= 0 ? word : Number(written.replaceAll(',', '').replace('−', '-'));
  if (!written.trim() || Number.isNaN(value)) throw new Error(`parse: expected a number, got "${written}"`);
  return value;
}
