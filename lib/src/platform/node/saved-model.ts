import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/light.js';
import type { GraphNode } from '../../backend/compile/graph.js';
import type { Binding } from '../../backend/compile/native.js';

/**
 * Hands a graph to TensorFlow, and returns its number there. The binding takes it from a folder only, which is there no
 * longer than that.
 */
export function loadGraph(binding: Binding, nodes: readonly GraphNode[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'naive-diffusion-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModel(nodes, binding.TF_Version));
    return binding.loadSavedModel(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A graph as the bytes of a SavedModel, which is the form in which the binding loads graphs. */
function savedModel(nodes: readonly GraphNode[], tensorflowVersion: string): Uint8Array {
  const metaGraph = {
    metaInfoDef: { tags: ['serve'], tensorflowVersion },
    // The version of the graph format that is written: a recent one, so that no operation is read with its older
    // meaning.
    graphDef: { node: nodes, versions: { producer: 1500 } },
  };
  return SavedModel.encode(SavedModel.create({ savedModelSchemaVersion: 1, metaGraphs: [metaGraph] })).finish();
}

/**
 * The few messages of TensorFlow that a graph without functions needs, with the field numbers of its .proto files
 * (tensorflow/core/framework and tensorflow/core/protobuf).
 */
const SavedModel = protobuf.Root.fromJSON({
  nested: {
    SavedModel: message({ savedModelSchemaVersion: ['int64', 1], metaGraphs: ['repeated MetaGraphDef', 2] }),
    MetaGraphDef: message({ metaInfoDef: ['MetaInfoDef', 1], graphDef: ['GraphDef', 2] }),
    MetaInfoDef: message({ tags: ['repeated string', 4], tensorflowVersion: ['string', 5] }),
    GraphDef: message({ node: ['repeated NodeDef', 1], versions: ['VersionDef', 4] }),
    VersionDef: message({ producer: ['int32', 1] }),
    NodeDef: message({
      name: ['string', 1],
      op: ['string', 2],
      input: ['repeated string', 3],
      attr: ['map AttrValue', 5],
    }),
    AttrValue: oneOf({
      list: ['ListValue', 1],
      s: ['bytes', 2],
      i: ['int64', 3],
      f: ['float', 4],
      b: ['bool', 5],
      type: ['int32', 6],
      shape: ['TensorShapeProto', 7],
      tensor: ['TensorProto', 8],
    }),
    ListValue: message({
      s: ['repeated bytes', 2],
      i: ['repeated int64', 3],
      f: ['repeated float', 4],
      b: ['repeated bool', 5],
    }),
    TensorShapeProto: message({ dim: ['repeated Dim', 2], unknownRank: ['bool', 3] }),
    Dim: message({ size: ['int64', 1] }),
    TensorProto: message({
      dtype: ['int32', 1],
      tensorShape: ['TensorShapeProto', 2],
      tensorContent: ['bytes', 4],
      floatVal: ['repeated float', 5],
      intVal: ['repeated int32', 7],
      boolVal: ['repeated bool', 11],
    }),
  },
}).lookupType('SavedModel');

/** A message with one of its fields, which is written even if it is 0 or false. */
function oneOf(fields: Record<string, [type: string, id: number]>): protobuf.IType {
  return { ...message(fields), oneofs: { value: { oneof: Object.keys(fields) } } };
}

function message(fields: Record<string, [type: string, id: number]>): protobuf.IType {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [type, id]]): [string, protobuf.IField | protobuf.IMapField] => {
        const [first, second] = type.split(' ');
        if (first === 'map') return [name, { keyType: 'string', type: second, id }];
        return [name, second ? { rule: 'repeated', type: second, id } : { type, id }];
      }),
    ),
  };
}
