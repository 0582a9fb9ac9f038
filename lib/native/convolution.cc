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

// x: [images, height, width, channels]; filter: [3, 3, …]. Nothing else may reach the loops.
bool check(Call& call, TF_Tensor* x, const std::vector<int64_t>& filter) {
  if (!x || TF_NumDims(x) != 4) return call.fail("images must have four axes"), false;
  if (filter.size() != 4 || filter[0] != 3 || filter[1] != 3) return call.fail("the filter must be 3×3, from and to some channels"), false;
  return true;
}

// parts: nothing, [channels], or [1 or 2, height, width, channels]; level: [images], where there are two parts.
bool readAddend(Call& call, TF_Tensor* parts, TF_Tensor* level, const Convolution& shape, Addend* addend) {
  const int64_t size = TF_TensorElementCount(parts), image = shape.height * shape.width * shape.outputs;
  if (size == 0) return true;
  addend->still = values(parts);
  if (TF_NumDims(parts) == 1 && size == shape.outputs) return true;
  const int64_t count = TF_NumDims(parts) == 4 ? TF_Dim(parts, 0) : 0;
  if ((count != 1 && count != 2) || size != count * image) return call.fail("what is added must be [channels], or one or two images"), false;
  addend->perPixel = true;
  if (count == 1) return true;
  if (TF_TensorElementCount(level) != shape.images) return call.fail("there must be a level for each image"), false;
  addend->moving = addend->still + image;
  addend->level = values(level);
  return true;
}

void compute(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  TF_Tensor *x = call.input(0), *filter = call.input(1), *parts = call.input(2), *level = call.input(3);
  if (!filter || !parts || !level || !check(call, x, dims(filter))) return;
  const int64_t inputs = TF_Dim(filter, options.turned ? 3 : 2), outputs = TF_Dim(filter, options.turned ? 2 : 3);
  if (TF_Dim(x, 3) != inputs) return call.fail("the filter must have as many inputs as the images have channels");
  const Convolution shape{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), inputs, outputs};
  Addend addend;
  addend.relu = options.relu;
  if (!readAddend(call, parts, level, shape, &addend)) return;
  float* y = call.output(0, {shape.images, shape.height, shape.width, outputs});
  if (y) convolve(shape, values(x), values(filter), addend, options.turned, y);
}

void compute_filter_gradient(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.input(0), *dy = call.input(1);
  if (!dy || !check(call, x, {3, 3, 1, 1})) return;
  if (TF_NumDims(dy) != 4) return call.fail("the gradient must have four axes");
  for (int i = 0; i < 3; i++) {
    if (TF_Dim(dy, i) != TF_Dim(x, i)) return call.fail("the gradient must have as many pixels as the images");
  }
  const Convolution shape{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), TF_Dim(x, 3), TF_Dim(dy, 3)};
  float* dg = call.output(0, {3, 3, shape.inputs, shape.outputs});
  if (dg) filterGradient(shape, values(x), values(dy), dg);
}

// Defined when the binding is loaded.
const bool defined = [] {
  define<Options>("NaiveDiffusionConv3x3", {"x: float", "filter: float", "parts: float", "level: float"}, {"y: float"}, {"relu: bool", "turned: bool"}, compute);
  define<NoOptions>("NaiveDiffusionConv3x3FilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, {}, compute_filter_gradient);
  return true;
}();

}  // namespace
