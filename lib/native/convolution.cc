// 3×3 convolutions as TensorFlow operations for the processor. lib/src/backend/convolution.ts has the same in
// TensorFlow's own.
#include "convolution.h"

#include "addend.h"
#include "operation.h"

namespace naive_diffusion {
namespace {

#define FOR_PROCESSOR(NAME, TARGET, V, R)                                                                                            \
  struct NAME {                                                                                                                     \
    using Work = winograd::Work<V, R>;                                                                                        \
    TARGET static void transformFilter(const Convolution& s, const float* g, bool turned, float* u, int64_t from, int64_t to) {     \
      Work(s).transformFilter(g, turned, u, from, to);                                                                              \
    }                                                                                                                               \
    TARGET static void forward(const Convolution& s, const float* x, const float* u, const Addend& addend, float* y, int64_t first, int64_t n) { \
      Work(s).forward(x, u, addend, y, first, n);                                                                               \
    }                                                                                                                               \
    TARGET static void backward(const Convolution& s, const float* x, const float* dy, float* sums, int64_t first, int64_t n, bool add) { \
      Work(s).backward(x, dy, sums, first, n, add);                                                                                 \
    }                                                                                                                               \
    TARGET static void transformSums(const Convolution& s, const float* sums, float* dg, int64_t from, int64_t to) {                \
      Work(s).transformSums(sums, dg, from, to);                                                                                    \
    }                                                                                                                               \
    static constexpr Processor all{V, transformFilter, forward, backward, transformSums};                                           \
  };

WITH_16(FOR_PROCESSOR(Avx512, VECTORS_OF_16, 16, 8))
WITH_8(FOR_PROCESSOR(Avx2, VECTORS_OF_8, 8, 6))
WITH_4(FOR_PROCESSOR(Any, , 4, 4))

}  // namespace

const Processor& processor() { return FOR_THIS_PROCESSOR(Avx512::all, Avx2::all, Any::all); }

}  // namespace naive_diffusion

namespace {

using namespace naive_diffusion;

struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : relu(flag(construction, "relu")), turned(flag(construction, "turned")) {}
  const bool relu;    // after all has been added
  const bool turned;  // the gradient with respect to the input: x is that of the output
};

struct NoOptions {
  explicit NoOptions(TF_OpKernelConstruction*) {}
};

// Without channels TensorFlow's own refuses a convolution, too.
void expectChannels(const Convolution& shape) {
  expect(shape.inputs > 0 && shape.outputs > 0, "there must be at least one channel, in and out");
}

void expectFilter(TF_Tensor* filter) {
  expect(TF_NumDims(filter) == 4 && TF_Dim(filter, 0) == 3 && TF_Dim(filter, 1) == 3, "the filter must be 3×3, from and to some channels");
}

void compute(const Options& options, Call& call) {
  TF_Tensor *x = call.input(0), *filter = call.input(1), *parts = call.input(2), *level = call.input(3);
  expectFilter(filter);
  expect(TF_NumDims(x) == 4, "images must have four axes");
  const int64_t inputs = TF_Dim(filter, options.turned ? 3 : 2), outputs = TF_Dim(filter, options.turned ? 2 : 3);
  expect(TF_Dim(x, 3) == inputs, "the filter must have as many inputs as the images have channels");
  const Convolution shape{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), inputs, outputs};
  expectChannels(shape);
  const Addend addend = readAddend(parts, level, shape.images, shape.height * shape.width, outputs, options.relu);
  float* y = call.output(0, {shape.images, shape.height, shape.width, outputs});
  convolve(shape, values(x), values(filter), addend, options.turned, y);
}

struct FilterOptions {
  explicit FilterOptions(TF_OpKernelConstruction* construction) : turned(flag(construction, "turned")) {}
  const bool turned;
};

// A filter that serves many calls, made ready for them once.
void prepare(const FilterOptions& options, Call& call) {
  TF_Tensor* filter = call.input(0);
  expectFilter(filter);
  const Convolution shape{0, 0, 0, TF_Dim(filter, options.turned ? 3 : 2), TF_Dim(filter, options.turned ? 2 : 3)};
  expectChannels(shape);
  float* prepared = call.output(0, {preparedSize(shape)});
  std::fill_n(prepared, preparedSize(shape), 0.0f);  // also where the last block has no outputs
  prepareFilter(shape, values(filter), options.turned, prepared);
}

struct PreparedOptions {
  explicit PreparedOptions(TF_OpKernelConstruction* construction) : relu(flag(construction, "relu")), outputs(number(construction, "outputs")) {}
  const bool relu;
  const int64_t outputs;
};

void computePrepared(const PreparedOptions& options, Call& call) {
  TF_Tensor *x = call.input(0), *prepared = call.input(1), *parts = call.input(2), *level = call.input(3);
  expect(TF_NumDims(x) == 4, "images must have four axes");
  const Convolution shape{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), TF_Dim(x, 3), options.outputs};
  expectChannels(shape);
  expect(TF_TensorElementCount(prepared) == preparedSize(shape), "the filter must be prepared, from as many inputs as the images have channels");
  const Addend addend = readAddend(parts, level, shape.images, shape.height * shape.width, shape.outputs, options.relu);
  convolvePrepared(shape, values(x), values(prepared), addend, call.output(0, {shape.images, shape.height, shape.width, shape.outputs}));
}

void computeFilterGradient(const NoOptions&, Call& call) {
  TF_Tensor *x = call.input(0), *dy = call.input(1);
  expect(TF_NumDims(x) == 4 && TF_NumDims(dy) == 4, "images and gradient must have four axes");
  for (int i = 0; i < 3; i++) expect(TF_Dim(dy, i) == TF_Dim(x, i), "the gradient must have as many pixels as the images");
  const Convolution shape{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), TF_Dim(x, 3), TF_Dim(dy, 3)};
  expectChannels(shape);
  float* dg = call.output(0, {3, 3, shape.inputs, shape.outputs});
  filterGradient(shape, values(x), values(dy), dg);
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionConv3x3", {"x: float", "filter: float", "parts: float", "level: float"}, {"y: float"},
                           {"relu: bool", "turned: bool"});
  define<FilterOptions, prepare>("NaiveDiffusionConv3x3Filter", {"filter: float"}, {"prepared: float"}, {"turned: bool"});
  define<PreparedOptions, computePrepared>("NaiveDiffusionConv3x3Prepared", {"x: float", "prepared: float", "parts: float", "level: float"},
                                           {"y: float"}, {"relu: bool", "outputs: int"});
  define<NoOptions, computeFilterGradient>("NaiveDiffusionConv3x3FilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, {});
  return true;
}();

}  // namespace
