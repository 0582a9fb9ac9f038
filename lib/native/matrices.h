// Products of matrices, whose parts are copied to where they lie together: Goto and van de Geijn 2008, "Anatomy of
// high-performance matrix multiplication" (doi.org/10.1145/1356052.1356053).
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "products.h"
#include "turn.h"
#include "vectors.h"

namespace naive_diffusion {

// out = a·b + bias: a [rows, count], b [count, columns], bias [columns] or none, out [rows, columns] with whole rows.
struct Multiplication {
  Matrix a, b;
  const float* bias;
  float* out;
  int64_t rows, count, columns;
};

// From and to which row and column.
struct Part {
  int64_t row, rows, column, columns;
};

namespace matrices {

template <int V, int R>
struct Work {
  using P = Products<V, R>;
  static constexpr int64_t width = 2 * V;  // columns at a time
  static constexpr int64_t deep = 256;     // terms of the sums at a time

  const Multiplication& m;

  // b[from …][column …] → [depth, width], filled up with zeros.
  PART_OF_LOOP void packColumns(int64_t from, int64_t depth, int64_t column, int64_t n, float* to) const {
    const float* at = m.b.at + from * m.b.row + column * m.b.column;
    if (n < width) std::fill(to, to + depth * width, 0.0f);
    if (m.b.column == 1 && n == width) {
      for (int64_t k = 0; k < depth; k++, at += m.b.row, to += width) {
        store<V>(to, load<V>(at));
        store<V>(to + V, load<V>(at + V));
      }
    } else if (m.b.row == 1) {
      turnMatrix(at, m.b.column, n, depth, to, width);
    } else {
      for (int64_t c = 0; c < n; c++) {
        for (int64_t k = 0; k < depth; k++) to[k * width + c] = at[k * m.b.row + c * m.b.column];
      }
    }
  }

  // a[row …][from …] → [depth, R] for each R rows.
  PART_OF_LOOP void packRows(int64_t from, int64_t depth, int64_t row, int64_t n, float* to) const {
    for (int64_t r = 0; r < n; r += R, to += depth * R) {
      const float* at = m.a.at + (row + r) * m.a.row + from * m.a.column;
      const int64_t some = std::min<int64_t>(R, n - r);
      if (m.a.row == 1 && some == R) {
        for (int64_t k = 0; k < depth; k++) std::memcpy(to + k * R, at + k * m.a.column, R * sizeof(float));
      } else {
        for (int64_t i = 0; i < some; i++) {
          for (int64_t k = 0; k < depth; k++) to[k * R + i] = at[k * m.a.column + i * m.a.row];
        }
      }
    }
  }

  // All rows of the part, for one panel of columns, added to `start`, whose rows may all be the same.
  template <bool add>
  PART_OF_LOOP void panel(Matrix a, int64_t step, int64_t rows, int64_t depth, const float* b, Rows start, Rows out) const {
    const Rows columns{const_cast<float*>(b), width};
    int64_t r = 0;
    for (; r + R <= rows; r += R, a.at += step, start.at += R * start.step, out.at += R * out.step) P::template block<2, R, add>(a, columns, depth, start, out);
    for (; r < rows; r++, a.at += a.row, start.at += start.step, out.at += out.step) P::template block<2, 1, add>(a, columns, depth, start, out);
  }

  PART_OF_LOOP void run(const Part& part) const {
    const bool rowsApart = m.a.column != 1;
    const int64_t most = std::min(deep, m.count), padded = up(part.rows, R);
    float* b = scratch(most * width + (rowsApart ? most * padded : 0) + padded * width + width);
    float* rest = b + most * width;  // the last columns, where they do not fill a panel
    float* bias = rest + padded * width;
    float* a = bias + width;
    for (int64_t from = 0; from < m.count; from += deep) {
      const int64_t depth = std::min(deep, m.count - from);
      if (rowsApart) packRows(from, depth, part.row, part.rows, a);
      const Matrix rows = rowsApart ? Matrix{a, 1, R} : Matrix{m.a.at + part.row * m.a.row + from, m.a.row, 1};
      const int64_t step = rowsApart ? depth * R : R * m.a.row;
      for (int64_t c = 0; c < part.columns; c += width) {
        const int64_t column = part.column + c, n = std::min(width, part.columns - c);
        packColumns(from, depth, column, n, b);
        float* out = m.out + part.row * m.columns + column;
        const Rows into = n == width ? Rows{out, m.columns} : Rows{rest, width};
        if (from > 0) {
          if (n < width) copy({out, m.columns}, into, part.rows, n);
          panel<true>(rows, step, part.rows, depth, b, into, into);
        } else if (m.bias) {
          std::copy_n(m.bias + column, n, bias);
          panel<true>(rows, step, part.rows, depth, b, {bias, 0}, into);
        } else {
          panel<false>(rows, step, part.rows, depth, b, into, into);
        }
        if (n < width) copy(into, {out, m.columns}, part.rows, n);
      }
    }
  }

  static PART_OF_LOOP void copy(Rows from, Rows to, int64_t rows, int64_t n) {
    for (int64_t r = 0; r < rows; r++) std::copy_n(from.at + r * from.step, n, to.at + r * to.step);
  }
};

}  // namespace matrices
}  // namespace naive_diffusion
