// Which numbers of a row are the largest, as TensorFlow operations for the processor. lib/src/degradations/chance.ts has
// the same in TensorFlow.js.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "operation.h"
#include "parallel.h"

namespace {

using namespace naive_diffusion;

// A number and its place in the row, as one that is the smaller, the larger the number is, and with equal numbers, the
// further in front it stands.
uint64_t keyOf(float value, int64_t place) {
  const float one = value + 0.0f;  // 0 and −0 are equal
  uint32_t bits;
  std::memcpy(&bits, &one, sizeof bits);
  const uint32_t falling = bits & 0x80000000u ? bits : ~(bits | 0x80000000u);
  return uint64_t{falling} << 32 | static_cast<uint32_t>(place);
}

// Calls work(keys, out) for each row of x, with the keys of its numbers.
template <class Work>
void eachRow(TF_Tensor* x, float* y, const Work& work) {
  expect(TF_NumDims(x) == 2, "x must be [rows, n]");
  const int64_t rows = TF_Dim(x, 0), n = TF_Dim(x, 1);
  expect(n < (int64_t{1} << 31), "a row must have fewer than 2^31 numbers");
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>({4 * threads(), rows, rows * n >> 12}));
  Pool::shared().run(parts, [&](int64_t part) {
    std::vector<uint64_t> keys(n);
    for (int64_t row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
      for (int64_t i = 0; i < n; i++) keys[i] = keyOf(values(x)[row * n + i], i);
      work(keys, y + row * n);
    }
  });
}

int64_t placeOf(uint64_t key) { return static_cast<int64_t>(key & 0xffffffffu); }

struct NoOptions {
  explicit NoOptions(TF_OpKernelConstruction*) {}
};

void computeRanks(const NoOptions&, Call& call) {
  TF_Tensor* x = call.input(0);
  eachRow(x, call.output(0, dims(x)), [](std::vector<uint64_t>& keys, float* y) {
    std::sort(keys.begin(), keys.end());
    for (size_t rank = 0; rank < keys.size(); rank++) y[placeOf(keys[rank])] = static_cast<float>(rank);
  });
}

struct LargestOptions {
  explicit LargestOptions(TF_OpKernelConstruction* construction) : count(number(construction, "count")) {}
  const int64_t count;
};

void computeLargest(const LargestOptions& options, Call& call) {
  TF_Tensor* x = call.input(0);
  expect(TF_NumDims(x) == 2 && options.count >= 0 && options.count <= TF_Dim(x, 1), "count must be at most as many as a row has");
  eachRow(x, call.output(0, dims(x)), [&](std::vector<uint64_t>& keys, float* y) {
    const auto end = keys.begin() + options.count;
    if (end != keys.end()) std::nth_element(keys.begin(), end, keys.end());
    std::fill_n(y, keys.size(), 0.0f);
    for (auto key = keys.begin(); key != end; key++) y[placeOf(*key)] = 1.0f;
  });
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<NoOptions, computeRanks>("NaiveDiffusionRanks", {"x: float"}, {"ranks: float"}, {});
  define<LargestOptions, computeLargest>("NaiveDiffusionLargest", {"x: float"}, {"largest: float"}, {"count: int"});
  return true;
}();

}  // namespace
