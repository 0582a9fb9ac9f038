// A step of Adam over all weights at once, as one TensorFlow operation: the memory, the weights and their averages are
// passed over once, where an operation for each weight and each product hands over ten times as often.
#include <algorithm>
#include <cmath>
#include <vector>

#include "loops.h"
#include "operation.h"
#include "parallel.h"

// Every product and every sum is rounded by itself, as TensorFlow's own operations do.
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

namespace {

using namespace naive_diffusion;

// What is the same for all numbers: the shares of both memories that are kept, what is added to the root, the factor of
// a step (below 0, for it goes down), and how far the averages follow.
struct Factors {
  float keep1, keep2, offset, factor, share;
};

// Both memories of n numbers, and change = first / (√second + offset) · factor.
FOR_EACH_PROCESSOR
void remember(const Factors& f, const float* gradient, const float* first, const float* second, float* newFirst, float* newSecond, float* change, int64_t n) {
  const float *__restrict g = gradient, *__restrict m = first, *__restrict v = second;
  float *__restrict m1 = newFirst, *__restrict v1 = newSecond, *__restrict d = change;
  const float keep1 = f.keep1, keep2 = f.keep2, offset = f.offset, factor = f.factor;
  for (int64_t i = 0; i < n; i++) {
    m1[i] = m[i] * keep1 + g[i];
    v1[i] = v[i] * keep2 + g[i] * g[i];
    d[i] = m1[i] / (std::sqrt(v1[i]) + offset) * factor;
  }
}

FOR_EACH_PROCESSOR
void move(const float* weight, const float* change, float* newWeight, int64_t n) {
  const float *__restrict w = weight, *__restrict d = change;
  float* __restrict w1 = newWeight;
  for (int64_t i = 0; i < n; i++) w1[i] = w[i] + d[i];
}

FOR_EACH_PROCESSOR
void follow(float share, const float* average, const float* weight, float* newAverage, int64_t n) {
  const float *__restrict a = average, *__restrict w = weight;
  float* __restrict a1 = newAverage;
  for (int64_t i = 0; i < n; i++) a1[i] = a[i] + (w[i] - a[i]) * share;
}

// Numbers whose changes are kept at a time, near the processor.
constexpr int64_t block = 4096;

// A weight, where it begins among all numbers, and its average if it has one.
struct Weight {
  int64_t begin, size;
  const float *weight, *average;
  float *newWeight, *newAverage;
};

struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : count(number(construction, "count")), averaged(number(construction, "averaged")) {}
  const int64_t count, averaged;  // weights, and those of them that have an average: all or none
};

float scalar(Call& call, int i) {
  TF_Tensor* tensor = call.input(i);
  expect(TF_TensorElementCount(tensor) == 1, "a factor must be one number");
  return values(tensor)[0];
}

void compute(const Options& options, Call& call) {
  const int count = static_cast<int>(options.count), averaged = static_cast<int>(options.averaged);
  expect(averaged == 0 || averaged == count, "there must be an average of each weight, or of none");
  TF_Tensor *gradient = call.input(0), *first = call.input(1), *second = call.input(2);
  const int64_t n = TF_TensorElementCount(gradient);
  expect(TF_TensorElementCount(first) == n && TF_TensorElementCount(second) == n, "the memories must have the size of the gradient");
  const Factors factors{scalar(call, 3), scalar(call, 4), scalar(call, 5), scalar(call, 6), scalar(call, 7)};
  float *newFirst = call.output(0, dims(first)), *newSecond = call.output(1, dims(second));
  std::vector<Weight> weights;
  int64_t end = 0;
  for (int i = 0; i < count; i++) {
    TF_Tensor* weight = call.input(8 + i);
    Weight one{end, TF_TensorElementCount(weight), values(weight), nullptr, call.output(2 + i, dims(weight)), nullptr};
    if (averaged > 0) {
      TF_Tensor* average = call.input(8 + count + i);
      expect(TF_TensorElementCount(average) == one.size, "an average must have the size of its weight");
      one.average = values(average);
      one.newAverage = call.output(2 + count + i, dims(average));
    }
    end += one.size;
    weights.push_back(one);
  }
  expect(end == n, "the gradient must have a number for each of the weights");

  const float *g = values(gradient), *m = values(first), *v = values(second);
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(4 * threads(), n >> 14));
  Pool::shared().run(parts, [&](int64_t part) {
    float change[block];
    const int64_t last = n * (part + 1) / parts;
    for (int64_t from = n * part / parts, to; from < last; from = to) {
      to = std::min<int64_t>(from + block, last);
      remember(factors, g + from, m + from, v + from, newFirst + from, newSecond + from, change, to - from);
      for (const Weight& one : weights) {
        const int64_t begin = std::max(from, one.begin), stop = std::min(to, one.begin + one.size);
        if (begin >= stop) continue;
        const int64_t at = begin - one.begin, some = stop - begin;
        move(one.weight + at, change + (begin - from), one.newWeight + at, some);
        if (one.average) follow(factors.share, one.average + at, one.newWeight + at, one.newAverage + at, some);
      }
    }
  });
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionAdam",
                           {"gradient: float", "first: float", "second: float", "keep1: float", "keep2: float", "offset: float",
                            "factor: float", "share: float", "weights: count * float", "averages: averaged * float"},
                           {"new_first: float", "new_second: float", "new_weights: count * float", "new_averages: averaged * float"},
                           {"count: int >= 1", "averaged: int >= 0"});
  return true;
}();

}  // namespace
