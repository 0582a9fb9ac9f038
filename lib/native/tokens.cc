// What stands between the matrix products of a transformer's block, as TensorFlow operations for the processor that
// pass over the tokens once, or twice: adaptive layer normalisation, GELU after a bias, and a sum with a gate.
// lib/src/backend/layer-norm.ts, gelu.ts and gated-sum.ts have the same in TensorFlow.js.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "exponential.h"
#include "loops.h"
#include "operation.h"
#include "parallel.h"
#include "vectors.h"

namespace {

using namespace naive_diffusion;

struct NoOptions {
  explicit NoOptions(TF_OpKernelConstruction*) {}
};

// [images, …, channels]: what lies between the first axis and the last are an image's tokens.
struct Shape {
  int64_t images, tokens, channels;
  int64_t size() const { return tokens * channels; }
};

Shape shapeOf(TF_Tensor* x) {
  const int rank = TF_NumDims(x);
  expect(rank >= 2, "x must have at least two axes");
  Shape s{TF_Dim(x, 0), 1, TF_Dim(x, rank - 1)};
  for (int i = 1; i < rank - 1; i++) s.tokens *= TF_Dim(x, i);
  expect(s.channels > 0, "there must be at least one channel");
  return s;
}

// Numbers for each channel, [1 or images, channels]: where those of an image begin.
struct PerImage {
  PerImage(TF_Tensor* rows, const Shape& s) : at(values(rows)), step(TF_NumDims(rows) == 2 && TF_Dim(rows, 0) == 1 ? 0 : s.channels) {
    const bool fits = TF_NumDims(rows) == 2 && TF_Dim(rows, 1) == s.channels && (TF_Dim(rows, 0) == 1 || TF_Dim(rows, 0) == s.images);
    expect(fits, "scale, shift and gate must be [1 or images, channels]");
  }
  const float* of(int64_t image) const { return at + image * step; }
  const float* at;
  const int64_t step;
};

// Calls work(from, to) for parts of 0 … n, of `each` numbers each, that are worth a thread.
template <typename F>
void share(int64_t n, int64_t each, const F& work) {
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>({4 * threads(), n, n * each >> 14}));
  Pool::shared().run(parts, [&](int64_t part) { work(n * part / parts, n * (part + 1) / parts); });
}

// Calls work(i) for each image.
template <typename F>
void eachImage(const Shape& s, const F& work) {
  share(s.images, s.size(), [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) work(i);
  });
}

// Layer normalisation of tokens, with vectors of V numbers.
template <int V>
struct Normalization {
  // Σ term(channel, vector) over a token's channels; beyond the last, a vector is filled up with zeros.
  template <typename Term>
  static PART_OF_LOOP float sum(int64_t channels, const Term& term) {
    Vec<V> total = {};
    int64_t c = 0;
    for (; c + V <= channels; c += V) total += term(c, int64_t{V});
    if (c < channels) {
      const Vec<V> last = term(c, channels - c);
      for (int64_t l = 0; l < channels - c; l++) total[l] += last[l];
    }
    float all = 0;
    for (int l = 0; l < V; l++) all += total[l];
    return all;
  }

  static PART_OF_LOOP Vec<V> some(const float* p, int64_t n) {
    if (n == V) return load<V>(p);
    Vec<V> v = {};
    std::memcpy(&v, p, n * sizeof(float));
    return v;
  }

  // y = x̂·(1 + scale) + shift, for one image.
  static PART_OF_LOOP void forward(const float* x, const float* scale, const float* shift, float epsilon, const Shape& s, float* y, float* mean, float* r) {
    const int64_t n = s.channels;
    for (int64_t i = 0; i < s.tokens; i++) {
      const float* row = x + i * n;
      const float middle = sum(n, [&](int64_t c, int64_t m) __attribute__((always_inline)) { return some(row + c, m); }) / n;
      const float squares = sum(n, [&](int64_t c, int64_t m) __attribute__((always_inline)) {
        const Vec<V> d = some(row + c, m) - middle;
        return d * d;
      });
      const float rate = 1.0f / std::sqrt(squares / n + epsilon);
      float* __restrict out = y + i * n;
      for (int64_t c = 0; c < n; c++) out[c] = (row[c] - middle) * rate * (1.0f + scale[c]) + shift[c];
      mean[i] = middle;
      r[i] = rate;
    }
  }

