// Group normalisation and SiLU as two TensorFlow operations for the processor, which pass over the images twice where
// separate operations pass over them ten times. lib/src/backend/group-norm.ts describes them and has the same in
// TensorFlow.js.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "loops.h"
#include "operation.h"
#include "parallel.h"

namespace {

using namespace naive_diffusion;

struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : groups(number(construction, "groups")), silu(flag(construction, "silu")) {}
  const int64_t groups;
  const bool silu;
};

struct Shape {
  int64_t images, pixels, channels;
};

// exp(x) to about 1e-7 of its value, made of what compilers turn into vector instructions: 2^n times a polynomial in
// the rest.
PART_OF_LOOP float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 87.0f ? 87.0f : x;
  const float n = (x * 1.44269504f + 12582912.0f) - 12582912.0f;  // rounds to a whole number
  const float f = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f / 5040;
  p = p * f + 1.0f / 720;
  p = p * f + 1.0f / 120;
  p = p * f + 1.0f / 24;
  p = p * f + 1.0f / 6;
  p = p * f + 0.5f;
  p = p * f + 1.0f;
  p = p * f + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) * (1 << 23);
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return p * power;
}

// What happens to one image. Rows of `scale` and `offset` are this image's; `mean` and `r` have one number for each
// group.
FOR_EACH_PROCESSOR
void forward(const float* x, const float* scale, const float* offset, float epsilon, float* y, float* mean, float* r, float* room, Shape shape, Options options) {
  const int64_t channels = shape.channels, pixels = shape.pixels, size = channels / options.groups;
  float *__restrict sum = room, *__restrict squares = room + channels, *__restrict a = room + 2 * channels, *__restrict b = room + 3 * channels;
  std::fill(sum, sum + 2 * channels, 0.0f);
  for (int64_t i = 0; i < pixels; i++) {
    const float* row = x + i * channels;
    for (int64_t c = 0; c < channels; c++) {
      sum[c] += row[c];
      squares[c] += row[c] * row[c];
    }
  }
  for (int64_t g = 0; g < options.groups; g++) {
    double total = 0, square = 0;
    for (int64_t c = g * size; c < (g + 1) * size; c++) {
      total += sum[c];
      square += squares[c];
    }
    const double n = static_cast<double>(pixels) * size;
    const double mu = total / n;
    mean[g] = static_cast<float>(mu);
    r[g] = static_cast<float>(1 / std::sqrt(std::max(square / n - mu * mu, 0.0) + epsilon));
    for (int64_t c = g * size; c < (g + 1) * size; c++) {
      a[c] = r[g] * scale[c];
      b[c] = offset[c] - mean[g] * a[c];
    }
  }
  for (int64_t i = 0; i < pixels; i++) {
    const float* __restrict row = x + i * channels;
    float* __restrict out = y + i * channels;
    if (options.silu) {
      for (int64_t c = 0; c < channels; c++) {
        const float t = row[c] * a[c] + b[c];
        out[c] = t / (1.0f + exponential(-t));
      }
    } else {
      for (int64_t c = 0; c < channels; c++) out[c] = row[c] * a[c] + b[c];
    }
  }
}

// dx = a·d − r·(m1 + x̂·m2), where d is the gradient before the activation, and m1, m2 are the group's means of scale·d
// and scale·d·x̂.
FOR_EACH_PROCESSOR
void backward(const float* dy, const float* x, const float* scale, const float* offset, const float* mean, const float* r,
              float* dx, float* dscale, float* doffset, float* room, Shape shape, Options options) {
  const int64_t channels = shape.channels, pixels = shape.pixels, size = channels / options.groups;
  float *__restrict a = room, *__restrict b = room + channels, *__restrict slope = room + 2 * channels, *__restrict constant = room + 3 * channels;
  float *__restrict sum = doffset, *__restrict product = dscale;
  std::fill(sum, sum + channels, 0.0f);
  std::fill(product, product + channels, 0.0f);
  for (int64_t c = 0; c < channels; c++) {
    a[c] = r[c / size] * scale[c];
    b[c] = offset[c] - mean[c / size] * a[c];
  }
  for (int64_t i = 0; i < pixels; i++) {
    const float *__restrict row = x + i * channels, *__restrict grad = dy + i * channels;
    float* __restrict out = dx + i * channels;
    if (options.silu) {
#pragma GCC ivdep
      for (int64_t c = 0; c < channels; c++) {
        const float t = row[c] * a[c] + b[c];
        const float s = 1.0f / (1.0f + exponential(-t));
        const float d = grad[c] * s * (1.0f + t * (1.0f - s));
        out[c] = d;
        sum[c] += d;
        product[c] += d * row[c];
      }
    } else {
      for (int64_t c = 0; c < channels; c++) {
        out[c] = grad[c];
        sum[c] += grad[c];
        product[c] += grad[c] * row[c];
      }
    }
  }
  for (int64_t g = 0; g < options.groups; g++) {
    double m1 = 0, m2 = 0;
    for (int64_t c = g * size; c < (g + 1) * size; c++) {
      dscale[c] = r[g] * (product[c] - mean[g] * sum[c]);
      m1 += scale[c] * sum[c];
      m2 += scale[c] * dscale[c];
    }
    const double n = static_cast<double>(pixels) * size;
    const float steep = static_cast<float>(r[g] * r[g] * m2 / n);
    const float rest = static_cast<float>(steep * mean[g] - r[g] * m1 / n);
    std::fill(slope + g * size, slope + (g + 1) * size, steep);
    std::fill(constant + g * size, constant + (g + 1) * size, rest);
  }
  for (int64_t i = 0; i < pixels; i++) {
    const float* __restrict row = x + i * channels;
    float* __restrict out = dx + i * channels;
    for (int64_t c = 0; c < channels; c++) out[c] = out[c] * a[c] - row[c] * slope[c] + constant[c];
  }
}

