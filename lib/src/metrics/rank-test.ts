import { checkFinite } from '../check.js';
import { normalTail } from './distributions.js';

/** The outcome of {@link rankTest}. */
export interface RankTest {
  /** The share of pairs in which the first sample's value is the smaller one (a tie counts half). */
  less: number;
  /** The probability of a share at least this high when both come from one distribution. */
  p: number;
  /** `exact`: counted over all arrangements; `normal`: approximated, with corrections for ties and continuity. */
  method: 'exact' | 'normal';
}

/** Without ties, arrangements are counted up to this many pairs. */
const exactUpTo = 2500;

/**
 * One-sided rank test of Mann and Whitney (1947): do the values of `a` tend to be smaller than those of `b`?
 * Exact for up to 2,500 pairs without ties, else by the normal approximation. Needs a value on either side; infinite
 * values have a rank, NaN has none and is refused.
 */
export function rankTest(a: ArrayLike<number>, b: ArrayLike<number>): RankTest {
  if (!(a?.length >= 1 && b?.length >= 1))
    throw new Error(`rankTest: a and b must hold values, got ${a?.length} and ${b?.length}`);
  checkFinite('rankTest', a, 'a', { infinite: true });
  checkFinite('rankTest', b, 'b', { infinite: true });
  const pairs = a.length * b.length;
  const { u, ties } = count(a, b);
  if (ties.length === 0 && pairs <= exactUpTo)
    return { less: u / pairs, p: exactTail(u, a.length, b.length), method: 'exact' };
  const n = a.length + b.length;
  const tied = ties.reduce((sum, t) => sum + (t ** 3 - t), 0);
  const variance = (pairs / 12) * (n + 1 - tied / (n * (n - 1)));
  const p = variance > 0 ? normalTail((u - pairs / 2 - 0.5) / Math.sqrt(variance)) : 1;
  return { less: u / pairs, p, method: 'normal' };
}

/** U, the number of pairs in which `a` is smaller (ties count half), and the sizes of all groups of equal values. */
function count(a: ArrayLike<number>, b: ArrayLike<number>): { u: number; ties: number[] } {
  const all = [
    ...Array.from(a, (value) => ({ value, first: true })),
    ...Array.from(b, (value) => ({ value, first: false })),
  ];
  // not by their difference: that of two infinite values is NaN
  all.sort((x, y) => (x.value < y.value ? -1 : x.value > y.value ? 1 : 0));
  const ties: number[] = [];
  let u = 0;
  let smaller = 0; // values of `a` before the group
  for (let start = 0; start < all.length;) {
    let size = 0;
    let ours = 0;
    for (; all[start + size]?.value === all[start].value; size++) if (all[start + size].first) ours++;
    u += (size - ours) * (smaller + ours / 2);
    smaller += ours;
    start += size;
    if (size > 1) ties.push(size);
  }
  return { u, ties };
}

/** P(U ≥ u) by counting, for each number of pairs, the arrangements of n and m values that have it. */
function exactTail(u: number, n: number, m: number): number {
  // probability[i][s]: that the first i of our values, among j of theirs, make s pairs; row by row in j.
  let before = Array.from({ length: n + 1 }, () => Float64Array.of(1));
  for (let j = 1; j <= m; j++) {
    const now = [Float64Array.of(1)];
    for (let i = 1; i <= n; i++) {
      // The largest of the i + j values is one of theirs (then it makes i pairs) with probability j / (i + j).
      const row = new Float64Array(i * j + 1);
      before[i].forEach((q, s) => {
        row[s + i] += (q * j) / (i + j);
      });
      now[i - 1].forEach((q, s) => {
        row[s] += (q * i) / (i + j);
      });
      now.push(row);
    }
    before = now;
  }
  return Math.min(
    1,
    before[n].reduce((sum, q, s) => (s >= u ? sum + q : sum), 0),
  );
}