  // dx = r·(g − m1 − x̂·m2), where g = dy·(1 + scale), and m1 and m2 are the token's means of g and of g·x̂.
  static PART_OF_LOOP void backward(const float* dy, const float* x, const float* scale, const float* mean, const float* r, const Shape& s, float* dx, float* dscale, float* dshift) {
    const int64_t n = s.channels;
    std::fill(dscale, dscale + n, 0.0f);
    std::fill(dshift, dshift + n, 0.0f);
    for (int64_t i = 0; i < s.tokens; i++) {
      const float *row = x + i * n, *d = dy + i * n, middle = mean[i], rate = r[i];
      const float m1 = sum(n, [&](int64_t c, int64_t m) __attribute__((always_inline)) { return some(d + c, m) * (1.0f + some(scale + c, m)); }) / n;
      const float m2 = sum(n, [&](int64_t c, int64_t m) __attribute__((always_inline)) {
        return some(d + c, m) * (1.0f + some(scale + c, m)) * (some(row + c, m) - middle);
      }) * rate / n;
      float* __restrict out = dx + i * n;
      INDEPENDENT
      for (int64_t c = 0; c < n; c++) {
        const float hat = (row[c] - middle) * rate;
        out[c] = rate * (d[c] * (1.0f + scale[c]) - m1 - hat * m2);
        dscale[c] += d[c] * hat;
        dshift[c] += d[c];
      }
    }
  }
};

struct Processor {
  void (*forward)(const float* x, const float* scale, const float* shift, float epsilon, const Shape& s, float* y, float* mean, float* r);
  void (*backward)(const float* dy, const float* x, const float* scale, const float* mean, const float* r, const Shape& s, float* dx, float* dscale, float* dshift);
};

#define FOR_PROCESSOR(NAME, TARGET, V)                                                                                                                        \
  struct NAME {                                                                                                                                               \
    TARGET static void forward(const float* x, const float* scale, const float* shift, float epsilon, const Shape& s, float* y, float* mean, float* r) {      \
      Normalization<V>::forward(x, scale, shift, epsilon, s, y, mean, r);                                                                                     \
    }                                                                                                                                                         \
    TARGET static void backward(const float* dy, const float* x, const float* scale, const float* mean, const float* r, const Shape& s, float* dx, float* dscale, float* dshift) { \
      Normalization<V>::backward(dy, x, scale, mean, r, s, dx, dscale, dshift);                                                                               \
    }                                                                                                                                                         \
    static constexpr Processor all{forward, backward};                                                                                                        \
  };

WITH_16(FOR_PROCESSOR(Avx512, VECTORS_OF_16, 16))
WITH_8(FOR_PROCESSOR(Avx2, VECTORS_OF_8, 8))
WITH_4(FOR_PROCESSOR(Any, , 4))

const Processor& processor() { return FOR_THIS_PROCESSOR(Avx512::all, Avx2::all, Any::all); }

std::vector<int64_t> perToken(TF_Tensor* x) {
  std::vector<int64_t> shape = dims(x);
  shape.pop_back();
  return shape;
}

void normalize(const NoOptions&, Call& call) {
  TF_Tensor *x = call.input(0), *scale = call.input(1), *shift = call.input(2), *epsilon = call.input(3);
  const Shape s = shapeOf(x);
  const PerImage scales(scale, s), shifts(shift, s);
  expect(TF_TensorElementCount(epsilon) == 1, "epsilon must be one number");
  float* y = call.output(0, dims(x));
  float* mean = call.output(1, perToken(x));
  float* r = call.output(2, perToken(x));
  eachImage(s, [&](int64_t i) {
    processor().forward(values(x) + i * s.size(), scales.of(i), shifts.of(i), *values(epsilon), s, y + i * s.size(), mean + i * s.tokens, r + i * s.tokens);
  });
}

