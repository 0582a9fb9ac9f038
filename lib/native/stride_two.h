// Convolutions in steps of two, and their transposes, by Winograd's method: large images [images, 2·height, 2·width,
// inputs] and small ones [images, height, width, outputs], with a filter of 4×4 or 3×3 and one row and column of zeros
// around the large images (for 3×3: below and to the right of them).
//
// Every second row and column of the large images makes four images of the small ones' size, the phases. Each goes
// through a filter of its own of 2×2 of the taps, as a part of 3×3: along one axis,
//
//   small[i] = Σₒ (even[i + o]·even tap[o] + odd[i + o]·odd tap[o]),  even taps (0, f₁, f₃), odd taps (f₀, f₂, 0).
//
// With a tap of 0 at one end, the polynomials that winograd.h multiplies vanish in one of six places. Four phases so
// take 100 products for a tile of 4×4 and each pair of channels, and not 256; with 3×3 taps (f₀ = 0) 81, and not 144.
#pragma once
#include "convolution.h"

namespace naive_diffusion {

// `size` is that of the small images, and `side` that of the filter: 3 or 4.
struct StrideTwo {
  Convolution size;
  int side;
  int64_t taps() const { return int64_t{side} * side; }
  int64_t pairs() const { return size.inputs * size.outputs; }
  // As the phases' convolutions: from the large images' channels to the small ones', or back.
  Convolution there() const { return size; }
  Convolution back() const { return {size.images, size.height, size.width, size.outputs, size.inputs}; }

  // The tap of the filter, along one axis, that is the i-th of three in a phase; −1: there is none.
  int tap(int phase, int i) const {
    const int t = 2 * i - (phase == 0 ? 1 : 0) - (side == 3 ? 1 : 0);
    return i == (phase == 0 ? 0 : 2) || t < 0 ? -1 : t;
  }
  // Whether the polynomial of a phase's taps is other than zero in a place, along one axis. The transpose has the taps
  // in their reverse order.
  bool counts(int phase, int place, bool transposed) const {
    const bool first = tap(phase, transposed ? 2 : 0) >= 0, last = tap(phase, transposed ? 0 : 2) >= 0;
    return (place != 0 || first) && (place != winograd::side - 1 || last);
  }
};

namespace stride_two {

constexpr int phases = 4;

// What one call works on. The phases are numbered 2·(odd rows) + (odd columns).
template <int V, int R>
struct Work {
  using One = winograd::Work<V, R>;
  static constexpr int places = winograd::places, side = winograd::side;
  const StrideTwo& s;

  PART_OF_LOOP bool counts(int phase, int place, bool transposed) const {
    return s.counts(phase / 2, place / side, transposed) && s.counts(phase % 2, place % side, transposed);
  }

  // Pixels of one phase of the large images.
  PART_OF_LOOP winograd::Layout layout() const {
    const int64_t row = 2 * s.size.width * s.size.inputs;
    return {2 * s.size.height * row, 2 * row, 2 * s.size.inputs};
  }
  PART_OF_LOOP int64_t corner(int phase) const { return ((phase / 2) * 2 * s.size.width + phase % 2) * s.size.inputs; }

  // Tiles first … first + n of the small images.
  PART_OF_LOOP void forward(const float* x, const float* u, const Addend& addend, float* y, int64_t first, int64_t n) const {
    const One one(s.there());
    const int64_t vStep = n * one.c + 16, mStep = n * one.k + 16, place = one.placeStep();
    float* v = scratch(places * (vStep + mStep));
    float* m = v + places * vStep;
    bool begun[places] = {};  // whether m has numbers in a place
    for (int phase = 0; phase < phases; phase++) {
      one.template gather<side, true>(x + corner(phase), layout(), s.size.inputs, one.c, first, n, v, vStep);
      for (int p = 0; p < places; p++) {
        if (!counts(phase, p, false)) continue;
        if (begun[p]) one.template multiplyAll<true>(v + p * vStep, u + (phase * places + p) * place, m + p * mStep, n);
        else one.template multiplyAll<false>(v + p * vStep, u + (phase * places + p) * place, m + p * mStep, n);
        begun[p] = true;
      }
    }
    for (int p = 0; p < places; p++) {
      if (!begun[p]) std::memset(m + p * mStep, 0, n * one.k * sizeof(float));
    }
    one.finish(m, mStep, addend, y, winograd::Layout::whole(s.size, s.size.outputs), first, n);
  }

