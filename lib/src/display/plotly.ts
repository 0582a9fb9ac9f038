import { createRequire } from 'node:module';

/** The file of plotly.js, which draws figures in web pages. */
export function plotlyPath(): string {
  return createRequire(import.meta.url).resolve('plotly.js-dist');
}