void normalizeGradient(const NoOptions&, Call& call) {
  TF_Tensor *dy = call.input(0), *x = call.input(1), *scale = call.input(2), *mean = call.input(3), *r = call.input(4);
  const Shape s = shapeOf(x);
  const PerImage scales(scale, s);
  expect(dims(dy) == dims(x), "dy must have the shape of x");
  expect(dims(mean) == perToken(x) && dims(r) == perToken(x), "mean and r must be one number for each token");
  float* dx = call.output(0, dims(x));
  float* dscale = call.output(1, {s.images, s.channels});
  float* dshift = call.output(2, {s.images, s.channels});
  eachImage(s, [&](int64_t i) {
    processor().backward(values(dy) + i * s.size(), values(x) + i * s.size(), scales.of(i), values(mean) + i * s.tokens, values(r) + i * s.tokens, s,
                         dx + i * s.size(), dscale + i * s.channels, dshift + i * s.channels);
  });
}

// exp(−u²) and 1 − erf(|u|) = exp(−u²)·p(1/(1 + 0.49·|u|)), with a polynomial p that was fitted to 2e-8 of the value.
PART_OF_LOOP float tail(float u, float* bell) {
  const float t = 1.0f / (1.0f + 0.49f * std::fabs(u));
  float p = -0.0572902076f;
  p = p * t + 0.290128648f;
  p = p * t - 0.533703625f;
  p = p * t + 0.357959509f;
  p = p * t - 0.0664668828f;
  p = p * t + 0.219755873f;
  p = p * t + 0.236064762f;
  p = p * t + 0.277125686f;
  p = p * t + 0.276426196f;
  *bell = exponential(-u * u);
  return *bell * p * t;
}

// Rows from … to of y = u·(1 + erf(u)), where u = x + bias.
FOR_EACH_PROCESSOR
void gelu(const float* x, const float* bias, int64_t channels, float* y, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; i++) {
    const float *__restrict row = x + i * channels, *__restrict add = bias;
    float* __restrict out = y + i * channels;
    INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const float u = row[c] + add[c];
      float bell;
      const float rest = tail(u, &bell);
      out[c] = u * (u < 0.0f ? rest : 2.0f - rest);
    }
  }
}

// dx = dy·(1 + erf(u) + u·exp(−u²)·2/√π), and its sum over the rows.
FOR_EACH_PROCESSOR
void geluBack(const float* dy, const float* x, const float* bias, int64_t channels, float* dx, float* dbias, int64_t from, int64_t to) {
  float* __restrict sum = dbias;
  std::fill(sum, sum + channels, 0.0f);
  for (int64_t i = from; i < to; i++) {
    const float *__restrict row = x + i * channels, *__restrict add = bias, *__restrict d = dy + i * channels;
    float* __restrict out = dx + i * channels;
    INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const float u = row[c] + add[c];
      float bell;
      const float rest = tail(u, &bell);
      // So far out that the bell is nothing it is not to be multiplied: exponential() stops short of 0.
      const float near = std::fabs(u) < 9.0f ? u : 0.0f;
      const float slope = (u < 0.0f ? rest : 2.0f - rest) + 1.12837917f * near * bell;
      out[c] = d[c] * slope;
      sum[c] += out[c];
    }
  }
}

void checkBias(TF_Tensor* bias, const Shape& s) {
  expect(TF_NumDims(bias) == 1 && TF_Dim(bias, 0) == s.channels, "the bias must be [channels]");
}

void computeGelu(const NoOptions&, Call& call) {
  TF_Tensor *x = call.input(0), *bias = call.input(1);
  const Shape s = shapeOf(x);
  checkBias(bias, s);
  float* y = call.output(0, dims(x));
  share(s.images * s.tokens, s.channels, [&](int64_t from, int64_t to) { gelu(values(x), values(bias), s.channels, y, from, to); });
}

