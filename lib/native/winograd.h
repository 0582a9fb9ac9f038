// 3×3 convolutions by Winograd's method: a tile of 4×4 outputs takes 36 products for each pair of channels, not 144.
// Lavin and Gray 2015, "Fast algorithms for convolutional neural networks" (arXiv 1509.09308), sections 4.1 to 4.3:
// with the matrices A, B, G of winograd_matrices.h, a tile of the output is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and the sums over
// channels are matrix products.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "finish.h"
#include "loops.h"
#include "turn.h"
#include "vectors.h"
#include "winograd_matrices.h"

namespace naive_diffusion {

// Images [images, height, width, channels], zeros around them, and a filter of 3×3 from `inputs` to `outputs` channels.
struct Convolution {
  int64_t images, height, width, inputs, outputs;
};

namespace winograd {

// Numbers from one place of a prepared filter to the next, and of the sums for a filter's gradient, in vectors of so
// many: a few more than there are. Places that lie a power of two apart would put each other out of the cache.
constexpr int64_t apart = 16;
PART_OF_LOOP int64_t placeStep(const Convolution& s, int64_t vector) { return up(s.outputs, 2 * vector) * s.inputs + apart; }
PART_OF_LOOP int64_t sumStep(const Convolution& s, int64_t vector) { return up(s.outputs, vector) * s.inputs + apart; }

// How far apart images, rows and columns of pixels lie: those of whole images, or of every second row and column.
struct Layout {
  int64_t image, row, column;
  static PART_OF_LOOP Layout whole(const Convolution& s, int64_t channels) {
    return {s.height * s.width * channels, s.width * channels, channels};
  }
};

// What one call works on, with vectors of V numbers and R rows of a matrix at a time.
template <int V, int R>
struct Work {
  using X = Matrices;

  const Convolution shape;
  const int64_t down, across;  // tiles in an image's height and width
  const int64_t c, k;          // channels in and out, filled up to whole vectors

  explicit Work(const Convolution& s)
      : shape(s), down((s.height + outs - 1) / outs), across((s.width + outs - 1) / outs), c(up(s.inputs, V)), k(up(s.outputs, V)) {}

  // A tile: its image, and the row and column of its first output.
  struct Tile {
    int64_t image, row, column;
  };
  PART_OF_LOOP Tile tileOf(int64_t number) const {
    return {number / (down * across), number / across % down * outs, number % across * outs};
  }
  PART_OF_LOOP void next(Tile& tile) const {
    if ((tile.column += outs) < shape.width) return;
    tile.column = 0;
    if ((tile.row += outs) < shape.height) return;
    tile.row = 0;
    tile.image++;
  }

  // The S×S pixels of a tile, each where it lies, or `outside` if it is not in the image. `margin`: how far the tile
  // reaches beyond its outputs.
  template <int S, int margin>
  PART_OF_LOOP void pixels(const Tile& tile, const float* images, const Layout& lie, const float* outside, const float** at) const {
    const int64_t row = tile.row - margin, column = tile.column - margin;
    const float* image = images + tile.image * lie.image;
    for (int i = 0; i < S; i++) {
      const bool in = row + i >= 0 && row + i < shape.height;
      for (int j = 0; j < S; j++) {
        at[i * S + j] = in && column + j >= 0 && column + j < shape.width ? image + (row + i) * lie.row + (column + j) * lie.column : outside;
      }
    }
  }

  // n numbers, fewer than a vector's, in parts whose sizes are known.
  template <int part = V / 2>
  static PART_OF_LOOP void copySome(float* to, const float* from, int64_t n) {
    if constexpr (part > 0) {
      if (n & part) std::memcpy(to, from, part * sizeof(float));
      copySome<part / 2>(to + (n & part), from + (n & part), n);
    }
  }
  // Numbers p[0 … n), filled up with zeros.
  static PART_OF_LOOP Vec<V> some(const float* p, int64_t n) {
    if (n >= V) return load<V>(p);
    float all[V] = {};
    copySome(all, p, n);
    return load<V>(all);
  }

