/** `npm run bench:memory`: resident memory over 10,000 training steps, and over 10,000 samples, which should not grow. */
import { binomialWalk, buildNetwork, describeBackend, loadFaces, type Network, ready, sampleModel, trainNaive, unet } from 'naive-diffusion';
import { workloads } from './workloads.ts';

const megabytes = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
const say = (what: string, seen: number[]) => console.log(`${what}: ${seen.join(', ')} MB`);

await ready();
console.log(describeBackend());
const data = await loadFaces();
const { config, T, pixels } = workloads.a;

let seen: number[] = [];
const small = unet({ ...config, widths: [8, 16], dense: 0 });
for await (const { step } of trainNaive({ network: small, data, walk: binomialWalk({ pixels }), T, steps: 10_000, batchSize: 8 })) {
  if (step % 2000 === 0) seen.push(megabytes());
}
say('after 2,000, 4,000, … 10,000 training steps', seen);
small.dispose();

seen = [];
const network = buildNetwork(config) as Network;
for await (const { done } of sampleModel({ network, sampling: { method: 'naive', degradation: 'binomialWalk', options: { T: 4, pixels } }, count: 10_000, batchSize: 250 })) {
  if (done % 2000 === 0) seen.push(megabytes());
}
say('after 2,000, 4,000, … 10,000 samples', seen);
