// What comes after a convolution: something is added, and relu.
#pragma once
namespace naive_diffusion {

// What is added to images [images, pixels, channels]: for each channel a number, the same for all pixels; or for each
// pixel and channel a number `still`, the same for all images; or still + level·moving, with a level for each image.
struct Addend {
  const float* still = nullptr;   // [channels] or [pixels, channels]; null: nothing is added
  const float* moving = nullptr;  // [pixels, channels], or null
  const float* level = nullptr;   // [images]
  bool perPixel = false;
  bool relu = false;  // afterwards
};

}  // namespace naive_diffusion
