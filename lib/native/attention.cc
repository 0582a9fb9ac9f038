// Attention of tokens to each other as two TensorFlow operations for the processor, which keep the shares of some
// queries at a time, and never those of all: Dao et al. 2022, "FlashAttention" (arXiv 2205.14135), algorithms 1 and 4.
// lib/src/backend/attention.ts has the same in TensorFlow.js.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "exponential.h"
#include "loops.h"
#include "operation.h"
#include "parallel.h"
#include "products.h"
#include "turn.h"
#include "vectors.h"

namespace {

using namespace naive_diffusion;

struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : heads(number(construction, "heads")) {}
  const int64_t heads;
};

// A token's queries come first, then its keys, then its values; in each, the channels of a head lie together.
struct Shape {
  int64_t images, tokens, heads, depth;
  int64_t width() const { return heads * depth; }
  int64_t packed() const { return 3 * heads * depth; }
};

// What belongs to one head of one image.
struct Head {
  Head(const Shape& s, int64_t i) : tokens(i / s.heads * s.tokens), channel(i % s.heads * s.depth), i(i) {}
  const int64_t tokens, channel, i;
  template <class T>
  T* packed(T* x, const Shape& s, int part) const { return x + tokens * s.packed() + part * s.width() + channel; }
  template <class T>
  T* plain(T* y, const Shape& s) const { return y + tokens * s.width() + channel; }
  // For each query the largest score, and then for each query 1/Σ exp(score − largest).
  template <class T>
  T* statistics(T* all, const Shape& s) const { return all + i * 2 * s.tokens; }
};

// Works on one head of one image. A tile of queries lies across two vectors, so that all that is done for one of them,
// sums over keys and over channels included, is done for all at once.
template <int V, int R>
struct Work {
  using P = Products<V, R>;
  static constexpr int64_t tile = 2 * V;
  static constexpr int64_t few = 64;   // keys at a time, on the way back
  static constexpr int64_t ahead = 8;  // rows that are on their way into the cache; beyond the last it does no harm

  const Shape s;
  const int64_t padded;  // the channels of a head, filled up to whole vectors
  const float scale;

  explicit Work(const Shape& shape) : s(shape), padded(up(shape.depth, V)), scale(static_cast<float>(1 / std::sqrt(static_cast<double>(shape.depth)))) {}

