/* Packages that have no types of their own: the parts of them that are used. */

declare module 'jstat' {
  /** CommonJS: what Node and bundlers agree on is the default. */
  const jStat: {
    chisquare: { inv(p: number, degrees: number): number };
    normal: {
      inv(p: number, mean: number, deviation: number): number;
      cdf(x: number, mean: number, deviation: number): number;
    };
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
  /** CommonJS in Node, and then under `default`; an ES module in bundlers. */
  export const GIFEncoder: undefined | (() => Encoder);
  export const quantize: undefined | ((rgba: Uint8ClampedArray, colours: number) => number[][]);
  const all: { GIFEncoder: () => Encoder; quantize: (rgba: Uint8ClampedArray, colours: number) => number[][] };
  export default all;
}
