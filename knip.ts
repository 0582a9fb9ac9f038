import type { KnipConfig } from 'knip';

/** What is started by name, and so is used though nothing imports it. */
export default {
  // Users of the library may do without most of its peers.
  rules: { optionalPeerDependencies: 'off' },
  // What only its own file uses may still be exported where a doc comment or an error tells of it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  workspaces: {
    '.': {
      entry: [
        'scripts/*.{ts,mjs}',
        'examples/*.ts',
        'scripts/fuzz/*.ts',
        'scripts/sanitize/*.mjs',
        'notebooks/claims/*.ts',
        'scripts/recipes/*.ts',
        'experiments/*.ts',
        'scripts/results/*.ts',
        'scripts/kernel/{control,launcher}.mjs',
        'site/.vitepress/config.ts',
        'site/.vitepress/theme/index.ts',
        'site/run/{face,worker}.ts',
        'scripts/setup/native/smoke.mjs',
        'scripts/setup/commands/package.mjs',
        'test/browser/program.ts',
        'test/train/recipes/*.ts',
        'test/site/running.ts',
        'test/sweep/tiny-faces.ts',
        'test/workers/trainings.ts',
        'bench/{agreement,bench,bf16,gpu-report,gpu-state,memory,pictures,profile,report,startup,workers}.ts',
        'bench/{worker,pictures-worker,workers-worker}.ts',
      ],
      vitest: ['vitest.config.ts', 'vitest.sweeps.config.ts'],
      ignoreBinaries: ['mkfifo', 'nvidia-smi', 'unshare'],
      project: [
        'notebooks/claims/*.ts',
        'examples/*.ts',
        'experiments/*.ts',
        'scripts/**/*.{ts,mjs}',
        'site/.vitepress/**/*.{ts,vue}',
        'site/run/*.ts',
        'bench/*.ts',
        'test/**/*.ts',
        '*.{ts,js}',
      ],
      ignoreDependencies: [
        // Found by the kernel and by notebooks, or by their folders, not by an import.
        'tslab',
        'node-api-headers',
        // Started by name, in scripts/setup/commands.
        'prettier',
        'publint',
        '@arethetypeswrong/cli',
        'vue-tsc',
        'typescript-native',
        // Named in site/typedoc.json.
        'typedoc-plugin-markdown',
        'typedoc-vitepress-theme',
        // Asked for by name, since they are CommonJS; zeromq comes with tslab.
        'gifenc',
        'zeromq',
      ],
    },
    lib: {
      // Found through `imports` in package.json, by bundlers.
      entry: ['src/platform/browser/*.ts'],
      project: ['src/**/*.ts'],
      // Read as files.
      ignoreDependencies: ['@expo-google-fonts/inter'],
    },
  },
} satisfies KnipConfig;
