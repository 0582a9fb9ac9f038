/** The graphics card that WebGL would use, which Node has no way to. */
export function webglRenderer(): string | undefined {
  return undefined;
}
