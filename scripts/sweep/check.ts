import { type Card, type Checkpoint, checkpointOf, loadCheckpoint, type Model } from 'naive-diffusion';
import { Mistake } from '../command-line.ts';
import { checkpointFile } from '../evaluation/checkpoints.ts';
import { checkModel, importParts } from '../evaluation/run.ts';
import { loadRecipe, recipeFile } from '../training/recipes.ts';
import type { Point } from './points.ts';

/**
 * Looks whether points can be trained and evaluated to their ends, as far as that can be known before: whether their
 * networks and optimisers can be made, and whether their samplers take the options that they are to have.
 * @param imports files that define parts of the reader's own, which are imported
 * @throws {Mistake} naming the first point that cannot, and why
 */
export async function checkPoints(points: readonly Point[], imports: readonly string[] = []): Promise<void> {
  for (const file of imports) await importParts(file);
  const seen = new Set<string>();
  for (const point of points) {
    const { name, recipe, options, steps, checkpoint, evaluate } = point;
    const asked = JSON.stringify([recipe, options, steps, checkpoint, evaluate.set]);
    if (seen.has(asked)) continue;
    seen.add(asked);
    try {
      await checkPoint(point);
    } catch (error) {
      throw new Mistake(`sweep: ${name}: ${(error as Error).message}`);
    }
  }
}

async function checkPoint(point: Point): Promise<void> {
  const model =
    point.recipe === undefined ? await loadCheckpoint(checkpointFile(point.checkpoint!)) : await made(point);
  try {
    await checkModel(model, Object.entries(point.evaluate.set), point.recipe ?? point.checkpoint!);
  } finally {
    model.network.dispose();
  }
}

/** The model that a point's training begins with. */
async function made({ recipe, asked, steps }: Point): Promise<Checkpoint<Model>> {
  const known = await loadRecipe(recipeFile(recipe!), asked);
  const { dataset } = known;
  const network = known.network();
  try {
    const optimizer = known.optimizer(network, steps!);
    try {
      optimizer.nextRate(); // a schedule says only now what it comes to
    } finally {
      optimizer.dispose();
    }
    const card = { ...known.card, network: network.config } as Card;
    return await checkpointOf(network, card, { dataset, steps });
  } catch (error) {
    network.dispose();
    throw error;
  }
}