  // Rows of s.depth numbers that lie `step` apart → rows that lie together, filled up with zeros.
  PART_OF_LOOP void gather(const float* from, int64_t step, int64_t rows, float* to) const {
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t c = 0; c < s.depth; c += 16) __builtin_prefetch(from + (i + ahead) * step + c);
      for (int64_t c = 0; c < s.depth; c++) to[i * padded + c] = from[i * step + c];
      for (int64_t c = s.depth; c < padded; c++) to[i * padded + c] = 0.0f;
    }
  }

  // n rows that lie `step` apart → [channel, tile], times `factor`, filled up with zeros.
  PART_OF_LOOP void turn(const float* from, int64_t step, int64_t n, float factor, float* to) const {
    turnMatrix(from, step, n, s.depth, to, tile);
    for (int64_t c = 0; c < s.depth; c++, to += tile) {
      for (int64_t i = n; i < tile; i++) to[i] = 0.0f;
      for (int l = 0; l < tile; l += V) store<V>(to + l, factor * load<V>(to + l));
    }
  }

  // [channel, tile], times each query's factor → n rows that lie `step` apart.
  PART_OF_LOOP void turnBack(float* from, const float* factors, int64_t n, float* to, int64_t step) const {
    for (int64_t c = 0; c < s.depth; c++) {
      for (int l = 0; l < tile; l += V) store<V>(from + c * tile + l, load<V>(factors + l) * load<V>(from + c * tile + l));
    }
    turnMatrix(from, tile, s.depth, n, to, step);
  }

  PART_OF_LOOP void forward(const float* x, float* y, float* statistics, int64_t i) const {
    const Head head(s, i);
    float* keys = scratch(2 * s.tokens * padded + 2 * s.depth * tile + s.tokens * tile);
    float *values = keys + s.tokens * padded, *queries = values + s.tokens * padded, *out = queries + s.depth * tile, *shares = out + s.depth * tile;
    gather(head.packed(x, s, 1), s.packed(), s.tokens, keys);
    gather(head.packed(x, s, 2), s.packed(), s.tokens, values);
    float* kept = head.statistics(statistics, s);
    for (int64_t first = 0; first < s.tokens; first += tile) {
      const int64_t n = std::min(tile, s.tokens - first);
      turn(head.packed(x, s, 0) + first * s.packed(), s.packed(), n, scale, queries);
      P::template multiply<false>({keys, padded, 1}, {queries, tile}, s.tokens, s.depth, tile, {shares, tile});
      float largest[tile], sum[tile];
      toShares(shares, largest, sum);
      P::template multiply<false>({values, 1, padded}, {shares, tile}, s.depth, s.tokens, tile, {out, tile});
      for (int64_t j = 0; j < tile; j++) sum[j] = 1.0f / sum[j];
      turnBack(out, sum, n, head.plain(y, s) + first * s.width(), s.width());
      std::copy(largest, largest + n, kept + first);
      std::copy(sum, sum + n, kept + s.tokens + first);
    }
  }

  // Scores [key, tile] → exp(score − largest).
  PART_OF_LOOP void toShares(float* scores, float* largest, float* sum) const {
    for (int64_t j = 0; j < tile; j++) {
      largest[j] = scores[j];
      sum[j] = 0.0f;
    }
    for (int64_t k = 1; k < s.tokens; k++) {
      const float* __restrict row = scores + k * tile;
      for (int l = 0; l < tile; l += V) {
        const Vec<V> one = load<V>(row + l), most = load<V>(largest + l);
        store<V>(largest + l, one > most ? one : most);
      }
    }
    for (int64_t k = 0; k < s.tokens; k++) {
      float* __restrict row = scores + k * tile;
      for (int64_t j = 0; j < tile; j++) {
        row[j] = exponential(row[j] - largest[j]);
        sum[j] += row[j];
      }
    }
  }

  // With scores S = q·kᵀ·scale, shares P = softmax(S) and outputs O = P·v:
  //   dv = Pᵀ·dO,   dS = P ⊙ (dO·vᵀ − Σ dO ⊙ O),   dq = scale·dS·k,   dk = scale·dSᵀ·q.
  PART_OF_LOOP void backward(const float* dy, const float* x, const float* y, const float* statistics, float* dx, int64_t i) const {
    const Head head(s, i);
    const int64_t all = s.tokens * padded, turned = s.depth * tile, some = tile * padded;
    float* keys = scratch(4 * all + 3 * turned + 2 * some + 2 * few * tile);
    float *values = keys + all, *dKeys = values + all, *dValues = dKeys + all;
    float *queries = dValues + all, *dOut = queries + turned, *dQueries = dOut + turned;
    float *queryRows = dQueries + turned, *dRows = queryRows + some, *shares = dRows + some, *dScores = shares + few * tile;
    gather(head.packed(x, s, 1), s.packed(), s.tokens, keys);
    gather(head.packed(x, s, 2), s.packed(), s.tokens, values);
    std::fill(dKeys, dKeys + 2 * all, 0.0f);
    std::fill(queryRows, queryRows + 2 * some, 0.0f);
    const float* kept = head.statistics(statistics, s);
    for (int64_t first = 0; first < s.tokens; first += tile) {
      const int64_t n = std::min(tile, s.tokens - first);
      const float *q = head.packed(x, s, 0) + first * s.packed(), *d = head.plain(dy, s) + first * s.width(), *o = head.plain(y, s) + first * s.width();
      turn(q, s.packed(), n, scale, queries);
      turn(d, s.width(), n, 1.0f, dOut);
      gather(q, s.packed(), n, queryRows);
      gather(d, s.width(), n, dRows);
      // Beyond the last token no share is left: 1/Σ is 0 there.
      float largest[tile] = {}, share[tile] = {}, taken[tile] = {}, factors[tile];
      std::copy(kept + first, kept + first + n, largest);
      std::copy(kept + s.tokens + first, kept + s.tokens + first + n, share);
      std::fill(factors, factors + tile, scale);
      for (int64_t j = 0; j < n; j++) {
        for (int64_t c = 0; c < s.depth; c++) taken[j] += d[j * s.width() + c] * o[j * s.width() + c];
      }
      std::fill(dQueries, dQueries + turned, 0.0f);
      for (int64_t from = 0; from < s.tokens; from += few) {
        const int64_t count = std::min(few, s.tokens - from);
        P::template multiply<false>({keys + from * padded, padded, 1}, {queries, tile}, count, s.depth, tile, {shares, tile});
        P::template multiply<false>({values + from * padded, padded, 1}, {dOut, tile}, count, s.depth, tile, {dScores, tile});
        for (int64_t k = 0; k < count; k++) {
          float *__restrict row = shares + k * tile, *__restrict dRow = dScores + k * tile;
          for (int64_t j = 0; j < tile; j++) {
            row[j] = exponential(row[j] - largest[j]) * share[j];
            dRow[j] = row[j] * (dRow[j] - taken[j]);
          }
        }
        P::template multiply<true>({shares, tile, 1}, {dRows, padded}, count, tile, padded, {dValues + from * padded, padded});
        P::template multiply<true>({dScores, tile, 1}, {queryRows, padded}, count, tile, padded, {dKeys + from * padded, padded});
        P::template multiply<true>({keys + from * padded, 1, padded}, {dScores, tile}, s.depth, count, tile, {dQueries, tile});
      }
      turnBack(dQueries, factors, n, head.packed(dx, s, 0) + first * s.packed(), s.packed());
    }
    float *dk = head.packed(dx, s, 1), *dv = head.packed(dx, s, 2);
    for (int64_t j = 0; j < s.tokens; j++) {
      for (int64_t c = 0; c < s.depth; c++) {
        dk[j * s.packed() + c] = scale * dKeys[j * padded + c];
        dv[j * s.packed() + c] = dValues[j * padded + c];
      }
    }
  }
};

