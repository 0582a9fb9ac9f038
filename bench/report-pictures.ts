import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Figure, grid, ImageSet, lineChart, colourCycle, readSafetensors, ready } from 'naive-diffusion';
import { readJson } from '../scripts/read-json.ts';
import {
  type Algorithm,
  type Judgement,
  type PictureRow,
  type Pictures,
  PicturesFile,
  type PictureSide,
} from './result.ts';
import { samplesOf, scratch } from './samples.ts';

const sides: Record<PictureSide, string> = {
  ours: 'the library',
  pytorch: 'PyTorch',
  'pytorch-tuned': "PyTorch, the library's numbers",
};
const algorithms: Record<Algorithm, string> = { naive: 'naive', 'denoise-renoise': 'denoise/renoise' };
const shown = 16;

const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
/** The mean, and where there are several values the least and the most. */
const span = (values: number[], digits = 0) => {
  const text = (value: number) => value.toFixed(digits);
  return `${text(mean(values))}${values.length > 1 ? ` (${text(Math.min(...values))} to ${text(Math.max(...values))})` : ''}`;
};

/** The seeds of one side and algorithm after the same minutes. */
interface Group {
  name: string;
  minutes: number;
  rows: PictureRow[];
}

/** What bench/pictures.json says, where there is one. */
export function readPictures(folder: string): Pictures | undefined {
  const file = path.join(folder, 'pictures.json');
  return existsSync(file) ? readJson(file, PicturesFile) : undefined;
}

/**
 * A table, and figures by the names of their files. Writes the picture of samples itself, where they are still there.
 */
export async function reportPictures(
  { machine, versions, noise, rows }: Pictures,
  folder: string,
): Promise<{ text: string; figures: Record<string, Figure> }> {
  const minutes = [...new Set(rows.map((row) => row.minutes))].sort((a, b) => a - b);
  const groups: Group[] = Object.keys(algorithms)
    .flatMap((algorithm) =>
      Object.keys(sides).flatMap((side) =>
        minutes.map((m) => ({
          name: `${sides[side as PictureSide]}, ${algorithms[algorithm as Algorithm]}`,
          minutes: m,
          rows: rows.filter((row) => row.algorithm === algorithm && row.side === side && row.minutes === m),
        })),
      ),
    )
    .filter((group) => group.rows.length > 0);
  await drawSamples(
    groups.filter((group) => group.minutes === minutes.at(-1)),
    path.join(folder, 'pictures-samples.png'),
  );
  const distances = (group: Group) => group.rows.map(({ frechet }) => frechet.distance);
  const lines = groups.map((group) => {
    const { name, minutes, rows } = group;
    const attributes = [...new Set(rows.map(({ imbalance }) => imbalance.attribute))].join(', ');
    const low = Math.min(...rows.map(({ frechet }) => frechet.low)),
      high = Math.max(...rows.map(({ frechet }) => frechet.high));
    return (
      `| ${name} | ${minutes} | ${span(rows.map(({ steps }) => steps))} | ${span(distances(group), 1)} | ${low.toFixed(1)} to ${high.toFixed(1)} | ` +
      `${span(
        rows.map(({ precision }) => precision),
        2,
      )} | ${span(
        rows.map(({ nearest }) => nearest.samples),
        3,
      )} | ` +
      `${span(rows.map(({ combinations }) => combinations.distinct))} | ${span(rows.map(({ imbalance }) => 100 * imbalance.share))} %, ${attributes} |`
    );
  });
  const ends = [
    `| coin flips, which no network has touched | | | ${noise.frechet.distance.toFixed(1)} | ${noise.frechet.low.toFixed(1)} to ${noise.frechet.high.toFixed(1)} | ${noise.precision.toFixed(2)} | ` +
      `${noise.nearest.samples.toFixed(3)} | ${noise.combinations.distinct} | ${(100 * noise.imbalance.share).toFixed(0)} %, ${noise.imbalance.attribute} |`,
    `| real faces | | | ${noise.floor.toFixed(1)} | | | ${noise.nearest.real.toFixed(3)} | ${noise.combinations.expected.toFixed(0)} | |`,
  ];
  const [{ cores, samples }] = rows;
  const seeds = [...new Set(rows.map(({ seed }) => seed))];
  const how = rows.some((row) => row.cores !== cores)
    ? 'on different numbers of cores'
    : cores === 1
      ? 'the sides of a seed at the same time, one core each'
      : `one run after the other, on ${cores} cores`;
  const text = `Pictures after some minutes of training chapter 4's network on the faces, ${how} (${machine}; ${[...new Set(Object.values(versions))].join('; ')}).
Means over the seeds ${seeds.join(', ')}, with the least and the most; ${samples} samples each. The 95 % intervals of the Fréchet distance reach from the
lowest end to the highest of the bootstrap intervals of all seeds. Precision: the share of samples that lie among the real faces, by the
classifier's features. Nearest: the median root mean squared difference to the nearest training image, in pixels from 0 to 1. The largest
imbalance is that of the attribute of which most of the share lies with the wrong values: Σ|share − expected| / 2.

| | minutes | steps | Fréchet distance | 95 % intervals | precision | nearest | combinations | largest imbalance |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${[...lines, ...ends].join('\n')}

![Fréchet distance against minutes of training](pictures.png)
${existsSync(path.join(folder, 'pictures-samples.png')) ? '\n![Samples](pictures-samples.png)\n' : ''}`;
  return { text, figures: { 'pictures.png': chart(groups, distances, noise) } };
}

