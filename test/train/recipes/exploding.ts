import { Adam, type Recipe } from 'naive-diffusion';
import small from '../../../scripts/fuzz/small-recipe.ts';

/** As the small recipe, but from its sixth step on with a rate under which no weight stays finite. */
export default {
  ...small,
  optimizer: (network) => new Adam(network.weights, { rate: (step) => (step < 5 ? 1e-3 : 1e38) }),
} satisfies Recipe;
