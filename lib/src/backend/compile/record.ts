import { tf } from '../tf.js';
import { CannotCompile } from './cannot-compile.js';
import { attributeMessage, tensorMessage } from './constants.js';
import { putTogether, takeApart, type Tensors, type Tree } from './containers.js';
import { shapeMessage, type GraphNode, type Kind } from './graph.js';
import { engine, type Backend, type Binding } from './native.js';
import { override } from './override.js';

/** What a function did in one run, as a graph. */
export interface Recording {
  nodes: GraphNode[];
  /** What is fed, what is made in JavaScript, and what the operations give, by `node:output`. */
  kinds: ReadonlyMap<string, Kind>;
  /** Where inputs, then constants, then state enter the graph. */
  feeds: string[];
  /** Where the results, then the new values of the `assigned` variables leave it. */
  fetches: string[];
  /** Which variables of the state fn assigned to, by index. */
  assigned: number[];
  /** How the results are put together. */
  tree: Tree;
}

/** What is recorded. */
export interface Subject {
  /** What errors call it. */
  name: string;
  fn: (...inputs: never[]) => unknown;
  inputs: { leaves: tf.Tensor[]; tree: Tree };
  constants: readonly tf.Tensor[];
  state: readonly tf.Variable[];
  /** Those of the state that fn may assign to. */
  assignable: readonly tf.Variable[];
}

/** Whether a recording is under way, so that an inner compiled function becomes part of it. */
export function isRecording(): boolean {
  return active;
}
let active = false;

/**
 * Whether a function that was given to `compile` runs, recorded or not: what it is given is not looked at then, number
 * by number, which a graph could not do, and for which a graphics card would have to be waited for.
 */
export function isCompiled(): boolean {
  return active || plain > 0;
}
let plain = 0;

/** Runs a function that was given to `compile` as it is. */
export function runPlain<R>(fn: () => R): R {
  plain++;
  try {
    return fn();
  } finally {
    plain--;
  }
}

/**
 * Runs `fn` once, eagerly, and writes down every operation that reaches TensorFlow.
 * Its results and its effect on the state are those of an ordinary run. Call it inside `tf.tidy`.
 * @throws {CannotCompile} when fn does what a graph cannot repeat
 * @throws whatever fn throws
 */
export function record(backend: Backend, subject: Subject): { recording: Recording; results: Tensors } {
  const graph = new Graph(backend, subject.name);
  const { name, constants, state } = subject;
  // Each feed gets a handle of its own, for two tensors may share their data now and not at the next call.
  const inputs = subject.inputs.leaves.map((t, i) => alias(backend, graph, t, `input${i}`));
  for (const [i, t] of constants.entries()) graph.feed(t, `constant${i}`);
  const before = state.map((v, i) => {
    const own = alias(backend, graph, v, `state${i}`);
    v.assign(own);
    return own.dataId;
  });

  const restore = [...watchBackend(backend, graph), watchAssign(graph, subject.assignable)];
  active = true;
  try {
    const arguments_ = putTogether(subject.inputs.tree, inputs) as never[];
    const returned = subject.fn(...arguments_);
    if (graph.fault) throw graph.fault;
    const { leaves, tree } = takeApart(returned, `${name}: what fn returns`);
    const assigned = [...state.keys()].filter((i) => state[i].dataId !== before[i]);
    const outputs = [...leaves, ...assigned.map((i) => state[i])];
    const fetches = outputs.map((t, i) => graph.fetch(t, `output${i}`));
    // Clones: fn may return an input or a variable, and the caller owns what it gets.
    const results = putTogether(
      tree,
      leaves.map((t) => t.clone()),
    );
    return {
      recording: { nodes: graph.nodes, kinds: graph.kinds, feeds: graph.feeds, fetches, assigned, tree },
      results,
    };
  } catch (error) {
    throw graph.fault ?? error; // fn may have caught the fault and stumbled later
  } finally {
    active = false;
    for (const undo of restore.reverse()) undo();
  }
}