  // The transpose: tiles first … first + n of all phases of the large images.
  PART_OF_LOOP void transposed(const float* x, const float* u, const Addend& addend, float* y, int64_t first, int64_t n) const {
    const One one(s.back());
    const int64_t vStep = n * one.c + 16, mStep = n * one.k + 16, place = one.placeStep();
    float* v = scratch(places * (vStep + mStep));
    float* m = v + places * vStep;
    one.template gather<side, true>(x, winograd::Layout::whole(s.size, s.size.outputs), s.size.outputs, one.c, first, n, v, vStep);
    for (int phase = 0; phase < phases; phase++) {
      for (int p = 0; p < places; p++) {
        if (counts(phase, p, true)) one.template multiplyAll<false>(v + p * vStep, u + (phase * places + p) * place, m + p * mStep, n);
        else std::memset(m + p * mStep, 0, n * one.k * sizeof(float));
      }
      Addend own = addend;
      if (addend.perPixel) own.still += corner(phase);
      if (addend.perPixel && addend.moving) own.moving += corner(phase);
      one.finish(m, mStep, own, y + corner(phase), layout(), first, n);
    }
  }

  // Sets sums [phase, place, input, output] to what tiles first … first + n give of the filter's gradient, or adds that.
  PART_OF_LOOP void backward(const float* x, const float* dy, float* sums, int64_t first, int64_t n, bool add) const {
    const One one(s.there());
    const int64_t vStep = n * one.c + 16, wStep = n * one.k + 16;
    float* v = scratch(places * (vStep + wStep));
    float* w = v + places * vStep;
    one.template gather<winograd::outs, false>(dy, winograd::Layout::whole(s.size, s.size.outputs), s.size.outputs, one.k, first, n, w, wStep);
    for (int phase = 0; phase < phases; phase++) {
      one.template gather<side, true>(x + corner(phase), layout(), s.size.inputs, one.c, first, n, v, vStep);
      for (int p = 0; p < places; p++) {
        float* own = sums + (phase * places + p) * one.sumStep();
        if (counts(phase, p, false)) one.sumPlace(v + p * vStep, w + p * wStep, n, own, add);
        else if (!add) std::memset(own, 0, s.size.inputs * one.k * sizeof(float));
      }
    }
  }
};

// What is compiled for each kind of processor.
struct Processor {
  void (*forward)(const StrideTwo&, const float* x, const float* u, const Addend&, float* y, int64_t first, int64_t n);
  void (*transposed)(const StrideTwo&, const float* x, const float* u, const Addend&, float* y, int64_t first, int64_t n);
  void (*backward)(const StrideTwo&, const float* x, const float* dy, float* sums, int64_t first, int64_t n, bool add);
};

#define FOR_PROCESSOR(NAME, TARGET, V, R)                                                                                                       \
  struct NAME {                                                                                                                                 \
    TARGET static void forward(const StrideTwo& s, const float* x, const float* u, const Addend& addend, float* y, int64_t first, int64_t n) {    \
      Work<V, R>{s}.forward(x, u, addend, y, first, n);                                                                                         \
    }                                                                                                                                           \
    TARGET static void transposed(const StrideTwo& s, const float* x, const float* u, const Addend& addend, float* y, int64_t first, int64_t n) { \
      Work<V, R>{s}.transposed(x, u, addend, y, first, n);                                                                                      \
    }                                                                                                                                           \
    TARGET static void backward(const StrideTwo& s, const float* x, const float* dy, float* sums, int64_t first, int64_t n, bool add) {         \
      Work<V, R>{s}.backward(x, dy, sums, first, n, add);                                                                                       \
    }                                                                                                                                           \
    static constexpr Processor all{forward, transposed, backward};                                                                              \
  };

WITH_16(FOR_PROCESSOR(Avx512, VECTORS_OF_16, 16, 8))
WITH_8(FOR_PROCESSOR(Avx2, VECTORS_OF_8, 8, 6))
WITH_4(FOR_PROCESSOR(Any, , 4, 4))

inline const Processor& processor() { return FOR_THIS_PROCESSOR(Avx512::all, Avx2::all, Any::all); }

// The filters of all phases, 3×3 each with zeros where they have no taps: [phase, 3, 3, input, output].
inline void splitFilter(const StrideTwo& s, const float* g, float* split) {
  const int64_t pairs = s.pairs();
  for (int phase = 0; phase < phases; phase++) {
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++, split += pairs) {
        const int row = s.tap(phase / 2, i), column = s.tap(phase % 2, j);
        if (row < 0 || column < 0) std::fill(split, split + pairs, 0.0f);
        else std::copy_n(g + (row * s.side + column) * pairs, pairs, split);
      }
    }
  }
}

