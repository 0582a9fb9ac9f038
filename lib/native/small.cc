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
  // Nothing but such shapes may reach the loops. Without channels or without a filter TensorFlow's own refuses, too.
  Shape(int64_t images, int64_t height, int64_t width, int64_t inputs, int64_t outputs, int64_t tall, int64_t wide, int64_t stride)
      : images(images), height(height), width(width), inputs(inputs), outputs(outputs), tall(tall), wide(wide), stride(stride) {
    expect(stride >= 1, "stride must be at least 1");
    expect(height >= 0 && width >= 0, "height and width must not be below 0");
    expect(tall > 0 && wide > 0, "the filter must not be empty");
    expect(inputs > 0 && outputs > 0, "there must be at least one channel, in and out");
    down = (height + stride - 1) / stride;
    across = (width + stride - 1) / stride;
    above = std::max<int64_t>(0, (down - 1) * stride + tall - height) / 2;
    before = std::max<int64_t>(0, (across - 1) * stride + wide - width) / 2;
  }
  const int64_t images, height, width, inputs, outputs, tall, wide, stride;
  int64_t down, across, above, before;
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

void checkResult(TF_Tensor* dy, const Shape& s) {
  expect(TF_Dim(dy, 0) == s.images && TF_Dim(dy, 1) == s.down && TF_Dim(dy, 2) == s.across,
         "the gradient must have the size of the convolution's result");
}

void compute(const Options& options, Call& call) {
  TF_Tensor *x = call.input(0), *filter = call.input(1);
  expect(TF_NumDims(x) == 4 && TF_NumDims(filter) == 4 && TF_Dim(x, 3) == TF_Dim(filter, 2), "images and filter must fit together");
  const Shape s(TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), TF_Dim(x, 3), TF_Dim(filter, 3), TF_Dim(filter, 0), TF_Dim(filter, 1), options.stride);
  float* y = call.output(0, {s.images, s.down, s.across, s.outputs});
  forward(s, values(x), values(filter), y);
}

void computeInputGradient(const Options& options, Call& call) {
  TF_Tensor *filter = call.input(0), *dy = call.input(1);
  expect(TF_NumDims(dy) == 4 && TF_NumDims(filter) == 4 && TF_Dim(dy, 3) == TF_Dim(filter, 3), "gradient and filter must fit together");
  const Shape s(TF_Dim(dy, 0), options.height, options.width, TF_Dim(filter, 2), TF_Dim(filter, 3), TF_Dim(filter, 0), TF_Dim(filter, 1), options.stride);
  checkResult(dy, s);
  float* dx = call.output(0, {s.images, s.height, s.width, s.inputs});
  inputGradient(s, values(filter), values(dy), dx);
}

void computeFilterGradient(const Options& options, Call& call) {
  TF_Tensor *x = call.input(0), *dy = call.input(1);
  expect(TF_NumDims(x) == 4 && TF_NumDims(dy) == 4, "images and gradient must have four axes");
  const Shape s(TF_Dim(x, 0), TF_Dim(x, 1), TF_Dim(x, 2), TF_Dim(x, 3), TF_Dim(dy, 3), options.height, options.width, options.stride);
  checkResult(dy, s);
  float* dfilter = call.output(0, {s.tall, s.wide, s.inputs, s.outputs});
  filterGradient(s, values(x), values(dy), dfilter);
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  const auto sizes = {"stride: int", "height: int", "width: int"};
  define<Options, compute>("NaiveDiffusionSmallConv", {"x: float", "filter: float"}, {"y: float"}, sizes);
  define<Options, computeInputGradient>("NaiveDiffusionSmallConvInputGrad", {"filter: float", "dy: float"}, {"dx: float"}, sizes);
  define<Options, computeFilterGradient>("NaiveDiffusionSmallConvFilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, sizes);
  return true;
}();

}  // namespace
