/** `npx tsx scripts/readme-picture.ts`: takes the samples that chapter 4 saved, and makes the README's picture of them. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createCanvas, loadImage } from 'canvas';
import { writeData } from './data/files.ts';

interface Cell { source: string[]; outputs?: { data?: Record<string, string | string[]> }[] }

const root = path.resolve(import.meta.dirname, '..');
const notebook = path.join(root, 'notebooks', '04-naive-diffusion.ipynb');

async function figure(cells: Cell[], title: string) {
  const cell = cells.find(({ source }) => source.join('').includes(title));
  const data = cell?.outputs?.map((output) => output.data?.['image/png']).find(Boolean);
  if (!data) throw new Error(`${notebook}: has no picture '${title}'; run npm run chapters -- 4`);
  return loadImage(Buffer.from([data].flat().join(''), 'base64'));
}

const { cells } = JSON.parse(await readFile(notebook, 'utf8')) as { cells: Cell[] };
const pictures = [await figure(cells, 'Figure 4.3'), await figure(cells, 'Figure 4.5')];
const canvas = createCanvas(Math.max(...pictures.map(({ width }) => width)), pictures.reduce((sum, { height }) => sum + height, 0));
const context = canvas.getContext('2d');
context.fillStyle = 'white';
context.fillRect(0, 0, canvas.width, canvas.height);
let y = 0;
for (const picture of pictures) {
  context.drawImage(picture, 0, y);
  y += picture.height;
}
writeData('samples.png', canvas.toBuffer('image/png'));
console.log(`data/samples.png: ${canvas.width} × ${canvas.height}`);
