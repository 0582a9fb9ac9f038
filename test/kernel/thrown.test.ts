import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from './client.js';

// Whatever a cell throws: one error, one reply, and the cells behind it do not run.
const THROWN: Record<string, string> = {
  null: 'null',
  undefined: 'undefined',
  'a symbol': "Symbol('s')",
  'a bigint': '10n',
  'a function': 'function f() { return 1; }',
  'a huge text': "'x'.repeat(1e6)",
  'half a surrogate pair': "new Error('\\ud800 and \\udfff')",
  'a huge message': "new Error('    at x (' + 'y'.repeat(1e5))",
  'a message of a hundred thousand lines': "new Error('    at a (b:1:1)\\n'.repeat(1e5))",
  'an error that is its own cause': '(() => { const e: any = new Error("a"); e.cause = e; return e; })()',
  'two errors that cause each other':
    '(() => { const a: any = new Error("a"); a.cause = new Error("b", { cause: a }); return a; })()',
  'a hundred thousand causes':
    '(() => { let e: any = 0; for (let i = 0; i < 1e5; i++) e = new Error("n", { cause: e }); return e; })()',
  'an aggregate of itself': '(() => { const e: any = new AggregateError([]); e.errors.push(e, e); return e; })()',
  'getters that throw':
    'Object.create(Error.prototype, Object.fromEntries(["name", "message", "stack", "cause", "errors"].map((k) => [k, { get() { throw 1; } }])))',
  'a message that is no text':
    'Object.assign(new Error(), { message: { toString() { throw 1; } }, name: Symbol("n") })',
  'a stack that is no text': 'Object.assign(new Error("a"), { stack: { split: 1 } })',
  'a toString that throws': '({ toString() { throw new Error("no"); } })',
  'an inspection that throws': "({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('no'); } })",
  'a tag that throws': '({ get [Symbol.toStringTag]() { throw new Error("no"); } })',
  'no prototype': 'Object.create(null)',
  'a proxy whose traps throw':
    'new Proxy(new Error("a"), new Proxy({}, { get() { return () => { throw new Error("trap"); }; } }))',
  'a revoked proxy': '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()',
  'something that looks like a promise': '({ then() { } })',
  'something that looks like a stop': 'Object.assign(new Error("a"), { name: "Interrupted" })',
  'a frozen error': 'Object.freeze(new Error("a"))',
  'an error of another realm': "require('node:vm').runInNewContext('new RangeError(\"other\")')",
};

describe.each([
  ['thrown', (value: string) => `const thrown: any = ${value};\nthrow thrown;`],
  ['thrown after an await', (value: string) => `const thrown: any = ${value};\nawait 0;\nthrow thrown;`],
  ['rejected', (value: string) => `const thrown: any = ${value};\nawait Promise.reject(thrown);`],
])('%s', (_, cell) => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  afterAll(() => kernel.stop());

  test.each(Object.entries(THROWN))('%s', async (_name, value) => {
    const id = await kernel.start(cell(value));
    const next = await kernel.start('console.log("ran");');
    const { reply, outputs } = await kernel.result(id);
    expect(reply.status).toBe('error');
    expect(outputs.filter((m) => m.type === 'error')).toHaveLength(1);
    const { ename, evalue, traceback } = outputs.find((m) => m.type === 'error')!.content;
    for (const text of [ename, evalue, ...traceback]) {
      expect(typeof text).toBe('string');
      expect(text.length).toBeLessThan(30_000);
      expect(text).toBe(Buffer.from(text).toString());
    }
    const after = await kernel.result(next);
    expect(after.reply.status).toBe('aborted');
    expect(after.stdout).toBe('');
    expect(kernel.repliesTo(id)).toBe(1);
    expect((await kernel.run('1 + 1')).stdout).toBe('2\n');
  });
});

describe('left behind, with nobody awaiting it', () => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await Kernel.start();
  });
  afterAll(() => kernel.stop());

  test.each(Object.entries(THROWN))('%s', async (_name, value) => {
    expect((await kernel.run(`void Promise.reject(${value});`)).reply.status).toBe('ok');
    expect((await kernel.run('1 + 1')).stdout).toBe('2\n');
  });
});