  PART_OF_LOOP int64_t placeStep() const { return winograd::placeStep(shape, V); }
  PART_OF_LOOP int64_t sumStep() const { return winograd::sumStep(shape, V); }

  // V channels of a tile through both sides of a matrix; `at(i)` has those of its i-th pixel.
  template <int S, bool isInput, class At>
  static PART_OF_LOOP void through(const At& at, float* out, int64_t step) {
    Vec<V> column[S], half[side * S], row[side];
    for (int q = 0; q < S; q++) {
      for (int p = 0; p < S; p++) column[p] = at(p * S + q);
      isInput ? X::input(column, 1, half + q, S) : X::outputTransposed(column, 1, half + q, S);
    }
    for (int r = 0; r < side; r++) {
      isInput ? X::input(half + r * S, 1, row, 1) : X::outputTransposed(half + r * S, 1, row, 1);
      for (int q = 0; q < side; q++) store<V>(out + (r * side + q) * step, row[q]);
    }
  }

  // Has what the tile to the right does not share with this one brought into the cache. Nothing is read: where there is
  // no such tile, it does no harm. (Where the pixels lie apart, in steps of two, it does no good.)
  template <int S>
  static PART_OF_LOOP void expectNext(const float* const* at, int64_t channels) {
    for (int p = 0; p < S; p++) {
      for (int q = S - outs; q < S; q++) {
        for (int64_t i = 0; i < channels; i += 16) __builtin_prefetch(at[p * S + q] + outs * channels + i);
      }
    }
  }

  // Tiles first … first + n of S×S pixels each → [place, tile, channel], each through both sides of a matrix.
  template <int S, bool isInput>
  PART_OF_LOOP void gather(const float* images, const Layout& lie, int64_t channels, int64_t padded, int64_t first, int64_t n, float* out, int64_t step) const {
    static thread_local std::vector<float> zeros;
    if (static_cast<int64_t>(zeros.size()) < padded) zeros.assign(padded, 0.0f);
    const float *at[S * S], *outside = zeros.data();
    Tile tile = tileOf(first);
    for (int64_t t = 0; t < n; t++, next(tile)) {
      pixels<S, isInput ? 1 : 0>(tile, images, lie, outside, at);
      float* to = out + t * padded;
      if (lie.column == channels) expectNext<S>(at, channels);
      int64_t i = 0;
      for (; i + V <= channels; i += V) through<S, isInput>([&](int p) { return load<V>(at[p] + i); }, to + i, step);
      if (i < channels) through<S, isInput>([&](int p) { return some(at[p] + i, channels - i); }, to + i, step);
    }
  }

  // G g Gᵀ of all pairs of channels → [place, block of outputs, input, output within the block of 2·V]. `turned` is the
  // filter of the input's gradient: outputs and inputs trade places, and the filter is turned by half a circle.
  PART_OF_LOOP void transformFilter(const float* g, bool turned, float* u, int64_t from, int64_t to) const {
    constexpr int64_t few = 4;  // inputs at a time
    const int64_t block = 2 * V;
    float taps[few * 9 * V];
    for (int64_t first = from; first < to; first += few) {
      const int64_t inputs = std::min(few, to - first);
      for (int64_t j = 0; j < shape.outputs; j += V) {
        const int64_t n = std::min<int64_t>(V, shape.outputs - j);
        if (n < V) std::fill(taps, taps + few * 9 * V, 0.0f);
        for (int p = 0; p < 9; p++) {
          if (turned) {
            turnMatrix(g + ((8 - p) * shape.outputs + j) * shape.inputs + first, shape.inputs, n, inputs, taps + p * V, 9 * V);
          } else {
            for (int64_t i = 0; i < inputs; i++) store<V>(taps + (i * 9 + p) * V, some(g + (p * shape.inputs + first + i) * shape.outputs + j, n));
          }
        }
        for (int64_t i = 0; i < inputs; i++) transformTaps(taps + i * 9 * V, u + (j / block * shape.inputs + first + i) * block + j % block);
      }
    }
  }