// The same back: each tap belongs to one phase.
inline void joinFilter(const StrideTwo& s, const float* split, float* g) {
  const int64_t pairs = s.pairs();
  for (int phase = 0; phase < phases; phase++) {
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++, split += pairs) {
        const int row = s.tap(phase / 2, i), column = s.tap(phase % 2, j);
        if (row >= 0 && column >= 0) std::copy_n(split, pairs, g + (row * s.side + column) * pairs);
      }
    }
  }
}

}  // namespace stride_two

// How many numbers a filter is made into.
inline int64_t preparedSize(const StrideTwo& s, bool transposed) {
  return stride_two::phases * preparedSize(transposed ? s.back() : s.there());
}

// u = the filter g, as `convolvePrepared` takes it.
inline void prepareFilter(const StrideTwo& s, const float* g, bool transposed, float* u) {
  const Convolution one = transposed ? s.back() : s.there();
  Numbers split(stride_two::phases * 9 * s.pairs());
  stride_two::splitFilter(s, g, split);
  shareInputs(one, [&](int64_t from, int64_t to) {
    for (int phase = 0; phase < stride_two::phases; phase++)
      processor().transformFilter(one, split + phase * 9 * s.pairs(), transposed, u + phase * preparedSize(one), from, to);
  });
}

// y = convolution of the large images x to small ones, or `transposed`: of small images to large ones, + addend, through
// relu if asked for.
inline void convolvePrepared(const StrideTwo& s, const float* x, const float* u, const Addend& addend, bool transposed, float* y) {
  const auto work = transposed ? stride_two::processor().transposed : stride_two::processor().forward;
  shareTiles(s.size, [&](int64_t first, int64_t n) { work(s, x, u, addend, y, first, n); });
}

// Both.
inline void convolve(const StrideTwo& s, const float* x, const float* g, const Addend& addend, bool transposed, float* y) {
  Numbers u(preparedSize(s, transposed));
  prepareFilter(s, g, transposed, u);
  convolvePrepared(s, x, u, addend, transposed, y);
}

// dg = the gradient with respect to the filter, from large images x and small ones dy, one of which is what came in, and
// the other the gradient of what went out.
inline void filterGradient(const StrideTwo& s, const float* x, const float* dy, float* dg) {
  const Convolution one = s.there();
  Numbers split(stride_two::phases * 9 * s.pairs());
  const auto add = [&](float* sums, int64_t first, int64_t n, bool more) { stride_two::processor().backward(s, x, dy, sums, first, n, more); };
  const auto take = [&](const float* sums, int64_t from, int64_t to) {
    for (int phase = 0; phase < stride_two::phases; phase++)
      processor().transformSums(one, sums + phase * sumsSize(one), split + phase * 9 * s.pairs(), from, to);
  };
  sumOverTiles(one, stride_two::phases, add, take);
  stride_two::joinFilter(s, split, dg);
}

}  // namespace naive_diffusion
