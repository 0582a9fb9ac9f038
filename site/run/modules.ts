/** What a page offers its cells for import. */
import type { Modules } from './runtime';
import { fs, process, zlib } from './stand-ins';

/** A module of Node's, which has its parts both by name and in its default. */
const ofNode = (parts: object) => () => Promise.resolve({ default: parts, ...parts });

export const modules: Modules = {
  'naive-diffusion': () => import('naive-diffusion'),
  'naive-diffusion/metrics': () => import('naive-diffusion/metrics'),
  'naive-diffusion/display': () => import('naive-diffusion/display'),
  'node:fs': ofNode(fs),
  'node:process': ofNode(process),
  'node:zlib': ofNode(zlib),
};
