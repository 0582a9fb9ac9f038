import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel, needBuiltLibrary, type Result } from './client.js';

let kernel: Kernel;
beforeAll(async () => {
  needBuiltLibrary();
  kernel = await Kernel.start();
  await kernel.run(
    "import { loop, Interrupted } from 'naive-diffusion';\nconst sleep = (ms: number) => new Promise<void>((r) => { setTimeout(r, ms); });\nlet n = 0;",
  );
});
afterAll(() => kernel.stop());

/** Starts a cell, presses stop once it has printed `go`, and waits for its end. */
async function stopped(code: string, press: () => unknown = () => kernel.interrupt()): Promise<Result> {
  const id = await kernel.start(code);
  await kernel.printed(id, 'go');
  await press();
  return kernel.result(id);
}

async function expectUsable(): Promise<void> {
  expect((await kernel.run('1 + 1')).stdout).toBe('2\n');
}

describe.each([
  ['an endless loop', 'console.log("go"); while (true) { }'],
  ['an endless loop after an await', 'await 0; console.log("go"); await sleep(0); while (true) { }'],
  ['a loop that awaits', 'console.log("go"); while (true) { await sleep(10); n++; }'],
  ['one long await', 'console.log("go"); await sleep(1e6);'],
  [
    'an async generator',
    'async function* g() { try { while (true) { await sleep(10); yield n++; } } finally { console.log("closed"); } }\nconsole.log("go");\nfor await (const i of g()) void i;',
  ],
])('%s', (_, code) => {
  test('is ended by stop, does not go on in the background, and leaves the kernel usable', async () => {
    const { reply, error } = await stopped(code);
    expect(reply.status).toBe('error');
    expect(error?.ename).toBe('Interrupted');
    expect((await kernel.run('const before = n; await sleep(100); n === before')).stdout).toBe('true\n');
  });
});

test('SIGINT ends a cell that awaits, too', async () => {
  const { error } = await stopped('console.log("go"); while (true) await sleep(10);', () => kernel.signal());
  expect(error?.ename).toBe('Interrupted');
  await expectUsable();
});

test('a stop during one long call ends the cell when the call is over', async () => {
  const id = await kernel.start(
    'console.log("go"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);',
  );
  const next = await kernel.start('console.log("ran");');
  await kernel.printed(id, 'go');
  await kernel.interrupt();
  expect((await kernel.result(id)).error?.ename).toBe('Interrupted');
  expect((await kernel.result(next)).reply.status).toBe('aborted');
  await expectUsable();
});

test('the clean-up of a stopped cell runs', async () => {
  const { stdout } = await stopped('try { console.log("go"); await sleep(1e6); } finally { console.log("cleaned"); }');
  expect(stdout).toContain('cleaned');
});

test('a loop of the library ends its step before the cell is over, and what it made is kept', async () => {
  const { error, reply } = await stopped(`
let begun = 0, ended = 0;
for await (const i of loop(1e9)) {
  begun++;
  if (i === 1) console.log('go');
  await sleep(300);
  ended++;
}`);
  expect(reply.status).toBe('error');
  expect(error?.ename).toBe('Interrupted');
  expect(error?.evalue).toContain('the last finished step is kept');
  expect((await kernel.run('begun === ended && ended >= 2')).stdout).toBe('true\n');
  expect((await kernel.run('const count = begun; await sleep(700); begun === count')).stdout).toBe('true\n');
});

test('a loop whose steps never give way ends after its step', async () => {
  const { error } = await stopped(`
let begunTurns = 0, endedTurns = 0;
for await (const i of loop(1e9)) {
  begunTurns++;
  if (i === 1) console.log('go');
  for (const until = Date.now() + 200; Date.now() < until; );
  endedTurns++;
}`);
  expect(error?.ename).toBe('Interrupted');
  expect((await kernel.run('begunTurns === endedTurns && endedTurns >= 2')).stdout).toBe('true\n');
});

test('a cell may catch the stop of a loop and show what it has', async () => {
  const { reply, stdout } = await stopped(`
try {
  for await (const i of loop(1e9)) { await sleep(10); if (i === 1) console.log('go'); }
} catch (error) {
  if (!(error instanceof Interrupted)) throw error;
}
await sleep(50);
console.log('shown');`);
  expect(reply.status).toBe('ok');
  expect(stdout).toContain('shown');
});

test('a second press does not wait for a step that never ends', async () => {
  const { error } = await stopped(
    'for await (const i of loop(10)) { console.log("go"); await sleep(1e6); }',
    async () => {
      await kernel.interrupt();
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
      await kernel.interrupt();
    },
  );
  expect(error?.ename).toBe('Interrupted');
  await expectUsable();
});

