// Adding and relu after a convolution, and the way back, as TensorFlow operations that pass over the images once.
#include "finish.h"

#include <algorithm>
#include <cstring>

#include "loops.h"
#include "operation.h"
#include "parallel.h"

namespace {

using namespace naive_diffusion;

struct Options {
  explicit Options(TF_OpKernelConstruction* construction) : relu(flag(construction, "relu")) {}
  const bool relu;
};

// Numbers from … to of one image.
FOR_EACH_PROCESSOR
void add(const float* x, const Addend& addend, float level, float* y, int64_t from, int64_t to) {
  const float floor = addend.relu ? 0.0f : -__builtin_inff();
  const float *__restrict in = x, *__restrict still = addend.still, *__restrict moving = addend.moving;
  float* __restrict out = y;
  if (moving) {
    for (int64_t i = from; i < to; i++) out[i] = std::max(in[i] + (still[i] + level * moving[i]), floor);
  } else {
    for (int64_t i = from; i < to; i++) out[i] = std::max(in[i] + still[i], floor);
  }
}

// Of all images, numbers from … to: dx, and its sums over the images, plain and weighted by the level.
FOR_EACH_PROCESSOR
void addBack(const float* dy, const float* y, const float* level, int64_t images, int64_t size, float* dx, float* still, float* moving, int64_t from, int64_t to) {
  const int64_t n = to - from;
  float* __restrict sum = still + from;
  float* __restrict weighted = moving ? moving + from : nullptr;
  std::memset(sum, 0, n * sizeof(float));
  if (weighted) std::memset(weighted, 0, n * sizeof(float));
  for (int64_t image = 0; image < images; image++) {
    const float *__restrict d = dy + image * size + from, *__restrict out = y + image * size + from;
    float* __restrict back = dx + image * size + from;
    if (weighted) {
      const float t = level[image];
      for (int64_t i = 0; i < n; i++) {
        const float kept = out[i] > 0.0f ? d[i] : 0.0f;
        back[i] = kept;
        sum[i] += kept;
        weighted[i] += t * kept;
      }
    } else {
      for (int64_t i = 0; i < n; i++) {
        const float kept = out[i] > 0.0f ? d[i] : 0.0f;
        back[i] = kept;
        sum[i] += kept;
      }
    }
  }
}

// Calls work(from, to) for parts of 0 … n that are worth a thread.
template <typename Work>
void share(int64_t n, int64_t perNumber, const Work& work) {
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>(4 * threads(), n * perNumber >> 14));
  Pool::shared().run(parts, [&](int64_t part) { work(n * part / parts, n * (part + 1) / parts); });
}

// parts: one image, or two of them, of which the second is weighted by each image's level: [images].
void check(TF_Tensor* x, int64_t parts, TF_Tensor* level) {
  expect(TF_NumDims(x) >= 2, "images must have at least two axes");
  expect(parts == 1 || parts == 2, "there must be one part or two");
  expect(parts == 1 || TF_TensorElementCount(level) == TF_Dim(x, 0), "there must be a level for each image");
}

// Numbers in an image of [images, …].
int64_t sizeOf(TF_Tensor* images) {
  int64_t size = 1;
  for (int i = 1; i < TF_NumDims(images); i++) size *= TF_Dim(images, i);
  return size;
}

void compute(const Options& options, Call& call) {
  TF_Tensor *x = call.input(0), *parts = call.input(1), *level = call.input(2);
  expect(TF_NumDims(parts) >= 1, "parts must be [1 or 2, …]");
  check(x, TF_Dim(parts, 0), level);
  const int64_t images = TF_Dim(x, 0), size = sizeOf(x);
  expect(TF_TensorElementCount(parts) == TF_Dim(parts, 0) * size, "the parts must have the size of the images");
  float* y = call.output(0, dims(x));
  Addend addend;
  addend.still = values(parts);
  addend.moving = TF_Dim(parts, 0) == 2 ? values(parts) + size : nullptr;
  addend.relu = options.relu;
  share(images, size, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) add(values(x) + i * size, addend, addend.moving ? values(level)[i] : 0.0f, y + i * size, 0, size);
  });
}

struct GradientOptions {
  explicit GradientOptions(TF_OpKernelConstruction* construction) : parts(number(construction, "parts")) {}
  const int64_t parts;
};

void computeGradient(const GradientOptions& options, Call& call) {
  TF_Tensor *dy = call.input(0), *y = call.input(1), *level = call.input(2);
  check(dy, options.parts, level);
  expect(dims(y) == dims(dy), "y must have the shape of its gradient");
  const int64_t images = TF_Dim(dy, 0), size = sizeOf(dy);
  std::vector<int64_t> shape = dims(dy);
  float* dx = call.output(0, shape);
  shape[0] = options.parts;
  float* dparts = call.output(1, shape);
  constexpr int64_t some = 1024;  // whose sums stay in the first cache
  share(size, images, [&](int64_t from, int64_t to) {
    for (; from < to; from += some) {
      addBack(values(dy), values(y), values(level), images, size, dx, dparts, options.parts == 2 ? dparts + size : nullptr, from, std::min(from + some, to));
    }
  });
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionAdd", {"x: float", "parts: float", "level: float"}, {"y: float"}, {"relu: bool"});
  define<GradientOptions, computeGradient>("NaiveDiffusionAddReluGrad", {"dy: float", "y: float", "level: float"},
                                           {"dx: float", "dparts: float"}, {"parts: int"});
  return true;
}();

}  // namespace