/** A curve for each side and algorithm, with bars from the least to the most of its seeds. */
function chart(groups: Group[], distances: (group: Group) => number[], noise: Judgement): Figure {
  const names = [...new Set(groups.map(({ name }) => name))];
  const curves = names.map((name) => groups.filter((group) => group.name === name));
  const ends = [0, 1.05 * Math.max(...groups.map(({ minutes }) => minutes))];
  const figure = lineChart({
    series: {
      ...Object.fromEntries(
        curves.map((points, i) => [
          names[i],
          { x: points.map(({ minutes }) => minutes), y: points.map((point) => mean(distances(point))) },
        ]),
      ),
      'coin flips': {
        x: ends,
        y: ends.map(() => noise.frechet.distance),
        mode: 'lines',
        dash: 'dash',
        color: colourCycle.at(-1),
      },
      'real faces': { x: ends, y: ends.map(() => noise.floor), mode: 'lines', dash: 'dot', color: colourCycle.at(-1) },
    },
    mode: 'lines+markers',
    title: 'Fréchet distance against minutes of training',
    caption: 'Lower is better. Means over the seeds, with bars from the least to the most.',
    xTitle: 'minutes of training',
    xRange: [ends[0], ends[1]],
    width: 900,
  });
  Object.assign(figure.json.layout, {
    yaxis: { ...(figure.json.layout.yaxis as object), rangemode: 'tozero' },
    legend: { orientation: 'v', x: 1.02, y: 1, yanchor: 'top' },
  });
  curves.forEach((points, i) => {
    const away = (end: (...values: number[]) => number) =>
      points.map((point) => Math.abs(end(...distances(point)) - mean(distances(point))));
    Object.assign(figure.json.data[i], {
      error_y: { type: 'data', array: away(Math.max), arrayminus: away(Math.min) },
    });
  });
  return figure;
}

/** The first samples of the first seed of each group, if the files of `npm run bench:pictures` are there. */
async function drawSamples(groups: Group[], file: string): Promise<void> {
  const files = groups.map(({ rows: [{ run, minutes, samples }] }) =>
    samplesOf(path.join(scratch, run), minutes, samples),
  );
  if (!files.every((name) => existsSync(name))) return;
  await ready();
  const bytes: number[] = [];
  let shape: number[] = [];
  for (const name of files) {
    const { images } = (await readSafetensors(name)).tensors;
    shape = images.shape;
    images.data.subarray(0, shown * shape[1] * shape[2] * shape[3]).forEach((value) => {
      bytes.push(Math.round(255 * value));
    });
  }
  const [, height, width, channels] = shape;
  grid(new ImageSet({ name: 'samples', height, width, channels, pixels: Uint8Array.from(bytes) }), {
    columns: shown,
    scale: 2,
    limit: bytes.length,
    rowLabels: groups.map(({ name }) => name),
    title: `Samples after ${groups[0].minutes} minutes of training`,
    caption: 'The first of the first seed, none of them chosen.',
  }).save(file);
}
