/**
 * The orthonormal cosine transform (DCT-II) of n numbers as a matrix `[frequency, place]`, row by row: √(2/n)
 * cos(πk(i + ½)/n), and √(1/n) for k = 0. Unlike Fourier's it mirrors the numbers at their ends instead of repeating
 * them, so that no jump from one end to the other passes for detail. As a matrix product it works for any n on any
 * backend; the inverse is its transpose.
 */
export function cosineTransform(n: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, at) => {
    const [k, i] = [Math.floor(at / n), at % n];
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (i + 0.5)) / n);
  });
}