  // G g Gᵀ of V pairs of channels: g [9, V] → all places.
  PART_OF_LOOP void transformTaps(const float* g, float* out) const {
    Vec<V> w[9], half[side * 3], row[side];
    for (int p = 0; p < 9; p++) w[p] = load<V>(g + p * V);
    for (int q = 0; q < 3; q++) X::filter(w + q, 3, half + q, 3);
    for (int r = 0; r < side; r++) {
      X::filter(half + r * 3, 1, row, 1);
      for (int q = 0; q < side; q++) store<V>(out + (r * side + q) * placeStep(), row[q]);
    }
  }

  // work(first, rows) for n rows, `most` at a time, and at the end 4, 2 or 1: a constant, so that sums stay in
  // registers. The last 8 are 4 and 4, and not 6 and 2, of which the 2 would take nearly as long as 4.
  template <int most, class F>
  static PART_OF_LOOP void inRows(int64_t n, const F& work) {
    int64_t i = 0;
    for (; n - i >= most && (most != 6 || n - i != 8); i += most) work(i, std::integral_constant<int, most>());
    for (; n - i >= 4; i += 4) work(i, std::integral_constant<int, 4>());
    for (; n - i >= 2; i += 2) work(i, std::integral_constant<int, 2>());
    if (i < n) work(i, std::integral_constant<int, 1>());
  }

  // m[r] = Σᵢ v[r][i] · u[i], or that added to it, for `rows` rows of v and N vectors of outputs.
  template <int N, int rows, bool add>
  PART_OF_LOOP static void multiply(const float* v, int64_t vStep, const float* u, int64_t count, float* m, int64_t mStep) {
    Vec<V> sum[rows][N] = {};
    for (int r = 0; add && r < rows; r++) {
      for (int l = 0; l < N; l++) sum[r][l] = load<V>(m + r * mStep + l * V);
    }
    for (int64_t i = 0; i < count; i++) {
      Vec<V> b[N];
      for (int l = 0; l < N; l++) b[l] = load<V>(u + i * 2 * V + l * V);
      for (int r = 0; r < rows; r++) {
        for (int l = 0; l < N; l++) sum[r][l] += v[r * vStep + i] * b[l];
      }
    }
    for (int r = 0; r < rows; r++) {
      for (int l = 0; l < N; l++) store<V>(m + r * mStep + l * V, sum[r][l]);
    }
  }

  template <int N, bool add>
  PART_OF_LOOP void multiplyRows(const float* v, const float* u, float* m, int64_t n) const {
    inRows<R>(n, [&](int64_t t, auto rows) __attribute__((always_inline)) { multiply<N, rows.value, add>(v + t * c, c, u, shape.inputs, m + t * k, k); });
  }

  // Of one place: all n tiles and all outputs.
  template <bool add>
  PART_OF_LOOP void multiplyAll(const float* v, const float* u, float* m, int64_t n) const {
    const int64_t block = 2 * V;
    for (int64_t j = 0; j < k; j += block) {
      const float* columns = u + j * shape.inputs;
      if (k - j >= block) multiplyRows<2, add>(v, columns, m + j, n);
      else multiplyRows<1, add>(v, columns, m + j, n);
    }
  }

  // Tiles first … first + n of y = convolution(x) + addend, then relu if asked for.
  PART_OF_LOOP void forward(const float* x, const float* u, const Addend& addend, float* y, int64_t first, int64_t n) const {
    const int64_t vStep = n * c + 16, mStep = n * k + 16, place = placeStep();
    float* v = scratch(places * (vStep + mStep));
    float* m = v + places * vStep;
    gather<side, true>(x, Layout::whole(shape, shape.inputs), shape.inputs, c, first, n, v, vStep);
    for (int p = 0; p < places; p++) multiplyAll<false>(v + p * vStep, u + p * place, m + p * mStep, n);
    finish(m, mStep, addend, y, Layout::whole(shape, shape.outputs), first, n);
  }

