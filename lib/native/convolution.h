// The convolutions of winograd.h, compiled for several kinds of processor, and shared out among threads.
#pragma once
#include <new>

#include "parallel.h"
#include "vectors.h"
#include "winograd.h"

namespace naive_diffusion {

// What is compiled for each kind of processor.
struct Processor {
  int vector;  // numbers in a vector
  void (*transformFilter)(const Convolution&, const float* g, bool turned, float* u, int64_t from, int64_t to);
  void (*forward)(const Convolution&, const float* x, const float* u, const Addend& addend, float* y, int64_t first, int64_t n);
  void (*backward)(const Convolution&, const float* x, const float* dy, float* sums, int64_t first, int64_t n, bool add);
  void (*transformSums)(const Convolution&, const float* sums, float* dg, int64_t from, int64_t to);
};

// For the one that this runs on; convolution.cc has them all.
const Processor& processor();

// Numbers, aligned for vectors, and given back.
class Numbers {
 public:
  explicit Numbers(int64_t n) : data_(static_cast<float*>(::operator new(n * sizeof(float), alignment))) {}
  ~Numbers() { ::operator delete(data_, alignment); }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;
  operator float*() { return data_; }

 private:
  static constexpr std::align_val_t alignment{64};
  float* data_;
};

inline int64_t tilesOf(const Convolution& s) {
  return s.images * ((s.height + winograd::outs - 1) / winograd::outs) * ((s.width + winograd::outs - 1) / winograd::outs);
}

// The tiles of images, in parts of as many as the second cache holds with all that is made of them.
struct Parts {
  explicit Parts(const Convolution& s) : tiles(tilesOf(s)) {
    const int vector = processor().vector;
    const int64_t floatsForOne = winograd::places * (up(s.inputs, vector) + up(s.outputs, vector));
    const int64_t fit = std::max<int64_t>(8, (384 * 1024 / sizeof(float)) / floatsForOne / 8 * 8);
    // About as many parts for each thread, so that none waits long for the others' last one, and of tiles that are
    // multiplied four or six at a time.
    const int64_t wanted = up(std::max<int64_t>(1, (tiles + fit - 1) / fit), threads());
    atOnce = std::max<int64_t>(1, (tiles + wanted - 1) / wanted);
    if (up(atOnce, 4) * (threads() - 1) < tiles) atOnce = up(atOnce, 4);
    count = (tiles + atOnce - 1) / atOnce;
  }
  // Calls work(first, n) for the n tiles of part i.
  template <class F>
  void call(const F& work, int64_t i) const {
    work(i * atOnce, std::min(atOnce, tiles - i * atOnce));
  }

  int64_t tiles, atOnce, count;
};

// Calls work(first, n) for all tiles.
template <class F>
void shareTiles(const Convolution& s, const F& work) {
  const Parts parts(s);
  Pool::shared().run(parts.count, [&](int64_t i) { parts.call(work, i); });
}

// Calls work(from, to) for parts of the input channels, if the filter is large enough for several.
template <class F>
void shareInputs(const Convolution& s, const F& work) {
  const int64_t parts = s.inputs * s.outputs > 2048 ? std::min<int64_t>(threads(), s.inputs) : 1;
  Pool::shared().run(parts, [&](int64_t i) { work(s.inputs * i / parts, s.inputs * (i + 1) / parts); });
}

// How many numbers a filter is made into.
inline int64_t preparedSize(const Convolution& s) {
  return winograd::places * winograd::placeStep(s, processor().vector);
}

// u = the filter g, as `convolvePrepared` takes it. `turned`: that of the gradient of a convolution with respect to its
// input, whose inputs are this call's outputs.
inline void prepareFilter(const Convolution& s, const float* g, bool turned, float* u) {
  shareInputs(s, [&](int64_t from, int64_t to) { processor().transformFilter(s, g, turned, u, from, to); });
}

// y = convolution of x with a filter, + addend, through relu if asked for.
inline void convolvePrepared(const Convolution& s, const float* x, const float* u, const Addend& addend, float* y) {
  shareTiles(s, [&](int64_t first, int64_t n) { processor().forward(s, x, u, addend, y, first, n); });
}

// Both. `turned`: the gradient of a convolution with respect to its input instead, from the gradient x of its output.
inline void convolve(const Convolution& s, const float* x, const float* g, const Addend& addend, bool turned, float* y) {
  Numbers u(preparedSize(s));
  prepareFilter(s, g, turned, u);
  convolvePrepared(s, x, u, addend, y);
}

// How many numbers the sums for a filter's gradient are.
inline int64_t sumsSize(const Convolution& s) {
  return winograd::places * winograd::sumStep(s, processor().vector);
}

// Sums over all tiles, [filters, place, input, output]: `add(sums, first, n, more)` sets them to what n tiles give, or
// adds that where there is `more` already, and `take(sums, from, to)` makes something of those of some inputs. With the
// same number of threads the same parts are added in the same order at every call, whichever thread takes them.
template <class Add, class Take>
void sumOverTiles(const Convolution& s, int64_t filters, const Add& add, const Take& take) {
  const Parts tiles(s);
  const int64_t k = up(s.outputs, processor().vector), rows = filters * winograd::places;
  const int64_t step = winograd::sumStep(s, processor().vector), size = rows * step;
  // Where sums are few, each thread takes several parts: one that is held up leaves some to the others.
  const int64_t each = size > 1 << 16 ? 1 : size > 1 << 14 ? 2 : 4;
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(each * threads(), tiles.count));
  Numbers sums(parts * size);
  if (tiles.count == 0) std::fill_n(static_cast<float*>(sums), size, 0.0f);
  Pool::shared().run(parts, [&](int64_t part) {
    const int64_t begin = tiles.count * part / parts;
    for (int64_t i = begin; i < tiles.count * (part + 1) / parts; i++) {
      tiles.call([&](int64_t first, int64_t n) { add(sums + part * size, first, n, i > begin); }, i);
    }
  });
  shareInputs(s, [&](int64_t from, int64_t to) {
    for (int64_t part = 1; part < parts; part++) {
      for (int64_t row = 0; row < rows; row++) {
        float* into = sums + row * step + from * k;
        const float* more = into + part * size;
        for (int64_t i = 0; i < (to - from) * k; i++) into[i] += more[i];
      }
    }
    take(sums, from, to);
  });
}

// dg = the gradient of a convolution with respect to its filter, from its input x and the gradient dy of its output.
inline void filterGradient(const Convolution& s, const float* x, const float* dy, float* dg) {
  const Processor& cpu = processor();
  sumOverTiles(
      s, 1, [&](float* sums, int64_t first, int64_t n, bool more) { cpu.backward(s, x, dy, sums, first, n, more); },
      [&](const float* sums, int64_t from, int64_t to) { cpu.transformSums(s, sums, dg, from, to); });
}

}  // namespace naive_diffusion
