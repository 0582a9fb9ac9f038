/** `npm run bench:profile -- a`: which TensorFlow operations a training step of a workload spends its time in. */
import { Argument } from 'commander';
import {
  Adam,
  binomial,
  binomialWalk,
  describeBackend,
  ImageSet,
  type Network,
  networks,
  ready,
  tf,
  toBytes,
  trainDenoiser,
  trainNaive,
} from 'naive-diffusion';
import { commandLine, start } from '../scripts/command-line.ts';
import { faces } from './agreement.ts';
import { type Workload, workloads } from './workloads.ts';

/** The part of the native backend through which all operations go. */
interface Backend {
  executeSingleOutput(name: string, ...rest: unknown[]): unknown;
  executeMultipleOutputs(name: string, ...rest: unknown[]): unknown;
}

const [warmUp, measured] = [3, 10];
const command = commandLine(
  'npm run bench:profile --',
  'Which TensorFlow operations a training step of a workload spends its time in.',
).addArgument(new Argument('<workload>', 'one of those that train').choices(['a', 'b', 'c', 'e', 'f']));

type Name = 'a' | 'b' | 'c' | 'e' | 'f';

async function profile(name: Name): Promise<void> {
  const workload: Workload = workloads[name];

  process.env.NAIVE_DIFFUSION_COMPILE = '0'; // one operation after the other, as the recorded step has them
  await ready();
  const network = (await networks.make({ ...workload.config })) as Network;
  const optimizer = new Adam(network.weights, { clip: 1, average: 0.998 });
  const images = await faces(workload.config.size, 256);
  const [, height, width, channels] = images.shape;
  const data = new ImageSet({ name: 'faces', height, width, channels, pixels: toBytes(images) });
  images.dispose();
  const common = { network, optimizer, data, batchSize: workload.batch, steps: warmUp + measured };
  const steps =
    workload.kind === 'naive'
      ? trainNaive({ ...common, walk: binomialWalk({ pixels: workload.pixels! }), walkSteps: workload.T! })
      : trainDenoiser({ ...common, degradation: binomial() });

  const spent = new Map<string, { ms: number; calls: number }>();
  const backend = tf.backend() as unknown as Backend;
  for (const method of ['executeSingleOutput', 'executeMultipleOutputs'] as const) {
    const original = backend[method].bind(backend);
    backend[method] = (operation, ...rest) => {
      const begin = performance.now();
      const result = original(operation, ...rest);
      const entry = spent.get(operation) ?? { ms: 0, calls: 0 };
      spent.set(operation, { ms: entry.ms + performance.now() - begin, calls: entry.calls + 1 });
      return result;
    };
  }

  let begin = 0;
  for await (const { step } of steps) {
    if (step !== warmUp) continue;
    spent.clear();
    begin = performance.now();
  }
  const total = (performance.now() - begin) / measured;
  const rows = [...spent]
    .map(([operation, { ms, calls }]) => ({ operation, ms: ms / measured, calls: calls / measured }))
    .sort((a, b) => b.ms - a.ms);
  const line = (operation: string, ms: number, calls?: number) =>
    `| ${operation} | ${ms.toFixed(1)} | ${((100 * ms) / total).toFixed(1)} % | ${calls?.toFixed(0) ?? ''} |`;
  const [large, small] = [rows.filter(({ ms }) => ms >= 0.01 * total), rows.filter(({ ms }) => ms < 0.01 * total)];
  console.log(
    [
      `${describeBackend()}, workload ${name}: ${workload.about}, ${total.toFixed(0)} ms a step one operation at a time`,
      '',
      '| operation | ms a step | share | calls a step |',
      '| --- | ---: | ---: | ---: |',
      ...large.map(({ operation, ms, calls }) => line(operation, ms, calls)),
      line(
        `${small.length} others`,
        small.reduce((sum, { ms }) => sum + ms, 0),
      ),
      line('JavaScript, and handing over', total - rows.reduce((sum, { ms }) => sum + ms, 0)),
    ].join('\n'),
  );
}

await start(command, (_, [name]) => profile(name as Name));
