// What is added after a convolution, as the inputs of an operation.
#pragma once
#include "finish.h"
#include "operation.h"

namespace naive_diffusion {

// Of images of [height, width, channels] each. parts: nothing, [channels], or [1 or 2, height, width, channels]; level:
// [images], where there are two parts.
inline Addend readAddend(TF_Tensor* parts, TF_Tensor* level, int64_t images, int64_t pixels, int64_t channels, bool relu) {
  Addend addend;
  addend.relu = relu;
  const int64_t size = TF_TensorElementCount(parts), image = pixels * channels;
  if (size == 0) return addend;
  addend.still = values(parts);
  if (TF_NumDims(parts) == 1 && size == channels) return addend;
  const int64_t count = TF_NumDims(parts) == 4 ? TF_Dim(parts, 0) : 0;
  expect((count == 1 || count == 2) && size == count * image, "what is added must be [channels], or one or two images");
  addend.perPixel = true;
  if (count == 1) return addend;
  expect(TF_TensorElementCount(level) == images, "there must be a level for each image");
  addend.moving = addend.still + image;
  addend.level = values(level);
  return addend;
}

}  // namespace naive_diffusion
