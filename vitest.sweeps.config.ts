import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** What needs Ray, which is fetched for it: `npm test -- --sweeps`. */
export default defineConfig({ ...config, test: { ...config.test, include: ['test/**/*.ray.ts'] } });
