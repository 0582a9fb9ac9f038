import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const sources = fileURLToPath(new URL('lib/src/', import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^naive-diffusion$/, replacement: `${sources}index.ts` },
      { find: /^naive-diffusion\/(\w+)$/, replacement: `${sources}$1/index.ts` },
      { find: /^#platform\//, replacement: `${sources}platform/node/` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // For hangs only: on a machine that does ten things at once, a kernel and its first import take minutes.
    testTimeout: 610_000,
    hookTimeout: 610_000,
    pool: 'forks', // the native backend keeps its state in the process
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['lib/src/**/*.ts'],
      reporter: ['json-summary'],
      reportOnFailure: true,
      reportsDirectory: 'coverage',
    },
  },
});
