/** A page cannot see from where its programs have come. */
export function otherCopy(): { ours: string; theirs: string } | undefined {
  return undefined;
}
