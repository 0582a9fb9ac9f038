import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Arguments with which Chromium runs unattended: also as root, in a container, and without asking anything of the
 * network.
 */
const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/**
 * Where Chromium is: `CHROME_PATH` if that is set, else the first of its usual names on the PATH; undefined if there is
 * none.
 */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  if (environment.CHROME_PATH) return existsSync(environment.CHROME_PATH) ? environment.CHROME_PATH : undefined;
  const folders = (environment.PATH ?? '').split(delimiter).filter(Boolean);
  const files = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...files, ...(process.platform === 'darwin' ? MAC : [])].find((file) => existsSync(file));
}

/**
 * Starts Chromium without a window; the caller closes it.
 * @param caller name of the public function, for the error
 * @throws {Error} that says what to install, when there is no Chromium
 */
export async function launchChromium(caller: string) {
  const executablePath = findChromium();
  if (!executablePath) {
    const wrong = process.env.CHROME_PATH ? ` at CHROME_PATH (${process.env.CHROME_PATH})` : '';
    throw new Error(
      `${caller}: no Chromium was found${wrong}; install Chromium or Google Chrome, or set CHROME_PATH to its program. Figures can be saved as .html without it`,
    );
  }
  const playwright = await import('playwright-core').catch(() => {
    throw new Error(
      `${caller}: the npm package playwright-core, which drives Chromium, is not installed; run npm install playwright-core. Figures can be saved as .html without it`,
    );
  });
  return playwright.chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
}
