/**
 * Where the state of a compiled step is: if it passed through the host at each step, a step would take as long as to
 * read and to send it.
 */
import { compile, describeBackend, ready, tf } from 'naive-diffusion';

const [values, steps] = [2 ** 26, 20];
const since = (begin: number) => performance.now() - begin;

await ready();
const state = tf.variable(tf.zeros([values]));
const step = compile(
  (x: tf.Tensor) => {
    state.assign(tf.add(tf.mul(state, 0.5), x));
    return x;
  },
  { state: [state], name: 'step' },
);
const take = () => {
  const x = tf.scalar(1);
  const y = step(x);
  y.dataSync();
  tf.dispose([x, y]);
};
for (let i = 0; i < 4; i++) take(); // recorded twice, loaded, and taken once

const begin = performance.now();
for (let i = 0; i < steps; i++) take();
const perStep = since(begin) / steps;

const reading = performance.now();
const there = state.dataSync();
const read = since(reading);
const sending = performance.now();
const copy = tf.tensor1d(there as Float32Array);
const first = tf.slice1d(copy, 0, 1);
first.dataSync(); // the copy has arrived
const sent = since(sending);
const result = {
  backend: describeBackend(),
  megabytes: (4 * values) / 2 ** 20,
  perStep,
  read,
  sent,
  last: there[values - 1],
};
console.log(JSON.stringify(result));
tf.dispose([copy, first]);
step.dispose();
