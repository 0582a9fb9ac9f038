// Products of small matrices, whose numbers lie in the caches.
#pragma once
#include <cstdint>

#include "loops.h"
#include "vectors.h"

namespace naive_diffusion {

// A matrix whose number in row r and column k is at[r·row + k·column].
struct Matrix {
  const float* at;
  int64_t row, column;
};

// Rows of whole vectors of numbers.
struct Rows {
  float* at;
  int64_t step;
};

// With vectors of V numbers and R rows of a matrix at a time.
template <int V, int R>
struct Products {
  // out = a·b, or out = start + a·b: `rows` rows of N vectors, sums of `count` terms. Long sums are made of short ones
  // that begin with nothing, which rounds less than a number that grows term by term.
  template <int N, int rows, bool add>
  static PART_OF_LOOP void block(Matrix a, Rows b, int64_t count, Rows start, Rows out) {
    Vec<V> sum[rows][N];
    for (int r = 0; r < rows; r++) {
      for (int l = 0; l < N; l++) sum[r][l] = Vec<V>{};
    }
    for (int64_t k = 0; k < count; k++) {
      Vec<V> row[N];
      for (int l = 0; l < N; l++) row[l] = load<V>(b.at + k * b.step + l * V);
      for (int r = 0; r < rows; r++) {
        for (int l = 0; l < N; l++) sum[r][l] += a.at[r * a.row + k * a.column] * row[l];
      }
    }
    for (int r = 0; r < rows; r++) {
      for (int l = 0; l < N; l++) store<V>(out.at + r * out.step + l * V, add ? load<V>(start.at + r * start.step + l * V) + sum[r][l] : sum[r][l]);
    }
  }

  template <int N, bool add>
  static PART_OF_LOOP void columns(Matrix a, Rows b, int64_t rows, int64_t count, Rows out) {
    int64_t r = 0;
    for (; r + R <= rows; r += R, out.at += R * out.step) block<N, R, add>({a.at + r * a.row, a.row, a.column}, b, count, out, out);
    for (; r < rows; r++, out.at += out.step) block<N, 1, add>({a.at + r * a.row, a.row, a.column}, b, count, out, out);
  }

  // out = a·b, or out += a·b, where a is [rows, count], b [count, width] and out [rows, width]; V divides the width.
  template <bool add>
  static PART_OF_LOOP void multiply(Matrix a, Rows b, int64_t rows, int64_t count, int64_t width, Rows out) {
    int64_t c = 0;
    // A vector alone would leave the processor waiting for each of its sums.
    if (width % (2 * V) == V && width > V) {
      columns<3, add>(a, {b.at, b.step}, rows, count, {out.at, out.step});
      c = 3 * V;
    }
    for (; c + 2 * V <= width; c += 2 * V) columns<2, add>(a, {b.at + c, b.step}, rows, count, {out.at + c, out.step});
    for (; c < width; c += V) columns<1, add>(a, {b.at + c, b.step}, rows, count, {out.at + c, out.step});
  }
};

}  // namespace naive_diffusion
