// The product of two matrices, which may be transposed, and a bias, as a TensorFlow operation for the processor.
// lib/src/backend/affine.ts has the same in TensorFlow.js.
#include "matrices.h"

#include <vector>

#include "operation.h"
#include "parallel.h"

namespace {

using namespace naive_diffusion;

struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : transposeA(flag(construction, "transpose_a")), transposeB(flag(construction, "transpose_b")) {}
  const bool transposeA, transposeB;
};

#define FOR_PROCESSOR(NAME, TARGET, V, R)                                                                  \
  struct NAME {                                                                                            \
    TARGET static void run(const Multiplication& m, const Part& part) { matrices::Work<V, R>{m}.run(part); } \
  };

WITH_16(FOR_PROCESSOR(Avx512, VECTORS_OF_16, 16, 12))
WITH_8(FOR_PROCESSOR(Avx2, VECTORS_OF_8, 8, 6))
WITH_4(FOR_PROCESSOR(Any, , 4, 4))

constexpr int64_t rowsTogether = 12;     // a multiple of all numbers of rows that are multiplied at a time
constexpr int64_t columnsTogether = 32;  // and of columns
constexpr int64_t fewTerms = 1 << 18;    // below, other threads would not have begun
constexpr int64_t rowsInCache = 256;     // of as many terms as are added up at a time

// How many pieces a side is cut into, and how long each is.
struct Pieces {
  Pieces(int64_t size, int64_t wanted, int64_t unit) : length(up((size + wanted - 1) / wanted, unit)), count((size + length - 1) / length) {}
  int64_t length, count;
};

// Parts of the result: one for each thread at least where it is large, cut so that little is copied twice, and so few
// rows that they stay in the second cache.
std::vector<Part> partsOf(const Multiplication& m) {
  int64_t across = 1, down = 1;
  if (m.rows * m.columns * m.count > fewTerms) {
    while (down * across < threads()) (m.rows / down >= m.columns / across ? down : across) *= 2;
    down = std::max(down, (m.rows + rowsInCache - 1) / rowsInCache);
  }
  const Pieces rows(m.rows, down, rowsTogether), columns(m.columns, across, columnsTogether);
  std::vector<Part> parts;
  for (int64_t r = 0; r < rows.count; r++) {
    for (int64_t c = 0; c < columns.count; c++) {
      const int64_t row = r * rows.length, column = c * columns.length;
      parts.push_back({row, std::min(rows.length, m.rows - row), column, std::min(columns.length, m.columns - column)});
    }
  }
  return parts;
}

void compute(const Options& options, Call& call) {
  TF_Tensor *a = call.input(0), *b = call.input(1), *bias = call.input(2);
  expect(TF_NumDims(a) == 2 && TF_NumDims(b) == 2, "both must be matrices");
  const int64_t rows = TF_Dim(a, options.transposeA ? 1 : 0), count = TF_Dim(a, options.transposeA ? 0 : 1);
  const int64_t columns = TF_Dim(b, options.transposeB ? 0 : 1);
  expect(TF_Dim(b, options.transposeB ? 1 : 0) == count, "the second must have as many rows as the first has columns");
  const bool biased = TF_TensorElementCount(bias) > 0;
  expect(!biased || (TF_NumDims(bias) == 1 && TF_Dim(bias, 0) == columns), "the bias must be one number for each column, or nothing");
  expect(rows > 0 && columns > 0 && count > 0, "there must be something to multiply");
  const Matrix first = options.transposeA ? Matrix{values(a), 1, rows} : Matrix{values(a), count, 1};
  const Matrix second = options.transposeB ? Matrix{values(b), 1, count} : Matrix{values(b), columns, 1};
  const Multiplication product{first, second, biased ? values(bias) : nullptr, call.output(0, {rows, columns}), rows, count, columns};
  const std::vector<Part> parts = partsOf(product);
  const auto work = FOR_THIS_PROCESSOR(Avx512::run, Avx2::run, Any::run);
  Pool::shared().run(parts.size(), [&](int64_t i) { work(product, parts[i]); });
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionMatMul", {"a: float", "b: float", "bias: float"}, {"y: float"}, {"transpose_a: bool", "transpose_b: bool"});
  return true;
}();

}  // namespace
