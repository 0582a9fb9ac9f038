import { Adam, binomialWalk, loadFaces, recipe, trainNaive, unet } from 'naive-diffusion';

/** A run of seconds, with everything in it that a longer one has: warm-up, clipping, averages. */
export default recipe({ seed: 4, rate: 1e-3 }, ({ seed, rate }) => {
  const walk = binomialWalk({ pixels: 300 });
  return {
    about: 'naive diffusion on a few faces, for tests',
    dataset: 'faces',
    card: { sampler: { kind: 'naive', steps: 3, walk: walk.spec } },
    steps: 40,
    seed,
    data: () => loadFaces({ limit: 64 }),
    network: () => unet({ widths: [4, 8], dense: 8, seed }),
    optimizer: (network) => new Adam(network.weights, { rate, warmup: 10, clip: 1, average: 0.9 }),
    train: (run) => trainNaive({ ...run, walk, walkSteps: 3, batchSize: 4 }),
  };
});
