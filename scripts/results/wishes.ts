import { type FaceAttribute, type FaceCombination, Random } from 'naive-diffusion';

/** What can be seen of a face: of a bald one no colour of hair. */
export function visibleOf(face: FaceCombination): FaceCombination {
  const visible = { ...face };
  if (visible.hair === 'bald') delete visible.hairColor;
  return visible;
}

/** One attribute of what can be seen of a face: the wish for sample i. */
export function oneOf(face: FaceCombination, { seed, i }: { seed: number; i: number }): FaceCombination {
  const visible = visibleOf(face);
  const names = Object.keys(visible) as FaceAttribute[];
  const chosen = names[new Random({ seed, count: i }).int(names.length)];
  return { [chosen]: visible[chosen] };
}
