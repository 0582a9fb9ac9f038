import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { canvasLibrary } from './canvas.js';

/** The files of the typeface: a machine without any fonts draws the same labels. */
function fontFiles(): { weight: 400 | 600; path: string }[] {
  const require = createRequire(import.meta.url);
  return (
    [
      [400, '400Regular/Inter_400Regular.ttf'],
      [600, '600SemiBold/Inter_600SemiBold.ttf'],
    ] as const
  ).map(([weight, file]) => ({ weight, path: require.resolve(`@expo-google-fonts/inter/${file}`) }));
}

/** Makes the typeface known to the canvas under a name. */
export function registerFont(family: string): void {
  const { GlobalFonts } = canvasLibrary();
  for (const { path } of fontFiles()) GlobalFonts.register(readFileSync(path), family);
}

/** The typeface as CSS, so that a page looks the same on every machine. */
export function fontCss(family: string): string {
  return fontFiles()
    .map(
      ({ weight, path }) =>
        `@font-face { font-family: ${family}; font-weight: ${weight}; src: url(data:font/ttf;base64,${readFileSync(path).toString('base64')}) }`,
    )
    .join('\n');
}
