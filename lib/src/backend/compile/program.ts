import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf } from '../tf.js';
import { putTogether, type Tensors } from './containers.js';
import { savedModel } from './graph.js';
import type { Backend } from './native.js';
import type { Recording, Subject } from './record.js';

/** A recording that TensorFlow has loaded, ready to be run again. */
export interface Program {
  /** Runs it on other inputs and on what the state holds now, assigns the new state, and returns the results. */
  run(inputs: readonly tf.Tensor[]): Tensors;
  dispose(): void;
}

/**
 * Loads a recording. The state is fed and fetched at each run: on a CPU that copies nothing, for the graph works on the
 * variables' own memory.
 */
export function load(backend: Backend, recording: Recording, { constants, state }: Subject): Program {
  const { binding } = backend;
  const model = loadGraph(backend, recording);
  const feeds = recording.feeds.join(',');
  const fetches = recording.fetches.join(',');
  const results = recording.fetches.length - recording.assigned.length;
  return {
    run(inputs) {
      const ids = backend.getInputTensorIds([...inputs, ...constants, ...state]);
      const outputs = binding.runSavedModel(model, ids, feeds, fetches).map((handle) => backend.createOutputTensor(handle));
      for (const [i, variable] of recording.assigned.entries()) {
        const value = outputs[results + i];
        state[variable].assign(value); // not a swap under the variable: its clones keep the old value
        value.dispose();
      }
      return putTogether(recording.tree, outputs);
    },
    dispose: () => { binding.deleteSavedModel(model); },
  };
}

/** Hands a graph to TensorFlow. The binding takes it from a folder only, which is there no longer than that. */
function loadGraph({ binding }: Backend, { nodes }: Recording): number {
  const folder = mkdtempSync(join(tmpdir(), 'naive-diffusion-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel(nodes, binding.TF_Version));
    return binding.loadSavedModel(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
