// Convolutions of a few thousand products, as TensorFlow operations that stay on their thread: handing such work to
// other threads takes longer than doing it.
#include <algorithm>
#include <cstdint>

#include "loops.h"
#include "operation.h"

namespace {

using namespace naive_diffusion;

// Images [images, height, width, inputs] → [images, down, across, outputs], zeros around them as TensorFlow's 'SAME'
// has them.
struct Shape {
  int64_t images, height, width, inputs, outputs, tall, wide, stride;
  int64_t down = (height + stride - 1) / stride, across = (width + stride - 1) / stride;
  int64_t above = std::max<int64_t>(0, (down - 1) * stride + tall - height) / 2, before = std::max<int64_t>(0, (across - 1) * stride + wide - width) / 2;
};

// Calls work(input pixel, place in the filter, output pixel) for all that meet.
template <typename Work>
PART_OF_LOOP void eachMeeting(const Shape& s, const Work& work) {
  for (int64_t image = 0; image < s.images; image++) {
    for (int64_t row = 0; row < s.down; row++) {
      for (int64_t column = 0; column < s.across; column++) {
        for (int64_t u = 0; u < s.tall; u++) {
          const int64_t y = row * s.stride - s.above + u;
          if (y < 0 || y >= s.height) continue;
          for (int64_t v = 0; v < s.wide; v++) {
            const int64_t x = column * s.stride - s.before + v;
            if (x < 0 || x >= s.width) continue;
            work((image * s.height + y) * s.width + x, u * s.wide + v, (image * s.down + row) * s.across + column);
          }
        }
      }
    }
  }
}

FOR_EACH_PROCESSOR
void forward(const Shape& s, const float* x, const float* filter, float* y) {
  std::fill(y, y + s.images * s.down * s.across * s.outputs, 0.0f);
  eachMeeting(s, [&](int64_t in, int64_t place, int64_t out) __attribute__((always_inline)) {
    float* __restrict sum = y + out * s.outputs;
    for (int64_t c = 0; c < s.inputs; c++) {
      const float value = x[in * s.inputs + c];
      const float* __restrict weights = filter + (place * s.inputs + c) * s.outputs;
      for (int64_t k = 0; k < s.outputs; k++) sum[k] += value * weights[k];
    }
  });
}

FOR_EACH_PROCESSOR
void inputGradient(const Shape& s, const float* filter, const float* dy, float* dx) {
  std::fill(dx, dx + s.images * s.height * s.width * s.inputs, 0.0f);
  eachMeeting(s, [&](int64_t in, int64_t place, int64_t out) __attribute__((always_inline)) {
    const float* d = dy + out * s.outputs;
    for (int64_t c = 0; c < s.inputs; c++) {
      const float* weights = filter + (place * s.inputs + c) * s.outputs;
      float sum = 0;
      for (int64_t k = 0; k < s.outputs; k++) sum += d[k] * weights[k];
      dx[in * s.inputs + c] += sum;
    }
  });
}

FOR_EACH_PROCESSOR
void filterGradient(const Shape& s, const float* x, const float* dy, float* dfilter) {
  std::fill(dfilter, dfilter + s.tall * s.wide * s.inputs * s.outputs, 0.0f);
  eachMeeting(s, [&](int64_t in, int64_t place, int64_t out) __attribute__((always_inline)) {
    const float* __restrict d = dy + out * s.outputs;
    for (int64_t c = 0; c < s.inputs; c++) {
      const float value = x[in * s.inputs + c];
      float* __restrict sum = dfilter + (place * s.inputs + c) * s.outputs;
      for (int64_t k = 0; k < s.outputs; k++) sum[k] += value * d[k];
    }
  });
}

// The sizes that the tensors at hand do not tell.
struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : stride(number(construction, "stride")), height(number(construction, "height")), width(number(construction, "width")) {}
  const int64_t stride, height, width;  // of the images, or of the filter
};

void compute(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  TF_Tensor *x = call.input(0), *filter = call.input(1);
  if (!x || !filter || TF_NumDims(x) != 4 || TF_NumDims(filter) != 4 || TF_Dim(x, 3) != TF_Dim(filter, 2) || options.stride < 1) return call.fail("images and filter must fit together");
  const Shape s{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), TF_Dim(x, 3), TF_Dim(filter, 3), TF_Dim(filter, 0), TF_Dim(filter, 1), options.stride};
  float* y = call.output(0, {s.images, s.down, s.across, s.outputs});
  if (y) forward(s, values(x), values(filter), y);
}

void compute_input_gradient(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  TF_Tensor *filter = call.input(0), *dy = call.input(1);
  if (!filter || !dy || TF_NumDims(dy) != 4 || TF_NumDims(filter) != 4 || TF_Dim(dy, 3) != TF_Dim(filter, 3) || options.stride < 1) return call.fail("gradient and filter must fit together");
  const Shape s{TF_Dim(dy, 0), options.height, options.width, TF_Dim(filter, 2), TF_Dim(filter, 3), TF_Dim(filter, 0), TF_Dim(filter, 1), options.stride};
  if (TF_Dim(dy, 1) != s.down || TF_Dim(dy, 2) != s.across) return call.fail("the gradient must have the size of the convolution's result");
  float* dx = call.output(0, {s.images, s.height, s.width, s.inputs});
  if (dx) inputGradient(s, values(filter), values(dy), dx);
}

void compute_filter_gradient(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  TF_Tensor *x = call.input(0), *dy = call.input(1);
  if (!x || !dy || TF_NumDims(x) != 4 || TF_NumDims(dy) != 4 || TF_Dim(x, 0) != TF_Dim(dy, 0) || options.stride < 1) return call.fail("images and gradient must fit together");
  const Shape s{TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), TF_Dim(x, 3), TF_Dim(dy, 3), options.height, options.width, options.stride};
  if (TF_Dim(dy, 1) != s.down || TF_Dim(dy, 2) != s.across) return call.fail("the gradient must have the size of the convolution's result");
  float* dfilter = call.output(0, {s.tall, s.wide, s.inputs, s.outputs});
  if (dfilter) filterGradient(s, values(x), values(dy), dfilter);
}

// Defined when the binding is loaded.
const bool defined = [] {
  const auto sizes = {"stride: int", "height: int", "width: int"};
  define<Options>("NaiveDiffusionSmallConv", {"x: float", "filter: float"}, {"y: float"}, sizes, compute);
  define<Options>("NaiveDiffusionSmallConvInputGrad", {"filter: float", "dy: float"}, {"dx: float"}, sizes, compute_input_gradient);
  define<Options>("NaiveDiffusionSmallConvFilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, sizes, compute_filter_gradient);
  return true;
}();

}  // namespace