/** A tensor with the same value under a handle of its own, as a feed of the graph. */
function alias(backend: Backend, graph: Graph, t: tf.Tensor, name: string): tf.Tensor {
  const [id] = backend.getInputTensorIds([t]);
  const type = { name: 'T', type: backend.binding.TF_ATTR_TYPE, value: backend.tensorMap.get(t.dataId).dtype };
  const own = backend.createOutputTensor(backend.binding.executeOp('Identity', [type], [id], 1)[0]);
  graph.feed(own, name);
  return own;
}

/** The graph as it grows, and where in it each handle comes from. */
class Graph {
  readonly nodes: GraphNode[] = [];
  readonly feeds: string[] = [];
  readonly sources = new Map<number, string>();
  readonly kinds = new Map<string, Kind>();
  /** The first thing that fn did and a graph cannot repeat. */
  fault: CannotCompile | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly name: string,
  ) {}

  feed(t: tf.Tensor, name: string): void {
    const [id] = this.backend.getInputTensorIds([t]);
    this.add('Placeholder', name, [], { dtype: { type: this.typeOf(t) }, shape: { shape: shapeMessage(t.shape) } });
    this.sources.set(id, `${name}:0`);
    this.kinds.set(`${name}:0`, { dtype: this.typeOf(t), shape: t.shape });
    this.feeds.push(`${name}:0`);
  }

  fetch(t: tf.Tensor, name: string): string {
    const [id] = this.backend.getInputTensorIds([t]);
    // A graph cannot fetch what is fed, so that every output passes through an operation of its own.
    this.add('Identity', name, [this.source(id, 'the result')], { T: { type: this.typeOf(t) } });
    return `${name}:0`;
  }

  add(op: string, name: string, input: string[], attr: GraphNode['attr']): void {
    this.nodes.push({ name, op, input, attr });
  }

  source(id: number, user: string): string {
    const source = this.sources.get(id);
    if (source === undefined) throw this.fail(`${user} uses ${this.outsider(id)}`);
    return source;
  }

  fail(message: string): CannotCompile {
    this.fault ??= new CannotCompile(`${this.name}: ${message}`);
    return this.fault;
  }

  /** What `write` makes for the graph, whose errors mean that a graph cannot hold it. */
  written<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw this.fail((error as Error).message);
    }
  }

  private typeOf(t: tf.Tensor): number {
    return this.backend.tensorMap.get(t.dataId).dtype;
  }

  private outsider(id: number): string {
    const variable = Object.values(engine().state.registeredVariables).find(
      (v) => this.backend.tensorMap.get(v.dataId)?.id === id,
    );
    return variable
      ? `the variable '${variable.name}' [${variable.shape}]: list it in state, or in the constants of a trainer or sampler`
      : 'a tensor from outside fn: make it an input, or list it in constants';
  }
}

