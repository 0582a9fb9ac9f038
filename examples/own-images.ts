// Images of your own: a folder in, a model and samples out.
//   npx tsx examples/own-images.ts path/to/folder
import {
  budget,
  denoiser,
  evenLevels,
  gaussian,
  grid,
  heun,
  last,
  loadFolder,
  ready,
  residualUnet,
  sample,
  saveCheckpoint,
  trainDenoiser,
  velocity,
  watch,
} from 'naive-diffusion';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('own-images: name a folder with PNG, JPEG or WebP files');

await ready();
const data = await loadFolder(folder, { size: 32 }); // squares from their middles, resized
grid(data.read(Int32Array.from({ length: Math.min(24, data.length) }, (_, i) => i))).save('own-images-data.png');

const degradation = gaussian();
const target = velocity(degradation);
const network = residualUnet({ widths: [24, 48, 96], blocks: 1, dense: 192 });
const steps = budget(2000, 20); // 20 with QUICK=1
const trainer = trainDenoiser({ network, degradation, target, data, steps, batchSize: Math.min(32, data.length) });
await watch(trainer, { steps });

const denoise = denoiser(network, { target });
const images = await last(sample({ denoise, degradation, rule: heun, levels: evenLevels(18), count: 24 }));
grid(images).save('own-images.png');
await saveCheckpoint('own-images.safetensors', network, {
  degradation,
  target,
  sampler: { kind: 'sample', rule: heun.spec, steps: 18 },
});
console.log(`${data.length} images learnt from; see own-images-data.png and own-images.png`);
