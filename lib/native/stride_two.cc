// Convolutions in steps of two as TensorFlow operations for the processor. lib/src/backend/convolution.ts has the same
// in TensorFlow's own.
#include "stride_two.h"

#include "addend.h"
#include "operation.h"

namespace {

using namespace naive_diffusion;

struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : relu(flag(construction, "relu")), transposed(flag(construction, "transposed")) {}
  const bool relu;        // after all has been added
  const bool transposed;  // from small images to large ones, whose channels are the third axis of the filter
};

struct GradientOptions {
  explicit GradientOptions(TF_OpKernelConstruction* construction) : side(number(construction, "side")) {}
  const int64_t side;
};

// Throws unless there is such a convolution.
StrideTwo checked(const Convolution& size, int64_t side) {
  expect(side == 3 || side == 4, "the filter must be 3×3 or 4×4");
  expect(size.inputs > 0 && size.outputs > 0, "there must be at least one channel, in and out");
  return {size, static_cast<int>(side)};
}

void expectEven(TF_Tensor* images) {
  expect(TF_Dim(images, 1) % 2 == 0 && TF_Dim(images, 2) % 2 == 0, "height and width must be even");
}

// Of images x on one side, a filter of `side` places and this many channels on the other.
void compute(Call& call, int64_t side, int64_t others, bool transposed, bool relu, const float* filter, const float* prepared) {
  TF_Tensor *x = call.input(0), *parts = call.input(2), *level = call.input(3);
  expect(TF_NumDims(x) == 4, "images must have four axes");
  if (!transposed) expectEven(x);
  const int64_t scale = transposed ? 1 : 2, height = TF_Dim(x, 1) / scale, width = TF_Dim(x, 2) / scale, own = TF_Dim(x, 3);
  const StrideTwo s = checked({TF_Dim(x, 0), height, width, transposed ? others : own, transposed ? own : others}, side);
  const int64_t grown = transposed ? 2 : 1;
  const Addend addend = readAddend(parts, level, s.size.images, grown * height * grown * width, others, relu);
  float* y = call.output(0, {s.size.images, grown * height, grown * width, others});
  if (prepared) convolvePrepared(s, values(x), prepared, addend, transposed, y);
  else convolve(s, values(x), filter, addend, transposed, y);
}

void expectFilter(TF_Tensor* filter) {
  expect(TF_NumDims(filter) == 4 && TF_Dim(filter, 0) == TF_Dim(filter, 1), "the filter must be square, from and to some channels");
}

void compute(const Options& options, Call& call) {
  TF_Tensor *x = call.input(0), *filter = call.input(1);
  expectFilter(filter);
  const int64_t inputs = TF_Dim(filter, 2), outputs = TF_Dim(filter, 3);
  expect(TF_NumDims(x) == 4 && TF_Dim(x, 3) == (options.transposed ? outputs : inputs), "the filter must have as many inputs as the images have channels");
  compute(call, TF_Dim(filter, 0), options.transposed ? inputs : outputs, options.transposed, options.relu, values(filter), nullptr);
}

struct FilterOptions {
  explicit FilterOptions(TF_OpKernelConstruction* construction) : transposed(flag(construction, "transposed")) {}
  const bool transposed;
};

// A filter that serves many calls, made ready for them once.
void prepare(const FilterOptions& options, Call& call) {
  TF_Tensor* filter = call.input(0);
  expectFilter(filter);
  const StrideTwo s = checked({0, 0, 0, TF_Dim(filter, 2), TF_Dim(filter, 3)}, TF_Dim(filter, 0));
  float* prepared = call.output(0, {preparedSize(s, options.transposed)});
  std::fill_n(prepared, preparedSize(s, options.transposed), 0.0f);  // also where the last block has no outputs
  prepareFilter(s, values(filter), options.transposed, prepared);
}

struct PreparedOptions : Options {
  explicit PreparedOptions(TF_OpKernelConstruction* construction)
      : Options(construction), side(number(construction, "side")), outputs(number(construction, "outputs")) {}
  const int64_t side, outputs;
};

void computePrepared(const PreparedOptions& options, Call& call) {
  TF_Tensor *x = call.input(0), *prepared = call.input(1);
  expect(TF_NumDims(x) == 4, "images must have four axes");
  const int64_t own = TF_Dim(x, 3), inputs = options.transposed ? options.outputs : own, outputs = options.transposed ? own : options.outputs;
  const StrideTwo s = checked({0, 0, 0, inputs, outputs}, options.side);
  expect(TF_TensorElementCount(prepared) == preparedSize(s, options.transposed), "the filter must be prepared, from as many inputs as the images have channels");
  compute(call, options.side, options.outputs, options.transposed, options.relu, nullptr, values(prepared));
}

void computeFilterGradient(const GradientOptions& options, Call& call) {
  TF_Tensor *large = call.input(0), *small = call.input(1);
  expect(TF_NumDims(large) == 4 && TF_NumDims(small) == 4, "images and gradient must have four axes");
  expectEven(large);
  expect(TF_Dim(large, 0) == TF_Dim(small, 0) && TF_Dim(large, 1) == 2 * TF_Dim(small, 1) && TF_Dim(large, 2) == 2 * TF_Dim(small, 2),
         "the large images must have twice the height and width of the small ones");
  const StrideTwo s = checked({TF_Dim(small, 0), TF_Dim(small, 1), TF_Dim(small, 2), TF_Dim(large, 3), TF_Dim(small, 3)}, options.side);
  float* dg = call.output(0, {options.side, options.side, s.size.inputs, s.size.outputs});
  filterGradient(s, values(large), values(small), dg);
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionConvStride2", {"x: float", "filter: float", "parts: float", "level: float"}, {"y: float"},
                           {"relu: bool", "transposed: bool"});
  define<FilterOptions, prepare>("NaiveDiffusionConvStride2Filter", {"filter: float"}, {"prepared: float"}, {"transposed: bool"});
  define<PreparedOptions, computePrepared>("NaiveDiffusionConvStride2Prepared", {"x: float", "prepared: float", "parts: float", "level: float"},
                                           {"y: float"}, {"relu: bool", "transposed: bool", "side: int", "outputs: int"});
  define<GradientOptions, computeFilterGradient>("NaiveDiffusionConvStride2FilterGrad", {"large: float", "small: float"}, {"dfilter: float"},
                                                 {"side: int"});
  return true;
}();

}  // namespace
