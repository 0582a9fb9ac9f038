import {
  assignWeights,
  type Checkpoint,
  denseResidualConfig,
  pretrained,
  readWeights,
  residualUnet,
} from 'naive-diffusion';

/** A residual UNet of the faces that begins with the weights of a published one of its kind, once they are read. */
export function beginWith(name: string): {
  /** Reads them. The model stays the caller's. */
  read(): Promise<Checkpoint>;
  network(): ReturnType<typeof residualUnet>;
} {
  let before: Awaited<ReturnType<typeof readWeights>>;
  return {
    read: async () => {
      const model = await pretrained(name);
      before = await readWeights(model.network.parameters);
      return model;
    },
    network: () => {
      const network = residualUnet({ ...denseResidualConfig, output: 'linear', seed: 8 });
      assignWeights(network.parameters, before, name);
      return network;
    },
  };
}
