// 3×3 convolutions as TensorFlow operations for the processor. lib/src/backend/convolution.ts has the same in
// TensorFlow's own.
#include "convolution.h"
#include "operation.h"

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

// parts: nothing, [channels], or [1 or 2, height, width, channels]; level: [images], where there are two parts.
void readAddend(TF_Tensor* parts, TF_Tensor* level, const Convolution& shape, Addend* addend) {
  const int64_t size = TF_TensorElementCount(parts), image = shape.height * shape.width * shape.outputs;
  if (size == 0) return;
  addend->still = values(parts);
  if (TF_NumDims(parts) == 1 && size == shape.outputs) return;
  const int64_t count = TF_NumDims(parts) == 4 ? TF_Dim(parts, 0) : 0;
  expect((count == 1 || count == 2) && size == count * image, "what is added must be [channels], or one or two images");
  addend->perPixel = true;
  if (count == 1) return;
  expect(TF_TensorElementCount(level) == shape.images, "there must be a level for each image");
  addend->moving = addend->still + image;
  addend->level = values(level);
}

void compute(const Options& options, Call& call) {
  TF_Tensor *x = call.input(0), *filter = call.input(1), *parts = call.input(2), *level = call.input(3);
  expect(TF_NumDims(filter) == 4 && TF_Dim(filter, 0) == 3 && TF_Dim(filter, 1) == 3, "the filter must be 3×3, from and to some channels");
  expect(TF_NumDims(x) == 4, "images must have four axes");
  const int64_t inputs = TF_Dim(filter, options.turned ? 3 : 2), outputs = TF_Dim(filter, options.turned ? 2 : 3);
  expect(TF_Dim(x, 3) == inputs, "the filter must have as many inputs as the images have channels");
  const Convolution shape{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), inputs, outputs};
  expectChannels(shape);
  Addend addend;
  addend.relu = options.relu;
  readAddend(parts, level, shape, &addend);
  float* y = call.output(0, {shape.images, shape.height, shape.width, outputs});
  convolve(shape, values(x), values(filter), addend, options.turned, y);
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
  define<NoOptions, computeFilterGradient>("NaiveDiffusionConv3x3FilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, {});
  return true;
}();

}  // namespace