  // Aᵀ m A of tiles first … first + n, what is added, and relu.
  PART_OF_LOOP void finish(const float* m, int64_t mStep, const Addend& addend, float* y, const Layout& lie, int64_t first, int64_t n) const {
    if (!addend.still) finishTiles<Adds::nothing>(m, mStep, addend, y, lie, first, n);
    else if (!addend.perPixel) finishTiles<Adds::channels>(m, mStep, addend, y, lie, first, n);
    else if (!addend.moving) finishTiles<Adds::still>(m, mStep, addend, y, lie, first, n);
    else finishTiles<Adds::moving>(m, mStep, addend, y, lie, first, n);
  }

  enum class Adds { nothing, channels, still, moving };

  // What all tiles of a call have in common when they are finished.
  struct Finish {
    int64_t step;  // from place to place
    const float *still, *moving;
    Layout lie;
    float floor;  // that of the results: 0 with relu
  };

  template <Adds adds>
  PART_OF_LOOP void finishTiles(const float* m, int64_t mStep, const Addend& addend, float* y, const Layout& lie, int64_t first, int64_t n) const {
    const Finish all{mStep, addend.still, addend.moving, lie, addend.relu ? 0.0f : -__builtin_inff()};
    const float* levels = addend.level;
    Tile tile = tileOf(first);
    for (int64_t t = 0; t < n; t++, next(tile), m += k) {
      const int64_t corner = tile.row * lie.row + tile.column * lie.column;
      const int64_t rows = std::min<int64_t>(outs, shape.height - tile.row), columns = std::min<int64_t>(outs, shape.width - tile.column);
      const float level = adds == Adds::moving ? levels[tile.image] : 0.0f;
      float* to = y + tile.image * lie.image + corner;
      int64_t j = 0;
      if (rows == outs && columns == outs) {
        for (; j + V <= shape.outputs; j += V) finishOne<adds, true>(all, m + j, level, adds == Adds::channels ? j : corner + j, to + j, outs, outs, V);
      }
      for (; j < shape.outputs; j += V) finishOne<adds, false>(all, m + j, level, adds == Adds::channels ? j : corner + j, to + j, rows, columns, shape.outputs - j);
    }
  }

  // V channels of a tile, or the first `left` of them; `isWhole`: none of it lies outside.
  template <Adds adds, bool isWhole>
  static PART_OF_LOOP void finishOne(const Finish& all, const float* m, float level, int64_t place, float* to, int64_t rows, int64_t columns, int64_t left) {
    Vec<V> column[side], half[outs * side], row[outs];
    for (int q = 0; q < side; q++) {
      for (int p = 0; p < side; p++) column[p] = load<V>(m + (p * side + q) * all.step);
      X::output(column, 1, half + q, side);
    }
    for (int r = 0; r < outs; r++) {
      if (!isWhole && r >= rows) break;
      X::output(half + r * side, 1, row, 1);
      for (int q = 0; q < outs; q++) {
        if (!isWhole && q >= columns) break;
        const int64_t pixel = r * all.lie.row + q * all.lie.column, from = place + (adds == Adds::channels ? 0 : pixel);
        Vec<V> value = row[q];
        if (adds != Adds::nothing) value += isWhole ? load<V>(all.still + from) : some(all.still + from, left);
        if (adds == Adds::moving) value += level * (isWhole ? load<V>(all.moving + from) : some(all.moving + from, left));
        value = value < all.floor ? Vec<V>{} + all.floor : value;
        if (isWhole || left >= V) store<V>(to + pixel, value);
        else copySome(to + pixel, reinterpret_cast<const float*>(&value), left);
      }
    }
  }

