// Group normalisation and SiLU as two TensorFlow operations for the processor, which pass over the images two or
// three times where separate operations pass over them ten times. lib/src/backend/group-norm.ts describes them and has
// the same in TensorFlow.js.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "exponential.h"
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

// What a thread needs for one image.
struct Room {
  explicit Room(const Shape& shape, const Options& options) : channels(shape.channels), rows(4 * shape.channels), totals(options.groups) {}
  float* row(int i) { return rows.data() + i * channels; }  // numbers for each channel, four times
  const int64_t channels;
  std::vector<float> rows;
  std::vector<double> totals;  // a number for each group
};

// Adds term(channel, value) up over all pixels, for each group. Channels are summed over few pixels at a time, so that
// what has been added so far does not swallow the digits of what comes.
template <typename Term>
PART_OF_LOOP void addUp(const float* x, const Shape& shape, int64_t groups, float* sum, double* totals, const Term& term) {
  const int64_t channels = shape.channels, size = channels / groups, few = 64;
  std::fill(totals, totals + groups, 0.0);
  for (int64_t first = 0; first < shape.pixels; first += few) {
    const int64_t last = std::min(first + few, shape.pixels);
    std::fill(sum, sum + channels, 0.0f);
    int64_t i = first;
    for (; i + 4 <= last; i += 4) {  // four at once: sums are read and written less often
      const float *__restrict p = x + i * channels, *__restrict q = p + channels, *__restrict r = q + channels, *__restrict s = r + channels;
      for (int64_t c = 0; c < channels; c++) sum[c] += (term(c, p[c]) + term(c, q[c])) + (term(c, r[c]) + term(c, s[c]));
    }
    for (; i < last; i++) {
      const float* __restrict p = x + i * channels;
      for (int64_t c = 0; c < channels; c++) sum[c] += term(c, p[c]);
    }
    for (int64_t g = 0; g < groups; g++) {
      for (int64_t c = g * size; c < (g + 1) * size; c++) totals[g] += sum[c];
    }
  }
}

// What happens to one image. Rows of `scale` and `offset` are this image's; `mean` and `r` have one number for each
// group. The variance is that of the differences from the mean: mean square less squared mean would cancel where the
// mean is large (Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance").
FOR_EACH_PROCESSOR
void forward(const float* x, const float* scale, const float* offset, float epsilon, float* y, float* mean, float* r, Room& room, Shape shape, Options options) {
  const int64_t channels = shape.channels, pixels = shape.pixels, groups = options.groups, size = channels / groups;
  const double n = static_cast<double>(std::max<int64_t>(1, pixels * size));  // of no pixels, the mean is 0
  float *__restrict sum = room.row(0), *__restrict middle = room.row(1), *__restrict a = room.row(2);
  double* totals = room.totals.data();
  addUp(x, shape, groups, sum, totals, [](int64_t, float value) __attribute__((always_inline)) { return value; });
  for (int64_t g = 0; g < groups; g++) {
    mean[g] = static_cast<float>(totals[g] / n);
    std::fill(middle + g * size, middle + (g + 1) * size, mean[g]);
  }
  addUp(x, shape, groups, sum, totals, [middle](int64_t c, float value) __attribute__((always_inline)) {
    const float difference = value - middle[c];
    return difference * difference;
  });
  for (int64_t g = 0; g < groups; g++) {
    r[g] = static_cast<float>(1 / std::sqrt(totals[g] / n + epsilon));
    for (int64_t c = g * size; c < (g + 1) * size; c++) a[c] = r[g] * scale[c];
  }
  for (int64_t i = 0; i < pixels; i++) {
    const float* __restrict row = x + i * channels;
    float* __restrict out = y + i * channels;
    if (options.silu) {
      for (int64_t c = 0; c < channels; c++) {
        const float t = (row[c] - middle[c]) * a[c] + offset[c];
        out[c] = t / (1.0f + exponential(-t));
      }
    } else {
      for (int64_t c = 0; c < channels; c++) out[c] = (row[c] - middle[c]) * a[c] + offset[c];
    }
  }
}

// dx = a·d − r·(m1 + x̂·m2), where d is the gradient before the activation, and m1, m2 are the group's means of scale·d
// and scale·d·x̂. Everything is made of x − mean, for the same reason as above.
FOR_EACH_PROCESSOR
void backward(const float* dy, const float* x, const float* scale, const float* offset, const float* mean, const float* r,
              float* dx, float* dscale, float* doffset, Room& room, Shape shape, Options options) {
  const int64_t channels = shape.channels, pixels = shape.pixels, size = channels / options.groups;
  float *__restrict a = room.row(0), *__restrict middle = room.row(1), *__restrict slope = room.row(2), *__restrict constant = room.row(3);
  float *__restrict sum = doffset, *__restrict product = dscale;
  std::fill(sum, sum + channels, 0.0f);
  std::fill(product, product + channels, 0.0f);
  for (int64_t c = 0; c < channels; c++) {
    a[c] = r[c / size] * scale[c];
    middle[c] = mean[c / size];
  }
  for (int64_t i = 0; i < pixels; i++) {
    const float *__restrict row = x + i * channels, *__restrict grad = dy + i * channels;
    float* __restrict out = dx + i * channels;
    if (options.silu) {
      INDEPENDENT
      for (int64_t c = 0; c < channels; c++) {
        const float difference = row[c] - middle[c];
        const float t = difference * a[c] + offset[c];
        const float s = 1.0f / (1.0f + exponential(-t));
        const float d = grad[c] * s * (1.0f + t * (1.0f - s));
        out[c] = d;
        sum[c] += d;
        product[c] += d * difference;
      }
    } else {
      INDEPENDENT
      for (int64_t c = 0; c < channels; c++) {
        out[c] = grad[c];
        sum[c] += grad[c];
        product[c] += grad[c] * (row[c] - middle[c]);
      }
    }
  }
  const double n = static_cast<double>(pixels) * size;
  for (int64_t g = 0; g < options.groups; g++) {
    double m1 = 0, m2 = 0;
    for (int64_t c = g * size; c < (g + 1) * size; c++) {
      dscale[c] = r[g] * product[c];
      m1 += scale[c] * sum[c];
      m2 += scale[c] * dscale[c];
    }
    std::fill(slope + g * size, slope + (g + 1) * size, static_cast<float>(r[g] * r[g] * m2 / n));
    std::fill(constant + g * size, constant + (g + 1) * size, static_cast<float>(r[g] * m1 / n));
  }
  for (int64_t i = 0; i < pixels; i++) {
    const float* __restrict row = x + i * channels;
    float* __restrict out = dx + i * channels;
    for (int64_t c = 0; c < channels; c++) out[c] = out[c] * a[c] - (row[c] - middle[c]) * slope[c] - constant[c];
  }
}

