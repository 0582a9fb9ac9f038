// Matrices turned, so that their rows become columns, four by four.
#pragma once
#include <cstdint>

#include "loops.h"
#include "vectors.h"

namespace naive_diffusion {

typedef int32_t Places __attribute__((vector_size(16)));

// The first halves of two vectors, a number of each in turn, and the second halves.
#if defined(__clang__)
PART_OF_LOOP Vec<4> firstHalves(Vec<4> a, Vec<4> b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
PART_OF_LOOP Vec<4> secondHalves(Vec<4> a, Vec<4> b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#else
PART_OF_LOOP Vec<4> firstHalves(Vec<4> a, Vec<4> b) { return __builtin_shuffle(a, b, Places{0, 4, 1, 5}); }
PART_OF_LOOP Vec<4> secondHalves(Vec<4> a, Vec<4> b) { return __builtin_shuffle(a, b, Places{2, 6, 3, 7}); }
#endif

// Four rows of four numbers, which lie `step` apart → the four columns, `toStep` apart.
PART_OF_LOOP void turnFour(const float* from, int64_t step, float* to, int64_t toStep) {
  const Vec<4> a = load<4>(from), b = load<4>(from + step), c = load<4>(from + 2 * step), d = load<4>(from + 3 * step);
  const Vec<4> ac = firstHalves(a, c), bd = firstHalves(b, d), moreAc = secondHalves(a, c), moreBd = secondHalves(b, d);
  store<4>(to, firstHalves(ac, bd));
  store<4>(to + toStep, secondHalves(ac, bd));
  store<4>(to + 2 * toStep, firstHalves(moreAc, moreBd));
  store<4>(to + 3 * toStep, secondHalves(moreAc, moreBd));
}

// [rows, columns], whose rows lie `step` apart → [columns, rows], whose rows lie `toStep` apart.
PART_OF_LOOP void turnMatrix(const float* from, int64_t step, int64_t rows, int64_t columns, float* to, int64_t toStep) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    int64_t c = 0;
    for (; c + 4 <= columns; c += 4) turnFour(from + r * step + c, step, to + c * toStep + r, toStep);
    for (; c < columns; c++) {
      for (int64_t i = r; i < r + 4; i++) to[c * toStep + i] = from[i * step + c];
    }
  }
  for (; r < rows; r++) {
    for (int64_t c = 0; c < columns; c++) to[c * toStep + r] = from[r * step + c];
  }
}

}  // namespace naive_diffusion
