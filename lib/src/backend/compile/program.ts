import { loadGraph } from '#platform/saved-model.js';
import { usesBf16 } from '../bf16.js';
import { isFused } from '../fused.js';
import { nativeOp } from '../native-op.js';
import { tf } from '../tf.js';
import { withBf16 } from './rounding.js';
import { putTogether, type Tensors } from './containers.js';
import { waitsForOthers } from './graph.js';
import { withVariables } from './graph-state.js';
import { withInvariants } from './invariant.js';
import type { Backend } from './native.js';
import { Promised } from './promised.js';
import { usesXla, withXla } from './xla.js';
import type { Recording, Subject } from './record.js';

/** A recording that TensorFlow has loaded, ready to be run again. */
export interface Program {
  /**
   * Runs it on other inputs and on what the state holds now, gives the state its new values, and returns the results.
   */
  run(inputs: readonly tf.Tensor[]): Tensors;
  /** Frees the graph. The state keeps its values. */
  dispose(): void;
}

/**
 * Loads a recording. Its state stays in the graph, in variables of its own: a run moves the inputs and the results, and
 * nothing else. To feed and fetch the state would cost 7 µs for each variable and run, where this costs 2; and on a
 * GPU, all of it would pass through the host. Outside, the variables of the state hold promises of their new values,
 * kept when somebody asks for one.
 */
export function load(backend: Backend, recording: Recording, { constants, state }: Subject): Program {
  const { binding } = backend;
  const { assigned, feeds, fetches, kinds, tree } = recording;
  let nodes = withVariables(recording);
  let invariants = 0;
  if (!usesXla()) ({ nodes, count: invariants } = withInvariants(nodes, assigned, kinds)); // XLA finds them itself
  if (usesBf16()) nodes = withBf16(nodes);
  if (usesXla()) nodes = withXla(nodes);
  const loadNodes = () => loadGraph(binding, nodes);
  // One thread runs no branches, which XLA makes.
  const inTurn = isFused() && !usesXla() && !nodes.some(waitsForOthers);
  const model = inTurn ? onOneThread(isSmall(kinds), loadNodes) : loadNodes();
  const runFeeds = feeds.slice(0, feeds.length - state.length).join(',');
  const runFetches = [...fetches.slice(0, fetches.length - assigned.length), 'done:0'].join(',');
  const takeFeeds = state.map((_, i) => `new${i}:0`).join(',');
  const constantFeeds = constants.map((_, i) => `constant${i}:0`).join(',');
  const keepFetches = assigned.map((i) => `kept${i}:0`).join(',');

  const promises = new Map<number, Promised>(); // by variable: the promise of the value that the graph has given it
  const taken: number[] = []; // by variable: the handle of the value that the graph has taken from it
  let preparedFor: readonly number[] | undefined; // the handles of the constants

  /** Keeps all promises at once: each new list of fetches would cost TensorFlow a new plan. */
  const keepPromises = () => {
    if (![...promises.values()].some((promised) => promised.isOpen)) return;
    const handles = binding.runSavedModel(model, [], '', keepFetches);
    for (const [i, { id }] of handles.entries()) {
      if (!promises.get(assigned[i])?.keep(id)) binding.deleteTensor(id);
    }
  };
  const isKnown = (variable: tf.Variable, i: number) => {
    const promised = promises.get(i);
    return promised
      ? promised.dataId === variable.dataId && promised.isThere
      : backend.getInputTensorIds([variable])[0] === taken[i];
  };
  const takeState = () => {
    keepPromises(); // clones may hold some, of values that the graph is about to lose
    const ids = backend.getInputTensorIds(state);
    for (const { id } of binding.runSavedModel(model, ids, takeFeeds, 'taken:0')) binding.deleteTensor(id);
    promises.clear();
    for (const [i, id] of ids.entries()) taken[i] = id;
    preparedFor = undefined;
  };
  /** Computes what depends on nothing but constants, and on what the state holds now. */
  const prepare = (ids: number[]) => {
    for (const { id } of binding.runSavedModel(model, ids, constantFeeds, 'prepared:0')) binding.deleteTensor(id);
    preparedFor = ids;
  };

  return {
    run(inputs) {
      if (!state.every(isKnown)) takeState();
      const constantIds = backend.getInputTensorIds(constants); // a variable among them gets another with each value
      const isPrepared = preparedFor?.every((id, i) => id === constantIds[i]) ?? invariants === 0;
      if (!isPrepared) prepare(constantIds);
      if ([...promises.values()].some((promised) => promised.isOpen && promised.isShared)) keepPromises();
      const handles = binding.runSavedModel(
        model,
        [...backend.getInputTensorIds(inputs), ...constantIds],
        runFeeds,
        runFetches,
      );
      binding.deleteTensor(handles.pop()!.id);
      for (const i of assigned) {
        const promised = promises.get(i);
        if (promised && !promised.isShared) promised.renew();
        else promises.set(i, Promised.to(state[i], backend, keepPromises));
      }
      return putTogether(
        tree,
        handles.map((handle) => backend.createOutputTensor(handle)),
      );
    },
    dispose() {
      keepPromises();
      promises.clear();
      binding.deleteSavedModel(model);
    },
  };
}

/** The most numbers that an operation may give where to hand it to another thread takes longer than to do it. */
const FEW = 2 ** 13;

/** Whether all operations of a graph are done before another thread would have begun. */
function isSmall(kinds: Recording['kinds']): boolean {
  return [...kinds.values()].every(({ shape }) => tf.util.sizeFromShape([...shape]) <= FEW);
}

/** Loads a graph that one thread is to run, operation by operation, where that is best (`lib/native/session.cc`). */
function onOneThread(small: boolean, load: () => number): number {
  const say = (alone: boolean) => tf.dispose(nativeOp('NaiveDiffusionExecutor', [], { alone, small }));
  say(true);
  try {
    return load();
  } finally {
    say(false);
  }
}
