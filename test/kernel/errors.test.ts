import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel } from './client.js';

let kernel: Kernel;
beforeAll(async () => {
  kernel = await Kernel.start();
});
afterAll(() => kernel.stop());

test('a thrown error reaches the client with its name, its message, and the line of its cell', async () => {
  const { reply, error, stderr } = await kernel.run(
    'interface P { x: number }\n\nfunction f(p: P) {\n  throw new TypeError(`bad ${p.x}`);\n}\nf({ x: 1 });',
  );
  expect(reply).toMatchObject({ status: 'error', ename: 'TypeError', evalue: 'bad 1' });
  expect(error).toMatchObject({ ename: 'TypeError', evalue: 'bad 1' });
  const text = error?.traceback.join('\n');
  expect(text).toMatch(/--->\s+4 \|\s+throw new TypeError/);
  expect(text).toMatch(/at f \(cell \d+, line 4\)\n\s+at cell \d+, line 6$/);
  expect(stderr).toBe('');
});

test('the error of a function names the cell that defined it and the cell that called it', async () => {
  const { reply } = await kernel.run('const fail = () => {\n  throw new Error("deep");\n};');
  const { error } = await kernel.run('await 0;\nfail();');
  expect(error?.traceback.join('\n')).toContain(
    `at fail (cell ${reply.execution_count}, line 2)\n    at cell ${reply.execution_count + 1}, line 2`,
  );
});

test('a traceback holds no folder of the machine', async () => {
  const { error } = await kernel.run("import fs from 'node:fs';\nfs.readFileSync(process.cwd() + '/no-such-file');\n");
  expect(error?.evalue).toBe("ENOENT: no such file or directory, open './no-such-file'");
  expect(JSON.stringify(error)).not.toContain(kernel.folder);
  const other = await kernel.run(
    "import { createRequire } from 'node:module';\ncreateRequire(process.cwd() + '/x.js')('no-such-package');",
  );
  expect(other.error?.evalue).toBe("Cannot find module 'no-such-package'");
  expect(other.error?.traceback.join('\n')).not.toMatch(/Require stack|\/scripts\/kernel\//);
});

test('what is thrown need not be an error', async () => {
  const { error } = await kernel.run('throw "a string";');
  expect(error).toMatchObject({ ename: 'Thrown', evalue: 'a string' });
});

test('an error stops the cells that were sent after it, and the next one runs again', async () => {
  const ids = await Promise.all(
    ['throw new Error("first");', 'console.log("second");', 'console.log("third");'].map((code) => kernel.start(code)),
  );
  const [first, second, third] = await Promise.all(ids.map((id) => kernel.result(id)));
  expect(first?.reply.status).toBe('error');
  expect(second?.reply.status).toBe('aborted');
  expect(third?.reply.status).toBe('aborted');
  expect(second?.stdout).toBe('');
  expect((await kernel.run('console.log("again")')).stdout).toBe('again\n');
});

test('with stop_on_error false the following cells run', async () => {
  const first = kernel.run('throw new Error("first");', { stop_on_error: false });
  const second = kernel.run('console.log("second");');
  expect((await first).reply.status).toBe('error');
  expect((await second).stdout).toBe('second\n');
});

test('an error of types keeps the cell from running and says where', async () => {
  const { error, stdout } = await kernel.run('console.log("ran");\nconst n: string = 5;');
  expect(stdout).toBe('');
  expect(error?.ename).toBe('TypeScriptError');
  expect(error?.evalue).toBe("line 2: Type 'number' is not assignable to type 'string'.");
});

test('types are strict', async () => {
  const { error } = await kernel.run('function f(x) { return x; }\nconst first: number = [1, 2].find((n) => n > 1);');
  expect(error?.traceback.join('\n')).toContain("Parameter 'x' implicitly has an 'any' type.");
  expect(error?.traceback.join('\n')).toContain("Type 'undefined' is not assignable to type 'number'.");
});

test('a rejection that nothing awaits is shown in its cell', async () => {
  const { reply, stderr } = await kernel.run('void Promise.reject(new Error("lost"));');
  expect(reply.status).toBe('ok');
  expect(stderr).toContain('Unhandled rejection (a promise that nothing awaits): Error: lost');
});

test('what a cell has defined before its error is there for the next cell', async () => {
  await kernel.run('const made: number = 41;\nthrow new Error("later");');
  expect((await kernel.run('made + 1')).stdout).toBe('42\n');
});

test.each([
  ['a rejection', "await Promise.reject(new Error('late'));"],
  ['a rejection of a timer', "await new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 1));"],
  ['an error from an earlier turn', 'await Promise.all([earlier]);'],
  ['a generator', 'for await (const x of failing()) void x;'],
])('%s that comes after the first await names the line that awaited it', async (_, line) => {
  await kernel.run(`const earlier = Promise.reject(new Error('late'));
earlier.catch(() => {});
const failing = () => ({ [Symbol.asyncIterator]: () => ({ next: (): Promise<IteratorResult<number>> => Promise.reject(new Error('late')) }) });`);
  const { error, reply } = await kernel.run(`await 0;\nconst before = 1;\n${line}\nconst after = 1;`);
  expect(error?.evalue).toBe('late');
  const text = error?.traceback.join('\n');
  expect(text).toMatch(/^---> /m);
  expect(text).toContain(`cell ${reply.execution_count}, line 3`);
});

test('an error that passes through the awaits of several functions names them all', async () => {
  const { reply } = await kernel.run(
    "const inner = async () => {\n  await 0;\n  await Promise.reject(new Error('late'));\n};\nconst outer = async () => {\n  await inner();\n};",
  );
  const { error } = await kernel.run('await 0;\n\nawait outer();');
  const places = [
    [reply.execution_count, 3],
    [reply.execution_count, 6],
    [reply.execution_count + 1, 3],
  ].map(([cell, line]) => `cell ${cell}, line ${line}`);
  expect(error?.traceback.filter((line) => line.startsWith('    at ')).map((line) => line.slice(7))).toEqual(
    places.map((place) => expect.stringContaining(place)),
  );
});
