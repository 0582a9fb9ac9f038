// What the operations of this folder have in common: how a call is read and answered, and how work is shared out among threads.
#ifndef NAIVE_DIFFUSION_KERNEL_H_
#define NAIVE_DIFFUSION_KERNEL_H_

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// Each processor runs the code made for it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
// Functions inside the loops above have to become part of them, or the loops do not become vector instructions.
#define PART_OF_LOOP __attribute__((always_inline)) inline

namespace naive_diffusion {

inline int threads() {
  static const int count = [] {
    const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int n = wanted ? std::atoi(wanted) : 0;
    return n > 0 ? n : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }();
  return count;
}

// Splits `count` pieces of work among threads, `least` pieces or more for each; `work` gets the first piece of a part and the one after its last.
template <typename Work>
void in_parts(int64_t count, int64_t least, const Work& work) {
  const int64_t parts = std::max<int64_t>(1, std::min<int64_t>({threads(), count, count / std::max<int64_t>(1, least)}));
  std::vector<std::thread> others;
  for (int64_t part = 1; part < parts; part++) others.emplace_back([=, &work] { work(count * part / parts, count * (part + 1) / parts); });
  work(0, count / parts);
  for (auto& other : others) other.join();
}

// The inputs and outputs of one call, given back at its end.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  TF_Tensor* input(int i) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, i, &tensor, status_);
    if (tensor) tensors_.push_back(tensor);
    return tensor;
  }
  float* output(int i, const std::vector<int64_t>& dims) {
    size_t bytes = sizeof(float);
    for (int64_t d : dims) bytes *= d;
    TF_Tensor* tensor = TF_AllocateOutput(context_, i, TF_FLOAT, dims.data(), static_cast<int>(dims.size()), bytes, status_);
    if (!tensor || TF_GetCode(status_) != TF_OK) {
      fail("the memory for an output could not be had");
      return nullptr;
    }
    tensors_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }
  void fail(const char* message) {
    TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
    TF_OpKernelContext_Failure(context_, status_);
  }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

inline const float* values(TF_Tensor* tensor) { return static_cast<const float*>(TF_TensorData(tensor)); }

inline std::vector<int64_t> dims(TF_Tensor* tensor) {
  std::vector<int64_t> all;
  for (int i = 0; i < TF_NumDims(tensor); i++) all.push_back(TF_Dim(tensor, i));
  return all;
}

// An operation's truth value or whole number, set when it is built.
inline bool attribute(TF_OpKernelConstruction* construction, const char* name, int64_t* value) {
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, name, value, status);
  const bool good = TF_GetCode(status) == TF_OK;
  if (!good) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return good;
}

inline bool attribute(TF_OpKernelConstruction* construction, const char* name, bool* value) {
  TF_Status* status = TF_NewStatus();
  unsigned char bit = 0;
  TF_OpKernelConstruction_GetAttrBool(construction, name, &bit, status);
  const bool good = TF_GetCode(status) == TF_OK;
  if (!good) TF_OpKernelConstruction_Failure(construction, status);
  *value = bit != 0;
  TF_DeleteStatus(status);
  return good;
}

struct Definition {
  std::vector<const char*> inputs, outputs, attributes;
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
  void (*destroy)(void*);
};

// Makes an operation known to TensorFlow, for the processor; the binding does so when it is loaded.
inline bool define(const char* name, const Definition& d) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : d.inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : d.outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : d.attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, [](TF_ShapeInferenceContext* context, TF_Status* status) { TF_ShapeInferenceContextSetUnknownShape(context, status); });
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) == TF_OK) TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", d.create, d.compute, d.destroy), status);
  const bool good = TF_GetCode(status) == TF_OK;
  if (!good) std::fprintf(stderr, "naive-diffusion: %s: %s\n", name, TF_Message(status));
  TF_DeleteStatus(status);
  return good;
}

}  // namespace naive_diffusion

#endif  // NAIVE_DIFFUSION_KERNEL_H_