struct Processor {
  void (*forward)(const Shape&, const float* x, float* y, float* statistics, int64_t head);
  void (*backward)(const Shape&, const float* dy, const float* x, const float* y, const float* statistics, float* dx, int64_t head);
};

#define FOR_PROCESSOR(NAME, TARGET, V, R)                                                                                                                   \
  struct NAME {                                                                                                                                             \
    TARGET static void forward(const Shape& s, const float* x, float* y, float* statistics, int64_t head) { Work<V, R>(s).forward(x, y, statistics, head); } \
    TARGET static void backward(const Shape& s, const float* dy, const float* x, const float* y, const float* statistics, float* dx, int64_t head) {         \
      Work<V, R>(s).backward(dy, x, y, statistics, dx, head);                                                                                               \
    }                                                                                                                                                       \
    static constexpr Processor all{forward, backward};                                                                                                      \
  };

WITH_16(FOR_PROCESSOR(Avx512, VECTORS_OF_16, 16, 8))
WITH_8(FOR_PROCESSOR(Avx2, VECTORS_OF_8, 8, 4))
WITH_4(FOR_PROCESSOR(Any, , 4, 4))

const Processor& processor() { return FOR_THIS_PROCESSOR(Avx512::all, Avx2::all, Any::all); }

// Shares the heads of all images out among threads, unless they are too small for that.
template <typename F>
void eachHead(const Shape& s, const F& work) {
  const int64_t heads = s.images * s.heads, least = 1 << 15;
  const int64_t worth = heads * s.tokens * s.tokens * s.depth / least;
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>({8 * threads(), heads, worth}));
  Pool::shared().run(parts, [&](int64_t part) {
    for (int64_t i = heads * part / parts; i < heads * (part + 1) / parts; i++) work(i);
  });
}

// x is [images, tokens, 3·heads·depth]. Nothing else may reach the loops.
Shape shapeOf(TF_Tensor* x, const Options& options) {
  expect(TF_NumDims(x) == 3, "x must have three axes");
  expect(options.heads >= 1 && TF_Dim(x, 2) % (3 * options.heads) == 0, "queries, keys and values must have as many channels, which heads must divide");
  expect(TF_Dim(x, 2) > 0, "there must be at least one channel");
  return {TF_Dim(x, 0), TF_Dim(x, 1), options.heads, TF_Dim(x, 2) / (3 * options.heads)};
}

void compute(const Options& options, Call& call) {
  TF_Tensor* x = call.input(0);
  const Shape s = shapeOf(x, options);
  float* y = call.output(0, {s.images, s.tokens, s.width()});
  float* statistics = call.output(1, {s.images, s.heads, 2, s.tokens});
  eachHead(s, [&](int64_t i) { processor().forward(s, values(x), y, statistics, i); });
}

void computeGradient(const Options& options, Call& call) {
  TF_Tensor *dy = call.input(0), *x = call.input(1), *y = call.input(2), *statistics = call.input(3);
  const Shape s = shapeOf(x, options);
  const std::vector<int64_t> plain{s.images, s.tokens, s.width()}, perQuery{s.images, s.heads, 2, s.tokens};
  expect(dims(dy) == plain && dims(y) == plain, "dy and y must have a third of the channels of x");
  expect(dims(statistics) == perQuery, "statistics must be two numbers for each head and query");
  float* dx = call.output(0, dims(x));
  eachHead(s, [&](int64_t i) { processor().backward(s, values(dy), values(x), values(y), values(statistics), dx, i); });
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionAttend", {"x: float"}, {"y: float", "statistics: float"}, {"heads: int"});
  define<Options, computeGradient>("NaiveDiffusionAttendGrad", {"dy: float", "x: float", "y: float", "statistics: float"}, {"dx: float"}, {"heads: int"});
  return true;
}();

}  // namespace
