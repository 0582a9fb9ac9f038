/** The pictures of the front page: parts of the chapters' own outputs. */
import sharp from 'sharp';
import { type Notebook, text } from '../chapters/notebook.ts';

/** A rectangle of a picture in pixels. */
export interface Part {
  /** The cell whose first picture it is. */
  cell: string;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Eight by four faces, as the pictures of the chapters have them: 64 pixels each, and two between. */
const faces = (cell: string, left: number, top: number): Part => ({ cell, left, top, width: 526, height: 262 });

/** Six by three of them. */
const fewFaces = (cell: string, left: number, top: number): Part => ({ cell, left, top, width: 394, height: 196 });

/** What stands for each chapter. */
export const CARDS: Readonly<Record<string, Part>> = {
  '01-problems-of-generative-modeling': faces('c01-034', 64, 71),
  '02-binomial-noise': faces('c02-011', 10, 73),
  '03-unet': faces('c03-022b', 47, 54),
  '04-naive-diffusion': faces('c04-021', 208, 73),
  '05-denoise-renoise': faces('c05-033', 73, 73),
  '06-cold-diffusion': fewFaces('c06-032', 108, 253),
  '07-measuring': faces('c07-015', 100, 54),
  '08-gaussian-noise': faces('c08-006', 47, 90),
  '09-ddpm': faces('c09-081', 182, 73),
  '10-counting-bits': faces('c10-033', 10, 73),
  '11-fewer-steps': faces('c11-021', 70, 54),
  '12-the-score': fewFaces('c12-044', 83, 271),
  '13-better-networks': { cell: 'c13-037', left: 10, top: 107, width: 206, height: 103 },
  '14-asking-for-a-face': faces('c14-012', 10, 106),
  '15-mending-pictures': faces('c15-024', 83, 54),
  '16-small-spaces': { cell: 'c16-044', left: 10, top: 89, width: 778, height: 388 },
  '17-straight-lines': faces('c17-011', 90, 54),
  '18-not-only-pictures': { cell: 'c18-047', left: 10, top: 54, width: 276, height: 128 },
};

/**
 * Cuts a part out of a notebook's picture. Pixels of faces are drawn as two by two there, and as one here.
 * @returns a WebP file
 * @throws {Error} when the cell has no picture, or the picture not that part
 */
export async function cut(notebook: Notebook, { cell, ...part }: Part): Promise<Buffer> {
  const outputs = notebook.cells.find(({ id }) => id === cell)?.outputs ?? [];
  const data = outputs.map((output) => output.data?.['image/png']).find(Boolean);
  if (!data) throw new Error(`the front page shows the picture of cell ${cell}, which has none`);
  try {
    return await sharp(Buffer.from(text(data as string), 'base64'))
      .extract(part)
      .resize(Math.round(part.width / 2), Math.round(part.height / 2), { kernel: 'nearest' })
      .webp({ quality: 85, effort: 6 })
      .toBuffer();
  } catch (cause) {
    throw new Error(`the front page shows a part of cell ${cell}'s picture that is not there`, { cause });
  }
}
