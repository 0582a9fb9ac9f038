/* Packages that have no types of their own: the parts of them that are used. */

declare module 'jstat' {
  /** CommonJS: what Node and bundlers agree on is the default. */
  const jStat: {
    chisquare: { inv(p: number, degrees: number): number };
    normal: {
      inv(p: number, mean: number, deviation: number): number;
      cdf(x: number, mean: number, deviation: number): number;
    };
    studentt: { inv(p: number, degrees: number): number };
  };
  export default jStat;
}

declare module 'gifenc' {
  interface Encoder {
    writeFrame(
      index: Uint8Array,
      width: number,
      height: number,
      o: { palette: number[][]; delay: number; repeat: number },
    ): void;
    finish(): void;
    bytes(): Uint8Array;
  }
  export function GIFEncoder(): Encoder;
  export function quantize(rgba: Uint8ClampedArray, colours: number): number[][];
  export function applyPalette(rgba: Uint8ClampedArray, palette: number[][]): Uint8Array;
  const all: {
    GIFEncoder: typeof GIFEncoder;
    quantize: typeof quantize;
    applyPalette: typeof applyPalette;
  };
  export default all;
}
