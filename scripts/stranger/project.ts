/** An empty folder, as one who knows nothing of this project has it. */
import { lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { command, type Outcome } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { explain } from '../setup/problem.mjs';

/** What is asked for beside the library. */
export const TENSORFLOW = '@tensorflow/tfjs@4.22.0';

/** Runs TypeScript; what it imports is found from the program's own folder. */
export const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');

/** Its home and npm's cache are empty, too: nothing is found but what was installed. */
export class Project {
  readonly folder: string;
  /** That of its programs. */
  readonly environment: NodeJS.ProcessEnv;

  constructor(folder: string, registry: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.write('package.json', '{ "name": "stranger", "private": true, "type": "module" }\n');
    const hidden = /^(npm_|NODE_|NAIVE_DIFFUSION_|XDG_|TF_|VIRTUAL_ENV|QUICK)/i;
    const rest = Object.entries(process.env).filter(([name]) => !hidden.test(name) || name === 'NODE_EXTRA_CA_CERTS');
    const home = path.join(folder, '..', 'home');
    mkdirSync(home, { recursive: true });
    this.environment = { ...Object.fromEntries(rest), HOME: home, npm_config_registry: registry };
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.folder, name), text);
  }

  /** Runs a program there, whatever comes of it. */
  try(program: string, ...args: string[]): Promise<Outcome> {
    return command(program, args, { cwd: this.folder, env: this.environment });
  }

  /** Runs a program there, which must succeed; returns what it prints. */
  async run(program: string, ...args: string[]): Promise<string> {
    const { code, output, stdout } = await this.try(program, ...args);
    if (code !== 0) throw explain(`${path.basename(program)} ${args.join(' ')}`, output);
    return stdout;
  }

  install(scripts: boolean, ...packages: string[]): Promise<string> {
    const flags = [`--ignore-scripts=${!scripts}`, '--no-audit', '--no-fund'];
    return this.run('npm', 'install', ...flags, ...packages);
  }

  /** What is installed, in bytes; `only` names the folders in node_modules that count. */
  installed(only: (name: string) => boolean = () => true): number {
    const modules = path.join(this.folder, 'node_modules');
    return readdirSync(modules)
      .filter(only)
      .reduce((sum, name) => sum + bytesOf(path.join(modules, name)), 0);
  }
}

function bytesOf(place: string): number {
  const info = lstatSync(place);
  if (!info.isDirectory()) return info.size;
  return readdirSync(place).reduce((sum, name) => sum + bytesOf(path.join(place, name)), 0);
}