// Shares the images out among threads, unless they are too small for that.
template <typename Work>
void eachImage(const Shape& shape, const Options& options, const Work& work) {
  const int64_t least = 1 << 15;
  const int64_t worth = shape.images * shape.pixels * shape.channels / least;
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>({8 * threads(), shape.images, worth}));
  Pool::shared().run(parts, [&](int64_t part) {
    Room room(shape, options);
    for (int64_t i = shape.images * part / parts; i < shape.images * (part + 1) / parts; i++) work(i, room);
  });
}

// From one image's row to the next: 0 where all images share one.
int64_t stride(TF_Tensor* rows, const Shape& shape) { return TF_Dim(rows, 0) == 1 ? 0 : shape.channels; }

// x is [images, …, channels]; scale and offset are [1 or images, channels]. Nothing else may reach the loops.
Shape shapeOf(TF_Tensor* x, TF_Tensor* scale, TF_Tensor* offset, const Options& options) {
  const int rank = TF_NumDims(x);
  expect(rank >= 2, "x must have at least two axes");
  Shape shape{TF_Dim(x, 0), 1, TF_Dim(x, rank - 1)};
  for (int i = 1; i < rank - 1; i++) shape.pixels *= TF_Dim(x, i);
  for (TF_Tensor* rows : {scale, offset}) {
    const bool fits = TF_NumDims(rows) == 2 && TF_Dim(rows, 1) == shape.channels && (TF_Dim(rows, 0) == 1 || TF_Dim(rows, 0) == shape.images);
    expect(fits, "scale and offset must be [1 or images, channels]");
  }
  expect(shape.channels > 0, "there must be at least one channel");
  expect(options.groups >= 1 && shape.channels % options.groups == 0, "groups must divide the channels");
  return shape;
}

void compute(const Options& options, Call& call) {
  TF_Tensor *x = call.input(0), *scale = call.input(1), *offset = call.input(2), *epsilon = call.input(3);
  const Shape shape = shapeOf(x, scale, offset, options);
  expect(TF_TensorElementCount(epsilon) == 1, "epsilon must be one number");
  float* y = call.output(0, dims(x));
  float* mean = call.output(1, {shape.images, options.groups, 1});
  float* r = call.output(2, {shape.images, options.groups, 1});
  const int64_t size = shape.pixels * shape.channels;
  eachImage(shape, options, [&](int64_t i, Room& room) {
    forward(values(x) + i * size, values(scale) + i * stride(scale, shape), values(offset) + i * stride(offset, shape), *values(epsilon),
            y + i * size, mean + i * options.groups, r + i * options.groups, room, shape, options);
  });
}

void computeGradient(const Options& options, Call& call) {
  TF_Tensor *dy = call.input(0), *x = call.input(1), *scale = call.input(2), *offset = call.input(3), *mean = call.input(4), *r = call.input(5);
  const Shape shape = shapeOf(x, scale, offset, options);
  const std::vector<int64_t> statistics{shape.images, options.groups, 1};
  expect(dims(dy) == dims(x), "dy must have the shape of x");
  expect(dims(mean) == statistics && dims(r) == statistics, "mean and r must be one number for each image and group");
  float* dx = call.output(0, dims(x));
  float* dscale = call.output(1, {shape.images, shape.channels});
  float* doffset = call.output(2, {shape.images, shape.channels});
  const int64_t size = shape.pixels * shape.channels;
  eachImage(shape, options, [&](int64_t i, Room& room) {
    backward(values(dy) + i * size, values(x) + i * size, values(scale) + i * stride(scale, shape), values(offset) + i * stride(offset, shape),
             values(mean) + i * options.groups, values(r) + i * options.groups,
             dx + i * size, dscale + i * shape.channels, doffset + i * shape.channels, room, shape, options);
  });
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionGroupNorm", {"x: float", "scale: float", "offset: float", "epsilon: float"},
                           {"y: float", "mean: float", "r: float"}, {"groups: int", "silu: bool"});
  define<Options, computeGradient>("NaiveDiffusionGroupNormGrad", {"dy: float", "x: float", "scale: float", "offset: float", "mean: float", "r: float"},
                                   {"dx: float", "dscale: float", "doffset: float"}, {"groups: int", "silu: bool"});
  return true;
}();

}  // namespace
