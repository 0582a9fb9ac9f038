/**
 * A function cannot be recorded, or not be replayed: it draws from a stateful generator, reads a tensor's data, uses
 * what its second call made anew in JavaScript, or tensors and variables that were not listed. The state is as it was
 * before the call, so that whoever catches this may run the function itself instead.
 */
export class CannotCompile extends Error {
  override readonly name = 'CannotCompile';
}
