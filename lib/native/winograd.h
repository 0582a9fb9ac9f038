// 3×3 convolutions by Winograd's method: a tile of 4×4 outputs takes 36 products for each pair of channels, not 144.
// Lavin and Gray 2015, "Fast algorithms for convolutional neural networks" (arXiv 1509.09308), sections 4.1 to 4.3:
// with the matrices A, B, G below, a tile of the output is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A, and the sums over channels are
// matrix products.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "finish.h"
#include "loops.h"
#include "vectors.h"

namespace naive_diffusion {

// Images [images, height, width, channels], zeros around them, and a filter of 3×3 from `inputs` to `outputs` channels.
struct Convolution {
  int64_t images, height, width, inputs, outputs;
};

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

  // The pixels of a tile, each where it lies, or `outside` if it is not in the image. `margin`: how far the tile
  // reaches beyond its outputs.
  template <int S, class P>
  PART_OF_LOOP void pixels(int64_t tile, int margin, P* images, const Layout& lie, P* outside, P** at) const {
    const int64_t image = tile / (down * across), row = tile / across % down * outs - margin, column = tile % across * outs - margin;
    P* first = images + image * lie.image;
    for (int i = 0; i < S; i++) {
      const bool in = row + i >= 0 && row + i < shape.height;
      for (int j = 0; j < S; j++) {
        at[i * S + j] = in && column + j >= 0 && column + j < shape.width ? first + (row + i) * lie.row + (column + j) * lie.column : outside;
      }
    }
  }

  // Numbers p[0 … n), filled up with zeros.
  static PART_OF_LOOP Vec<V> some(const float* p, int64_t n) {
    if (n >= V) return load<V>(p);
    Vec<V> v = {};
    std::memcpy(&v, p, n * sizeof(float));
    return v;
  }

  // Tiles first … first + n of S×S pixels each → [place, tile, channel], each through both sides of a matrix.
  template <int S, bool isInput>
  PART_OF_LOOP void gather(const float* images, const Layout& lie, int64_t channels, int64_t padded, int64_t first, int64_t n, float* out, int64_t step) const {
    static thread_local std::vector<float> zeros;
    if (static_cast<int64_t>(zeros.size()) < padded) zeros.assign(padded, 0.0f);
    const float* at[S * S];
    for (int64_t t = 0; t < n; t++) {
      pixels<S>(first + t, isInput ? 1 : 0, images, lie, const_cast<const float*>(zeros.data()), at);
      for (int64_t i = 0; i < channels; i += V) {
        Vec<V> column[S], half[side * S], row[side];
        for (int q = 0; q < S; q++) {
          for (int p = 0; p < S; p++) column[p] = some(at[p * S + q] + i, channels - i);
          isInput ? X::input(column, 1, half + q, S) : X::outputTransposed(column, 1, half + q, S);
        }
        for (int r = 0; r < side; r++) {
          isInput ? X::input(half + r * S, 1, row, 1) : X::outputTransposed(half + r * S, 1, row, 1);
          for (int q = 0; q < side; q++) store<V>(out + (r * side + q) * step + t * padded + i, row[q]);
        }
      }
    }
  }

  // G g Gᵀ of all pairs of channels → [place, block of outputs, input, output within the block of 2·V]. `turned` is the
  // filter of the input's gradient: outputs and inputs trade places, and the filter is turned by half a circle.
  PART_OF_LOOP void transformFilter(const float* g, bool turned, float* u, int64_t from, int64_t to) const {
    const int64_t block = 2 * V, place = up(k, block) * shape.inputs;
    for (int64_t i = from; i < to; i++) {
      for (int64_t j = 0; j < shape.outputs; j += V) {
        const int64_t n = std::min<int64_t>(V, shape.outputs - j);
        Vec<V> w[9], half[side * 3], row[side];
        for (int p = 0; p < 9; p++) {
          if (!turned) {
            w[p] = some(g + (p * shape.inputs + i) * shape.outputs + j, n);
          } else {
            Vec<V> v = {};
            for (int64_t l = 0; l < n; l++) v[l] = g[((8 - p) * shape.outputs + j + l) * shape.inputs + i];
            w[p] = v;
          }
        }
        float* out = u + (j / block * shape.inputs + i) * block + j % block;
        for (int q = 0; q < 3; q++) X::filter(w + q, 3, half + q, 3);
        for (int r = 0; r < side; r++) {
          X::filter(half + r * 3, 1, row, 1);
          for (int q = 0; q < side; q++) store<V>(out + (r * side + q) * place, row[q]);
        }
      }
    }
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
    int64_t t = 0;
    for (; t + R <= n; t += R) multiply<N, R, add>(v + t * c, c, u, shape.inputs, m + t * k, k);
    for (; t < n; t++) multiply<N, 1, add>(v + t * c, c, u, shape.inputs, m + t * k, k);
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
    const int64_t vStep = n * c + 16, mStep = n * k + 16, place = up(k, 2 * V) * shape.inputs;
    float* v = scratch(places * (vStep + mStep));
    float* m = v + places * vStep;
    gather<side, true>(x, Layout::whole(shape, shape.inputs), shape.inputs, c, first, n, v, vStep);
    for (int p = 0; p < places; p++) multiplyAll<false>(v + p * vStep, u + p * place, m + p * mStep, n);
    finish(m, mStep, addend, y, Layout::whole(shape, shape.outputs), first, n);
  }

