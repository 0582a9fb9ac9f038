/** `npx tsx scripts/readme-picture.ts`: the README's picture, the first samples of the models of chapters 4 and 5. */
import { dataPath, grid, type Images, pretrained, ready, sampleSet, tf } from 'naive-diffusion';
import { commandLine, start } from './command-line.ts';
import { writeData } from './data/files.ts';

const [columns, seed] = [12, 1];
const rows: [name: string, label: string, count: number][] = [
  ['naive-faces', 'chapter 4', 1],
  ['denoise-renoise-faces', 'chapter 5, first half', 2],
  ['palette-faces', 'chapter 5, second half', 4],
];

const command = commandLine(
  'npx tsx scripts/readme-picture.ts',
  "Draws the README's picture, the first samples of the models of chapters 4 and 5, to data/samples.png.",
);

async function main(): Promise<void> {
  await ready();
  const images: Images[] = [];
  for (const [name, , count] of rows) {
    const model = await pretrained(name);
    const samples = await sampleSet({ model, count: count * columns, seed });
    images.push(samples.images());
    model.network.dispose();
  }
  const picture = grid(tf.concat(images) as Images, {
    columns,
    scale: 2,
    rowLabels: rows.flatMap(([, label, count]) => [label, ...Array<string>(count - 1).fill('')]),
    title: 'Faces out of noise',
    caption: 'The first samples of three models, none of them chosen.',
  });
  writeData('samples.png', picture.png());
  console.log(dataPath('samples.png'));
}

await start(command, main);
