import type { KnipConfig } from 'knip';

/** What is started by name, and so is used though nothing imports it. */
export default {
  // Users of the library may do without playwright-core.
  rules: { optionalPeerDependencies: 'off' },
  // What only its own file uses may still be exported where a doc comment or an error tells of it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  workspaces: {
    '.': {
      entry: [
        'scripts/*.{ts,mjs}',
        'scripts/fuzz/*.ts',
        'scripts/sanitize/*.mjs',
        'notebooks/claims/*.ts',
        'scripts/recipes/*.ts',
        'scripts/results/*.ts',
        'scripts/kernel/{control,launcher}.mjs',
        'scripts/setup/native/smoke.mjs',
        'test/train/recipes/*.ts',
        'bench/{agreement,bench,bf16,memory,pictures,profile,report,startup}.ts',
        'bench/{worker,pictures-worker}.ts',
      ],
      ignoreBinaries: ['mkfifo', 'nvidia-smi'],
      project: ['notebooks/claims/*.ts', 'scripts/**/*.{ts,mjs}', 'bench/*.ts', 'test/**/*.ts', '*.{ts,js}'],
      ignoreDependencies: [
        // Found by the kernel and by notebooks, or by their folders, not by an import.
        'tslab',
        'plotly.js-dist',
        '@tensorflow/tfjs-node-gpu',
        'node-api-headers',
        // Started by name, in scripts/setup/commands.
        'prettier',
        'publint',
        // Asked for by name, since they are CommonJS; zeromq comes with tslab.
        'gifenc',
        'zeromq',
      ],
    },
    lib: {
      // Found through `imports` in package.json, by bundlers.
      entry: ['src/platform/browser/*.ts'],
      project: ['src/**/*.ts'],
      // Required by name, since they are CommonJS, or optional, or read as files.
      ignoreDependencies: ['@expo-google-fonts/inter', '@tensorflow/tfjs-node-gpu', 'plotly.js-dist'],
    },
  },
} satisfies KnipConfig;