  // Aᵀ m A of tiles first … first + n, what is added, and relu.
  PART_OF_LOOP void finish(const float* m, int64_t mStep, const Addend& addend, float* y, const Layout& lie, int64_t first, int64_t n) const {
    static thread_local std::vector<float> nowhere;
    if (static_cast<int64_t>(nowhere.size()) < k) nowhere.resize(k);
    float* at[outs * outs];
    for (int64_t t = 0; t < n; t++) {
      pixels<outs>(first + t, 0, y, lie, nowhere.data(), at);
      const int64_t corner = (first + t) / across % down * outs * lie.row + (first + t) % across * outs * lie.column;
      const float level = addend.moving ? addend.level[(first + t) / (down * across)] : 0.0f;
      for (int64_t j = 0; j < shape.outputs; j += V) {
        const int64_t left = shape.outputs - j;
        Vec<V> column[side], half[outs * side], row[outs];
        for (int q = 0; q < side; q++) {
          for (int p = 0; p < side; p++) column[p] = load<V>(m + (p * side + q) * mStep + t * k + j);
          X::output(column, 1, half + q, side);
        }
        for (int r = 0; r < outs; r++) {
          X::output(half + r * side, 1, row, 1);
          for (int q = 0; q < outs; q++) {
            if (at[r * outs + q] == nowhere.data()) continue;
            Vec<V> value = row[q];
            const int64_t place = addend.perPixel ? corner + r * lie.row + q * lie.column + j : j;
            if (addend.still) value += some(addend.still + place, left);
            if (addend.moving) value += level * some(addend.moving + place, left);
            if (addend.relu) value = value < 0.0f ? Vec<V>{} : value;
            if (left >= V) store<V>(at[r * outs + q] + j, value);
            else std::memcpy(at[r * outs + q] + j, &value, left * sizeof(float));
          }
        }
      }
    }
  }

  // s[r] += Σₜ v[t][r] · w[t], for `rows` rows and N vectors of outputs.
  template <int N, int rows>
  PART_OF_LOOP static void addProducts(const float* v, int64_t vStep, const float* w, int64_t wStep, int64_t n, float* s, int64_t sStep) {
    Vec<V> sum[rows][N];
    for (int r = 0; r < rows; r++) {
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

  template <int N>
  PART_OF_LOOP void addAllProducts(const float* v, const float* w, int64_t n, float* s) const {
    int64_t i = 0;
    for (; i + R <= shape.inputs; i += R) addProducts<N, R>(v + i, c, w, k, n, s + i * k, k);
    for (; i < shape.inputs; i++) addProducts<N, 1>(v + i, c, w, k, n, s + i * k, k);
  }

  // Adds what tiles first … first + n say of the filter's gradient, to sums [place, input, output].
  PART_OF_LOOP void backward(const float* x, const float* dy, float* sums, int64_t first, int64_t n) const {
    const int64_t vStep = n * c + 16, wStep = n * k + 16;
    float* v = scratch(places * (vStep + wStep));
    float* w = v + places * vStep;
    gather<side, true>(x, Layout::whole(shape, shape.inputs), shape.inputs, c, first, n, v, vStep);
    gather<outs, false>(dy, Layout::whole(shape, shape.outputs), shape.outputs, k, first, n, w, wStep);
    for (int p = 0; p < places; p++) addPlace(v + p * vStep, w + p * wStep, n, sums + p * shape.inputs * k);
  }

  // Of one place: all inputs and all outputs.
  PART_OF_LOOP void addPlace(const float* v, const float* w, int64_t n, float* s) const {
    for (int64_t j = 0; j < k; j += 2 * V) {
      if (k - j >= 2 * V) addAllProducts<2>(v, w + j, n, s + j);
      else addAllProducts<1>(v, w + j, n, s + j);
    }
  }

  // Gᵀ s G of inputs from … to → the filter's gradient [3, 3, input, output].
  PART_OF_LOOP void transformSums(const float* s, float* dg, int64_t from, int64_t to) const {
    for (int64_t i = from; i < to; i++) {
      for (int64_t j = 0; j < shape.outputs; j += V) {
        Vec<V> d[places], half[3 * side], row[3];
        for (int p = 0; p < places; p++) d[p] = load<V>(s + (p * shape.inputs + i) * k + j);
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
