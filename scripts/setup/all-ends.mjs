// @ts-check

/**
 * Lets all that was begun come to its end, so that nothing works on unseen, and throws the first error.
 * @param {Promise<void>[]} begun
 */
export async function allEnds(begun) {
  for (const outcome of await Promise.allSettled(begun)) if (outcome.status === 'rejected') throw outcome.reason;
}