// Sums over few rows at a time are added up afterwards, in the same order at every call, whichever thread made them.
void computeGeluGradient(const NoOptions&, Call& call) {
  TF_Tensor *dy = call.input(0), *x = call.input(1), *bias = call.input(2);
  const Shape s = shapeOf(x);
  checkBias(bias, s);
  expect(dims(dy) == dims(x), "dy must have the shape of x");
  float* dx = call.output(0, dims(x));
  float* dbias = call.output(1, {s.channels});
  const int64_t rows = s.images * s.tokens, few = 128, parts = (rows + few - 1) / few;
  std::vector<float> sums(parts * s.channels);
  share(parts, few * s.channels, [&](int64_t from, int64_t to) {
    for (int64_t part = from; part < to; part++) {
      geluBack(values(dy), values(x), values(bias), s.channels, dx, sums.data() + part * s.channels, part * few, std::min(rows, (part + 1) * few));
    }
  });
  std::fill(dbias, dbias + s.channels, 0.0f);
  for (int64_t part = 0; part < parts; part++) {
    for (int64_t c = 0; c < s.channels; c++) dbias[c] += sums[part * s.channels + c];
  }
}

// y = x + gate·v, for one image.
FOR_EACH_PROCESSOR
void gatedSum(const float* x, const float* gate, const float* v, const Shape& s, float* y) {
  const float* __restrict g = gate;
  for (int64_t i = 0; i < s.tokens; i++) {
    const float *__restrict row = x + i * s.channels, *__restrict more = v + i * s.channels;
    float* __restrict out = y + i * s.channels;
    for (int64_t c = 0; c < s.channels; c++) out[c] = row[c] + g[c] * more[c];
  }
}

// dv = gate·dy, and dgate = Σ dy·v over the tokens.
FOR_EACH_PROCESSOR
void gatedSumBack(const float* dy, const float* gate, const float* v, const Shape& s, float* dv, float* dgate) {
  const float* __restrict g = gate;
  float* __restrict sum = dgate;
  std::fill(sum, sum + s.channels, 0.0f);
  for (int64_t i = 0; i < s.tokens; i++) {
    const float *__restrict d = dy + i * s.channels, *__restrict more = v + i * s.channels;
    float* __restrict out = dv + i * s.channels;
    for (int64_t c = 0; c < s.channels; c++) {
      out[c] = g[c] * d[c];
      sum[c] += d[c] * more[c];
    }
  }
}

void computeGatedSum(const NoOptions&, Call& call) {
  TF_Tensor *x = call.input(0), *gate = call.input(1), *v = call.input(2);
  const Shape s = shapeOf(x);
  const PerImage gates(gate, s);
  expect(dims(v) == dims(x), "what is added must have the shape of x");
  float* y = call.output(0, dims(x));
  eachImage(s, [&](int64_t i) { gatedSum(values(x) + i * s.size(), gates.of(i), values(v) + i * s.size(), s, y + i * s.size()); });
}

void computeGatedSumGradient(const NoOptions&, Call& call) {
  TF_Tensor *dy = call.input(0), *gate = call.input(1), *v = call.input(2);
  const Shape s = shapeOf(dy);
  const PerImage gates(gate, s);
  expect(dims(v) == dims(dy), "what is added must have the shape of dy");
  float* dv = call.output(0, dims(dy));
  float* dgate = call.output(1, {s.images, s.channels});
  eachImage(s, [&](int64_t i) {
    gatedSumBack(values(dy) + i * s.size(), gates.of(i), values(v) + i * s.size(), s, dv + i * s.size(), dgate + i * s.channels);
  });
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<NoOptions, normalize>("NaiveDiffusionLayerNorm", {"x: float", "scale: float", "shift: float", "epsilon: float"}, {"y: float", "mean: float", "r: float"}, {});
  define<NoOptions, normalizeGradient>("NaiveDiffusionLayerNormGrad", {"dy: float", "x: float", "scale: float", "mean: float", "r: float"},
                                       {"dx: float", "dscale: float", "dshift: float"}, {});
  define<NoOptions, computeGelu>("NaiveDiffusionGelu", {"x: float", "bias: float"}, {"y: float"}, {});
  define<NoOptions, computeGeluGradient>("NaiveDiffusionGeluGrad", {"dy: float", "x: float", "bias: float"}, {"dx: float", "dbias: float"}, {});
  define<NoOptions, computeGatedSum>("NaiveDiffusionGatedSum", {"x: float", "gate: float", "v: float"}, {"y: float"}, {});
  define<NoOptions, computeGatedSumGradient>("NaiveDiffusionGatedSumGrad", {"dy: float", "gate: float", "v: float"}, {"dv: float", "dgate: float"}, {});
  return true;
}();

}  // namespace