// Shares the images out among threads, unless they are too small for that.
template <typename Work>
void each_image(const Shape& shape, const Work& work) {
  const int64_t least = 1 << 15;
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>({2 * threads(), shape.images, shape.images * shape.pixels * shape.channels / least}));
  Pool::shared().run(parts, [&](int64_t part) {
    std::vector<float> room(4 * shape.channels);
    for (int64_t i = shape.images * part / parts; i < shape.images * (part + 1) / parts; i++) work(i, room.data());
  });
}

// From one image's row to the next: 0 where all images share one.
int64_t stride(TF_Tensor* rows, const Shape& shape) { return TF_Dim(rows, 0) == 1 ? 0 : shape.channels; }

// x is [images, …, channels]; scale and offset are [1 or images, channels]. Nothing else may reach the loops.
bool check(Call& call, TF_Tensor* x, TF_Tensor* scale, TF_Tensor* offset, const Options& options, Shape* shape) {
  if (!x || !scale || !offset) return call.fail("an input is missing"), false;
  const int rank = TF_NumDims(x);
  if (rank < 2) return call.fail("x must have at least two axes"), false;
  *shape = {TF_Dim(x, 0), 1, TF_Dim(x, rank - 1)};
  for (int i = 1; i < rank - 1; i++) shape->pixels *= TF_Dim(x, i);
  for (TF_Tensor* rows : {scale, offset}) {
    const bool fits = TF_NumDims(rows) == 2 && TF_Dim(rows, 1) == shape->channels && (TF_Dim(rows, 0) == 1 || TF_Dim(rows, 0) == shape->images);
    if (!fits) return call.fail("scale and offset must be [1 or images, channels]"), false;
  }
  if (options.groups < 1 || shape->channels % options.groups != 0) return call.fail("groups must divide the channels"), false;
  return true;
}

void compute(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  TF_Tensor *x = call.input(0), *scale = call.input(1), *offset = call.input(2), *epsilon = call.input(3);
  Shape shape;
  if (!epsilon || !check(call, x, scale, offset, options, &shape)) return;
  float* y = call.output(0, dims(x));
  float* mean = call.output(1, {shape.images, options.groups, 1});
  float* r = call.output(2, {shape.images, options.groups, 1});
  if (!y || !mean || !r) return;
  const int64_t size = shape.pixels * shape.channels;
  each_image(shape, [&](int64_t i, float* room) {
    forward(values(x) + i * size, values(scale) + i * stride(scale, shape), values(offset) + i * stride(offset, shape), *values(epsilon),
            y + i * size, mean + i * options.groups, r + i * options.groups, room, shape, options);
  });
}

void compute_gradient(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  TF_Tensor *dy = call.input(0), *x = call.input(1), *scale = call.input(2), *offset = call.input(3), *mean = call.input(4), *r = call.input(5);
  Shape shape;
  if (!check(call, x, scale, offset, options, &shape)) return;
  const size_t statistics = sizeof(float) * shape.images * options.groups;
  if (!dy || !mean || !r || TF_TensorByteSize(dy) != TF_TensorByteSize(x) || TF_TensorByteSize(mean) != statistics || TF_TensorByteSize(r) != statistics) {
    return call.fail("dy must have the shape of x, and mean and r one number for each image and group");
  }
  float* dx = call.output(0, dims(x));
  float* dscale = call.output(1, {shape.images, shape.channels});
  float* doffset = call.output(2, {shape.images, shape.channels});
  if (!dx || !dscale || !doffset) return;
  const int64_t size = shape.pixels * shape.channels;
  each_image(shape, [&](int64_t i, float* room) {
    backward(values(dy) + i * size, values(x) + i * size, values(scale) + i * stride(scale, shape), values(offset) + i * stride(offset, shape),
             values(mean) + i * options.groups, values(r) + i * options.groups,
             dx + i * size, dscale + i * shape.channels, doffset + i * shape.channels, room, shape, options);
  });
}

// Defined when the binding is loaded.
const bool defined = [] {
  define<Options>("NaiveDiffusionGroupNorm", {"x: float", "scale: float", "offset: float", "epsilon: float"}, {"y: float", "mean: float", "r: float"},
                  {"groups: int", "silu: bool"}, compute);
  define<Options>("NaiveDiffusionGroupNormGrad", {"dy: float", "x: float", "scale: float", "offset: float", "mean: float", "r: float"},
                  {"dx: float", "dscale: float", "doffset: float"}, {"groups: int", "silu: bool"}, compute_gradient);
  return true;
}();

}  // namespace
