export { extname, join, relative } from 'node:path';
