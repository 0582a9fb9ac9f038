// What operations of our own on TensorFlow's C interface have in common.
#pragma once
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"
#include "vectors.h"

namespace naive_diffusion {

// Ends an operation: what is wrong with its inputs.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws unless `holds`.
inline void expect(bool holds, const char* otherwise) {
  if (!holds) throw Refused(otherwise);
}

// The inputs and outputs of one call, given back at its end.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  TF_Tensor* input(int i) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, i, &tensor, status_);
    if (!tensor || TF_GetCode(status_) != TF_OK) throw Refused("an input is missing");
    return keep(tensor);
  }

  // Of `dims`, with nothing in it yet.
  float* output(int i, const std::vector<int64_t>& dims) {
    size_t bytes = sizeof(float);
    for (int64_t d : dims) bytes *= static_cast<size_t>(d);
    TF_Tensor* tensor = TF_AllocateOutput(context_, i, TF_FLOAT, dims.data(), static_cast<int>(dims.size()), bytes, status_);
    if (!tensor || TF_GetCode(status_) != TF_OK) throw std::bad_alloc();
    return static_cast<float*>(TF_TensorData(keep(tensor)));
  }

  void fail(TF_Code code, const char* message) {
    TF_SetStatus(status_, code, message);
    TF_OpKernelContext_Failure(context_, status_);
  }

 private:
  TF_Tensor* keep(TF_Tensor* tensor) {
    try {
      tensors_.push_back(tensor);
    } catch (...) {
      TF_DeleteTensor(tensor);
      throw;
    }
    return tensor;
  }

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

inline bool flag(TF_OpKernelConstruction* construction, const char* name) {
  unsigned char value = 0;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrBool(construction, name, &value, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return value != 0;
}

inline int64_t number(TF_OpKernelConstruction* construction, const char* name) {
  int64_t value = 0;
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, name, &value, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return value;
}

// The options of an operation, read when TensorFlow makes it; `Options` has a constructor that reads them.
template <class Options>
void* create(TF_OpKernelConstruction* construction) { return new Options(construction); }
template <class Options>
void destroy(void* options) { delete static_cast<Options*>(options); }

// One call of an operation. TensorFlow is C to us: an exception must not reach it, and becomes its error here.
template <class Options, void (*compute)(const Options&, Call&)>
void run(void* options, TF_OpKernelContext* context) {
  Call call(context);
  try {
    expect(runsHere(), "it was compiled for another processor; set-up with NAIVE_DIFFUSION_PROCESSORS=all compiles it for all");
    compute(*static_cast<Options*>(options), call);
  } catch (const Refused& reason) {
    call.fail(TF_INVALID_ARGUMENT, reason.what());
  } catch (const std::bad_alloc&) {
    call.fail(TF_RESOURCE_EXHAUSTED, "there is not enough memory");
  } catch (const std::exception& error) {
    call.fail(TF_INTERNAL, error.what());
  }
}

// Makes an operation known. Call it when the binding is loaded.
template <class Options, void (*compute)(const Options&, Call&)>
void define(const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs,
            std::initializer_list<const char*> attributes) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, [](TF_ShapeInferenceContext* context, TF_Status* status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  });
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_KernelBuilder* builder = TF_NewKernelBuilder(name, "CPU", create<Options>, run<Options, compute>, destroy<Options>);
    TF_RegisterKernelBuilder(name, builder, status);
  }
  if (TF_GetCode(status) != TF_OK) std::fprintf(stderr, "naive-diffusion: %s: %s\n", name, TF_Message(status));
  TF_DeleteStatus(status);
}

}  // namespace naive_diffusion