  // s[r] = Σₜ v[t][r] · w[t], or that added to it, for `rows` rows and N vectors of outputs.
  template <int N, int rows, bool add>
  PART_OF_LOOP static void sumProducts(const float* v, int64_t vStep, const float* w, int64_t wStep, int64_t n, float* s, int64_t sStep) {
    Vec<V> sum[rows][N] = {};
    for (int r = 0; add && r < rows; r++) {
      for (int l = 0; l < N; l++) sum[r][l] = load<V>(s + r * sStep + l * V);
    }
    for (int64_t t = 0; t < n; t++) {
      Vec<V> b[N];
      for (int l = 0; l < N; l++) b[l] = load<V>(w + t * wStep + l * V);
      for (int r = 0; r < rows; r++) {
        for (int l = 0; l < N; l++) sum[r][l] += v[t * vStep + r] * b[l];
      }
    }
    for (int r = 0; r < rows; r++) {
      for (int l = 0; l < N; l++) store<V>(s + r * sStep + l * V, sum[r][l]);
    }
  }

  template <int N, bool add>
  PART_OF_LOOP void sumAllProducts(const float* v, const float* w, int64_t n, float* s) const {
    inRows<R>(shape.inputs, [&](int64_t i, auto rows) __attribute__((always_inline)) { sumProducts<N, rows.value, add>(v + i, c, w, k, n, s + i * k, k); });
  }

  // Sets sums [place, input, output] to what tiles first … first + n give of the filter's gradient, or adds that.
  PART_OF_LOOP void backward(const float* x, const float* dy, float* sums, int64_t first, int64_t n, bool add) const {
    const int64_t vStep = n * c + 16, wStep = n * k + 16;
    float* v = scratch(places * (vStep + wStep));
    float* w = v + places * vStep;
    gather<side, true>(x, Layout::whole(shape, shape.inputs), shape.inputs, c, first, n, v, vStep);
    gather<outs, false>(dy, Layout::whole(shape, shape.outputs), shape.outputs, k, first, n, w, wStep);
    for (int p = 0; p < places; p++) sumPlace(v + p * vStep, w + p * wStep, n, sums + p * sumStep(), add);
  }

  // Of one place: all inputs and all outputs.
  PART_OF_LOOP void sumPlace(const float* v, const float* w, int64_t n, float* s, bool add) const {
    add ? sumPlace<true>(v, w, n, s) : sumPlace<false>(v, w, n, s);
  }
  template <bool add>
  PART_OF_LOOP void sumPlace(const float* v, const float* w, int64_t n, float* s) const {
    for (int64_t j = 0; j < k; j += 2 * V) {
      if (k - j >= 2 * V) sumAllProducts<2, add>(v, w + j, n, s + j);
      else sumAllProducts<1, add>(v, w + j, n, s + j);
    }
  }

  // Gᵀ s G of inputs from … to → the filter's gradient [3, 3, input, output].
  PART_OF_LOOP void transformSums(const float* s, float* dg, int64_t from, int64_t to) const {
    for (int64_t i = from; i < to; i++) {
      for (int64_t j = 0; j < shape.outputs; j += V) {
        Vec<V> d[places], half[3 * side], row[3];
        for (int p = 0; p < places; p++) d[p] = load<V>(s + p * sumStep() + i * k + j);
        for (int q = 0; q < side; q++) X::filterTransposed(d + q, side, half + q, side);
        for (int r = 0; r < 3; r++) {
          X::filterTransposed(half + r * side, 1, row, 1);
          for (int q = 0; q < 3; q++) {
            std::memcpy(dg + ((r * 3 + q) * shape.inputs + i) * shape.outputs + j, &row[q], std::min<int64_t>(V, shape.outputs - j) * sizeof(float));
          }
        }
      }
    }
  }
};

}  // namespace winograd
}  // namespace naive_diffusion