test('stop drops the cells that were waiting', async () => {
  const id = await kernel.start('console.log("go"); await sleep(1e6);');
  const next = await kernel.start('console.log("ran");');
  await kernel.printed(id, 'go');
  await kernel.interrupt();
  expect((await kernel.result(id)).error?.ename).toBe('Interrupted');
  expect((await kernel.result(next)).reply.status).toBe('aborted');
});

test('stop between cells does nothing', async () => {
  kernel.signal();
  await kernel.ask('interrupt_request', {}, 'control'); // answered: the next cell comes after it
  await expectUsable();
  expect((await kernel.run('let m = 0; for (let i = 0; i < 10; i++) m++; m')).stdout).toBe('10\n');
});

test('stop during training ends it within one step and keeps the weights, which can be trained on', async () => {
  await kernel.run(`import { ready, tf, unet, Adam, trainNaive, binomialWalk, loadDigits } from 'naive-diffusion';
await ready();
const digits = await loadDigits({ limit: 64 });
const network = unet({ channels: 1, widths: [4, 8], dense: 8 });
const adam = new Adam(network.weights);
const train = (stepsInAll: number, resumeAt = 0) => trainNaive({ network, data: digits, walk: binomialWalk({ pixels: 32 }), walkSteps: 10, steps: stepsInAll, resumeAt, batchSize: 4, optimizer: adam });
let seen = 0;`);
  const { error } = await stopped(
    'for await (const { step } of train(1e6)) { seen = step; if (step === 5) console.log("go"); }',
  );
  expect(error?.ename).toBe('Interrupted');
  const state =
    'JSON.stringify({ seen, taken: adam.steps, finite: network.weights.every((w) => w.dataSync().every(Number.isFinite)) })';
  const after = JSON.parse((await kernel.run(state)).stdout) as { seen: number; taken: number; finite: boolean };
  expect(after.finite).toBe(true);
  expect(after.taken - after.seen).toBeLessThanOrEqual(1);
  expect(JSON.parse((await kernel.run(state)).stdout)).toEqual(after); // nothing goes on in the background
  const { stdout } = await kernel.run(
    'for await (const { step } of train(adam.steps + 3, adam.steps)) seen = step;\nseen === adam.steps',
  );
  expect(stdout).toBe('true\n');
});

describe('stop works at once', () => {
  beforeAll(async () => {
    const { error } = await kernel.run(`import * as nd from 'naive-diffusion';
await nd.ready();
const few = await nd.loadDigits({ limit: 8 });
const small = nd.unet({ channels: 1, widths: [4, 8], dense: 8 });
const options = { network: small, data: few, walk: nd.binomialWalk({ pixels: 32 }), walkSteps: 4, steps: 2, batchSize: 2 };
const sampling = { network: small, steps: 4, count: 1 };
const gone = nd.tf.zeros([1, 32, 32, 1]) as nd.tf.Tensor4D;
gone.dispose();
const begun: unknown[] = [];
const listening = () => (globalThis as any)[Symbol.for('naive-diffusion.loops')].active;`);
    expect(error?.traceback.join('\n')).toBeUndefined();
  });

  /**
   * Ended by a loop of the library, it would say that a step is kept; and it would take the time that a step is given.
   */
  async function expectStoppable(): Promise<void> {
    for (const code of ['console.log("go"); while (true) await sleep(10);', 'console.log("go"); while (true) { }']) {
      const { error } = await stopped(code);
      expect(error).toMatchObject({ ename: 'Interrupted', evalue: 'The cell was stopped.' });
    }
  }

  test.each([
    ['seed: -1', 'nd.trainNaive({ ...options, seed: -1 })'],
    ['seed: 1.5', 'nd.trainNaive({ ...options, seed: 1.5 })'],
    ['rate: 0', 'nd.trainNaive({ ...options, rate: 0 })'],
    ['data that are empty', 'nd.trainNaive({ ...options, data: { length: 0 } as any })'],
    ['a seed of sampling', 'nd.sampleNaive({ ...sampling, seed: -1 })'],
    ['a number of images that is not whole', 'nd.sampleNaive({ ...sampling, count: 1.5 })'],
    ['a disposed z', 'nd.sampleNaive({ ...sampling, z: gone })'],
    ['steps that are none', 'nd.loop(NaN)'],
  ])('after %s was refused', async (_, call) => {
    const { error } = await kernel.run(`for await (const turn of ${call}) void turn;`);
    expect(error?.ename).toMatch(/^(RangeError|TypeError|Error)$/);
    await expectStoppable();
  });

  test('after a loop was begun and dropped', async () => {
    await kernel.run('const kept = nd.trainNaive(options);\nawait kept.next();\nbegun.push(kept);');
    expect((await kernel.run('listening() > 0')).stdout).toBe('true\n');
    await expectStoppable();
    await kernel.run('await kept.return(undefined);');
  });

  test('after a trainer was made and never iterated', async () => {
    await kernel.run('begun.push(nd.trainNaive(options), nd.loop(5));');
    await expectStoppable();
  });
});