/** Makes every operation, constant and reading of data pass by the graph. Returns what undoes it. */
function watchBackend(backend: Backend, graph: Graph): (() => void)[] {
  const { binding } = backend;
  const made = new WeakSet<ArrayBufferView>(); // JavaScript's arrays that became tensors during this run
  const kernels: string[] = [];

  const createTensor: Binding['createTensor'] = (shape, dtype, values) => {
    // Data from before this run that is handed over only now stays without a source: the operation that uses it will
    // say so.
    if (!made.has(values)) return binding.createTensor(shape, dtype, values);
    const tensor = graph.written(() => tensorMessage(shape, dtype, values));
    const id = binding.createTensor(shape, dtype, values);
    const name = `node${graph.nodes.length}`;
    graph.add('Const', name, [], { dtype: { type: dtype }, value: { tensor } });
    graph.sources.set(id, `${name}:0`);
    graph.kinds.set(`${name}:0`, { dtype, shape });
    return id;
  };
  const executeOp: Binding['executeOp'] = (op, attributes, inputs, outputs) => {
    if (drawsAtRandom.test(op))
      throw graph.fail(
        `${op} draws other numbers at every call: draw with a key that is an input (uniform, normal, coin)`,
      );
    const sources = inputs.map((id) => graph.source(id, op));
    const messages = graph.written(() => attributes.map((a) => [a.name, attributeMessage(binding, a)] as const));
    const attr: GraphNode['attr'] = Object.fromEntries(messages);
    const handles = binding.executeOp(op, attributes, inputs, outputs);
    const name = `node${graph.nodes.length}`;
    // The binding names no type for tf.expandDims and infers it, which a graph does not.
    if (op === 'ExpandDims') attr.T ??= { type: handles[0].dtype };
    graph.add(op, name, sources, attr);
    for (const [i, { id, dtype, shape }] of handles.entries()) {
      graph.sources.set(id, `${name}:${i}`);
      graph.kinds.set(`${name}:${i}`, { dtype, shape });
    }
    return handles;
  };

  const isKnown = (dataId: object) => {
    const { values } = backend.tensorMap.get(dataId);
    // tf.gather's kernel reads the indices to check their range, which the operation itself does again at every call.
    return (values !== null && made.has(values)) || kernels.at(-1) === 'GatherV2';
  };
  const reading =
    'fn reads the data of a tensor (dataSync, data, array, print, …), which would be the same at every later call';
  const { move, readSync } = backend;
  const { runKernel } = engine();
  return [
    override(
      backend,
      'binding',
      Object.create(binding, { createTensor: { value: createTensor }, executeOp: { value: executeOp } }) as Binding,
    ),
    override(backend, 'move', (dataId, values, ...rest) => {
      made.add(values);
      move.call(backend, dataId, values, ...rest);
    }),
    override(backend, 'readSync', (dataId) => {
      if (!isKnown(dataId)) throw graph.fail(reading);
      return readSync.call(backend, dataId);
    }),
    override(backend, 'read', (dataId) => {
      if (!isKnown(dataId)) graph.fail(reading); // not thrown: nobody may be waiting for the promise
      return Promise.resolve(readSync.call(backend, dataId));
    }),
    override(engine(), 'runKernel', (name, inputs, attributes) => {
      kernels.push(name);
      try {
        if (name === 'Softmax') return softmax(inputs as tf.SoftmaxInputs, attributes as tf.SoftmaxAttrs);
        return runKernel.call(engine(), name, inputs, attributes);
      } finally {
        kernels.pop();
      }
    }),
  ];
}

/**
 * Softmax of single operations. TensorFlow's own is the one operation that it computes in another way in a graph, and
 * rounds differently there.
 */
function softmax({ logits }: tf.SoftmaxInputs, { dim }: tf.SoftmaxAttrs): tf.Tensor {
  return tf.tidy(() => {
    const powers = tf.exp(tf.sub(logits as tf.Tensor, tf.max(logits as tf.Tensor, dim, true)));
    return tf.mul(powers, tf.reciprocal(tf.sum(powers, dim, true)));
  });
}

/** TensorFlow's stateful random operations; the stateless ones take their key as an input. */
const drawsAtRandom = /^(Random|Multinomial|TruncatedNormal|ParameterizedTruncatedNormal|Stateful)/;

function watchAssign(graph: Graph, assignable: readonly tf.Variable[]): () => void {
  const { assign } = tf.Variable.prototype;
  const earlier = new Set(Object.values(engine().state.registeredVariables));
  return override(tf.Variable.prototype, 'assign', function (this: tf.Variable, value) {
    if (!assignable.includes(this)) {
      throw graph.fail(
        earlier.has(this)
          ? `fn assigns to the variable '${this.name}' [${this.shape}]: list it in state`
          : `fn makes the variable '${this.name}' [${this.shape}] and assigns to it: make it before, and list it in state ` +
              '(an optimizer that makes its variables at its first step must have taken that step)',
      );
    }
    assign.call(this, value);
  });
}
