// The matrices of Winograd's method, by which tiles and filters become what winograd.h multiplies.
#pragma once
#include "loops.h"

namespace naive_diffusion {
namespace winograd {

// Side of a tile of outputs, and of the inputs that it depends on.
constexpr int outs = 4, side = outs + 2, places = side * side;

// The matrices, as what they do to numbers or vectors that lie `s` apart. A tile's rows and columns are polynomials,
// known by their values at 0, ±a, ±b and infinity. Lavin and Gray take 1 and 2 for a and b; these lose half as many
// digits.
struct Matrices {
  static constexpr float a = 0.75f, b = 1.5f, a2 = a * a, b2 = b * b;

  template <class T>  // Bᵀ d
  static PART_OF_LOOP void input(const T* d, int s, T* out, int o) {
    const T d0 = d[0], d1 = d[s], d2 = d[2 * s], d3 = d[3 * s], d4 = d[4 * s], d5 = d[5 * s];
    const T evenA = d4 - b2 * d2, oddA = a * (d3 - b2 * d1), evenB = d4 - a2 * d2, oddB = b * (d3 - a2 * d1);
    out[0] = (a2 * b2) * d0 - (a2 + b2) * d2 + d4;
    out[o] = evenA + oddA;
    out[2 * o] = evenA - oddA;
    out[3 * o] = evenB + oddB;
    out[4 * o] = evenB - oddB;
    out[5 * o] = (a2 * b2) * d1 - (a2 + b2) * d3 + d5;
  }
  template <class T>  // Aᵀ m
  static PART_OF_LOOP void output(const T* m, int s, T* out, int o) {
    const T evenA = m[s] + m[2 * s], oddA = m[s] - m[2 * s], evenB = m[3 * s] + m[4 * s], oddB = m[3 * s] - m[4 * s];
    out[0] = m[0] + evenA + evenB;
    out[o] = a * oddA + b * oddB;
    out[2 * o] = a2 * evenA + b2 * evenB;
    out[3 * o] = (a * a2) * oddA + (b * b2) * oddB + m[5 * s];
  }
  template <class T>  // A y
  static PART_OF_LOOP void outputTransposed(const T* y, int s, T* out, int o) {
    const T y0 = y[0], y1 = y[s], y2 = y[2 * s], y3 = y[3 * s];
    const T evenA = y0 + a2 * y2, oddA = a * y1 + (a * a2) * y3, evenB = y0 + b2 * y2, oddB = b * y1 + (b * b2) * y3;
    out[0] = y0;
    out[o] = evenA + oddA;
    out[2 * o] = evenA - oddA;
    out[3 * o] = evenB + oddB;
    out[4 * o] = evenB - oddB;
    out[5 * o] = y3;
  }

  static constexpr float n0 = 1 / (a2 * b2), nA = 1 / (2 * a2 * (a2 - b2)), nB = 1 / (2 * b2 * (b2 - a2));
  template <class T>  // G g
  static PART_OF_LOOP void filter(const T* g, int s, T* out, int o) {
    const T g0 = g[0], g1 = g[s], g2 = g[2 * s];
    const T evenA = nA * g0 + (nA * a2) * g2, oddA = (nA * a) * g1, evenB = nB * g0 + (nB * b2) * g2, oddB = (nB * b) * g1;
    out[0] = n0 * g0;
    out[o] = evenA + oddA;
    out[2 * o] = evenA - oddA;
    out[3 * o] = evenB + oddB;
    out[4 * o] = evenB - oddB;
    out[5 * o] = g2;
  }
  template <class T>  // Gᵀ u
  static PART_OF_LOOP void filterTransposed(const T* u, int s, T* out, int o) {
    const T evenA = u[s] + u[2 * s], oddA = u[s] - u[2 * s], evenB = u[3 * s] + u[4 * s], oddB = u[3 * s] - u[4 * s];
    out[0] = n0 * u[0] + nA * evenA + nB * evenB;
    out[o] = (nA * a) * oddA + (nB * b) * oddB;
    out[2 * o] = (nA * a2) * evenA + (nB * b2) * evenB + u[5 * s];
  }
};

}  // namespace winograd
}  // namespace naive_diffusion
