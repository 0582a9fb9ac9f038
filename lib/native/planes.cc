// Adding to a convolution what it makes of the planes (the level and the coordinates), and the relu after it, in one pass.
// lib/src/networks/planes.ts has the same in TensorFlow.js.
#include "kernel.h"

namespace {

using namespace naive_diffusion;

// Columns that stay in the cache while all images are gone through.
constexpr int64_t kBlock = 2048;
// A thread takes longer to start than fewer numbers take.
constexpr int64_t kLeast = 1 << 15;

// y = x + still + t·moving for the columns from `first` to `end` of all images, then relu if asked for.
FOR_EACH_PROCESSOR
void forward(const float* x, const float* still, const float* moving, const float* t, float* y, int64_t images, int64_t size, int64_t first, int64_t end, bool relu) {
  for (int64_t begin = first; begin < end; begin += kBlock) {
    const int64_t stop = std::min(end, begin + kBlock);
    for (int64_t image = 0; image < images; image++) {
      const float* __restrict in = x + image * size;
      float* __restrict out = y + image * size;
      const float level = t[image];
      if (relu) {
#pragma GCC ivdep
        for (int64_t i = begin; i < stop; i++) {
          const float sum = in[i] + still[i] + level * moving[i];
          out[i] = sum < 0.0f ? 0.0f : sum;  // what is not a number stays so
        }
      } else {
#pragma GCC ivdep
        for (int64_t i = begin; i < stop; i++) out[i] = in[i] + still[i] + level * moving[i];
      }
    }
  }
}

// dx = dy where y is above 0 (or everywhere, without relu); its sum over the images, and that of t·dx.
FOR_EACH_PROCESSOR
void backward(const float* dy, const float* y, const float* t, float* dx, float* still, float* moving, int64_t images, int64_t size, int64_t first, int64_t end, bool relu) {
  std::fill(still + first, still + end, 0.0f);
  std::fill(moving + first, moving + end, 0.0f);
  for (int64_t begin = first; begin < end; begin += kBlock) {
    const int64_t stop = std::min(end, begin + kBlock);
    for (int64_t image = 0; image < images; image++) {
      const float *__restrict in = dy + image * size, *__restrict result = y + image * size;
      float* __restrict out = dx + image * size;
      const float level = t[image];
#pragma GCC ivdep
      for (int64_t i = begin; i < stop; i++) {
        const float d = relu && !(result[i] > 0.0f) ? 0.0f : in[i];
        out[i] = d;
        still[i] += d;
        moving[i] += level * d;
      }
    }
  }
}

struct Options {
  bool relu;
};

// The number of values of one image; negative where t does not fit.
int64_t size_of(TF_Tensor* x, TF_Tensor* t) {
  if (!x || !t || TF_NumDims(x) < 1 || TF_NumDims(t) != 1 || TF_Dim(t, 0) != TF_Dim(x, 0)) return -1;
  return TF_Dim(x, 0) == 0 ? 0 : static_cast<int64_t>(TF_TensorByteSize(x) / sizeof(float)) / TF_Dim(x, 0);
}

bool holds(TF_Tensor* tensor, int64_t count) { return tensor && static_cast<int64_t>(TF_TensorByteSize(tensor) / sizeof(float)) == count; }

void compute(void* kernel, TF_OpKernelContext* context) {
  const bool relu = static_cast<Options*>(kernel)->relu;
  Call call(context);
  TF_Tensor *x = call.input(0), *still = call.input(1), *moving = call.input(2), *t = call.input(3);
  const int64_t size = size_of(x, t);
  if (size < 0 || !holds(still, size) || !holds(moving, size)) return call.fail("x must be [images, …], t [images], and still and moving one image each");
  float* y = call.output(0, dims(x));
  if (!y) return;
  const int64_t images = TF_Dim(x, 0);
  in_parts(size, kLeast / std::max<int64_t>(1, images), [&](int64_t first, int64_t end) {
    forward(values(x), values(still), values(moving), values(t), y, images, size, first, end, relu);
  });
}

void compute_gradient(void* kernel, TF_OpKernelContext* context) {
  const bool relu = static_cast<Options*>(kernel)->relu;
  Call call(context);
  TF_Tensor *dy = call.input(0), *y = call.input(1), *t = call.input(2);
  const int64_t size = size_of(y, t);
  if (size < 0 || !holds(dy, size * TF_Dim(y, 0))) return call.fail("dy and y must have one shape, [images, …], and t must be [images]");
  const int64_t images = TF_Dim(y, 0);
  std::vector<int64_t> one = dims(y);
  one[0] = 1;
  float* dx = call.output(0, dims(y));
  float* still = call.output(1, one);
  float* moving = call.output(2, one);
  if (!dx || !still || !moving) return;
  in_parts(size, kLeast / std::max<int64_t>(1, images), [&](int64_t first, int64_t end) {
    backward(values(dy), values(y), values(t), dx, still, moving, images, size, first, end, relu);
  });
}

void* create(TF_OpKernelConstruction* construction) {
  auto* options = new Options{false};
  attribute(construction, "relu", &options->relu);
  return options;
}

void destroy(void* kernel) { delete static_cast<Options*>(kernel); }

const bool defined =
    define("NaiveDiffusionAddPlanes", {{"x: float", "still: float", "moving: float", "t: float"}, {"y: float"}, {"relu: bool"}, create, compute, destroy}) &&
    define("NaiveDiffusionAddPlanesGrad", {{"dy: float", "y: float", "t: float"}, {"dx: float", "dstill: float", "dmoving: float"}, {"relu: bool"}, create, compute_gradient, destroy});

}  // namespace
