#include "tensorflow.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>

std::atomic<int64_t> allocationsLeft{-1};
std::atomic<bool> allocationFailed{false};

namespace {

// Whether this allocation is the one that is to fail.
bool fails() {
  if (allocationsLeft < 0 || allocationsLeft-- != 0) return false;
  return allocationFailed = true;
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (fails()) throw std::bad_alloc();
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc();
  return memory;
}

}  // namespace

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // it does not see that these two are a pair
#endif
void* operator new(std::size_t bytes) { return allocate(bytes, sizeof(void*)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

struct TSL_Status {  // which TF_Status is a name for
  TF_Code code = TF_OK;
  std::string message;
};

struct TF_Tensor {
  std::vector<int64_t> dims;
  int64_t count;
  std::shared_ptr<float> data;  // aligned as TensorFlow's are
};

struct TF_OpKernelConstruction {
  const Attributes& attributes;
};

struct TF_OpKernelContext {
  const std::vector<Tensor>& inputs;
  std::vector<TF_Tensor*> outputs;
  TF_Status status;
};

struct TF_OpDefinitionBuilder {};

struct TF_KernelBuilder {
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
  void (*destroy)(void*);
};

namespace {

std::map<std::string, TF_KernelBuilder*>& kernels() {
  static auto* all = new std::map<std::string, TF_KernelBuilder*>();
  return *all;
}

TF_Tensor* makeTensor(const std::vector<int64_t>& dims) {
  int64_t count = 1;
  for (int64_t d : dims) count *= d;
  void* data = nullptr;
  if (posix_memalign(&data, 64, count * sizeof(float)) != 0) std::abort();
  return new TF_Tensor{dims, count, {static_cast<float*>(data), std::free}};
}

}  // namespace

// TensorFlow's own part of a call does not fail here: allocations are counted by the operation alone.
struct Uncounted {
  Uncounted() : left(allocationsLeft.exchange(-1)) {}
  ~Uncounted() { allocationsLeft = left; }
  const int64_t left;
};

TF_Status* TF_NewStatus() {
  const Uncounted guard;
  return new TF_Status();
}
void TF_DeleteStatus(TF_Status* status) { delete status; }
void TF_SetStatus(TF_Status* status, TF_Code code, const char* message) {
  const Uncounted guard;
  *status = {code, message};
}
TF_Code TF_GetCode(const TF_Status* status) { return status->code; }
const char* TF_Message(const TF_Status* status) { return status->message.c_str(); }

int TF_NumDims(const TF_Tensor* tensor) { return static_cast<int>(tensor->dims.size()); }
int64_t TF_Dim(const TF_Tensor* tensor, int i) { return tensor->dims.at(i); }
int64_t TF_TensorElementCount(const TF_Tensor* tensor) { return tensor->count; }
void* TF_TensorData(const TF_Tensor* tensor) { return tensor->data.get(); }
void TF_DeleteTensor(TF_Tensor* tensor) { delete tensor; }

void TF_GetInput(TF_OpKernelContext* context, int i, TF_Tensor** tensor, TF_Status*) {
  const Uncounted guard;
  const Tensor& input = context->inputs.at(i);
  *tensor = makeTensor(input.dims);
  std::copy(input.values.begin(), input.values.end(), (*tensor)->data.get());
}

TF_Tensor* TF_AllocateOutput(TF_OpKernelContext* context, int i, TF_DataType, const int64_t* dims, int count,
                             size_t bytes, TF_Status* status) {
  if (fails()) return TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "of TensorFlow"), nullptr;
  const Uncounted guard;
  TF_Tensor* tensor = makeTensor({dims, dims + count});
  if (bytes != tensor->count * sizeof(float)) std::abort();
  for (int64_t j = 0; j < tensor->count; j++) tensor->data.get()[j] = std::numeric_limits<float>::signaling_NaN();
  context->outputs.resize(std::max<size_t>(context->outputs.size(), i + 1));
  context->outputs[i] = tensor;
  return new TF_Tensor(*tensor);  // the operation's own handle to the same memory
}

void TF_OpKernelContext_Failure(TF_OpKernelContext* context, TF_Status* status) {
  const Uncounted guard;
  context->status = *status;
}
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status*) { std::abort(); }
void TF_OpKernelConstruction_GetAttrBool(TF_OpKernelConstruction* construction, const char* name, unsigned char* value,
                                         TF_Status*) {
  *value = construction->attributes.at(name) != 0;
}
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction* construction, const char* name, int64_t* value,
                                          TF_Status*) {
  *value = construction->attributes.at(name);
}

TF_OpDefinitionBuilder* TF_NewOpDefinitionBuilder(const char*) { return new TF_OpDefinitionBuilder(); }
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder*, const char*) {}
void TF_OpDefinitionBuilderSetShapeInferenceFunction(TF_OpDefinitionBuilder*,
                                                     void (*)(TF_ShapeInferenceContext*, TF_Status*)) {}
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext*, TF_Status*) {}
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder* builder, TF_Status*) { delete builder; }
TF_KernelBuilder* TF_NewKernelBuilder(const char*, const char*, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*),
                                      void (*destroy)(void*)) {
  return new TF_KernelBuilder{create, compute, destroy};
}
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder* builder, TF_Status*) { kernels()[name] = builder; }

Outcome run(const std::string& name, const Attributes& attributes, const std::vector<Tensor>& inputs) {
  const int64_t counted = allocationsLeft.exchange(-1);
  const TF_KernelBuilder* kernel = kernels().at(name);
  TF_OpKernelConstruction construction{attributes};
  void* options = kernel->create(&construction);
  TF_OpKernelContext context{inputs, {}, {}};
  allocationsLeft = counted;
  kernel->compute(options, &context);
  allocationsLeft = -1;
  kernel->destroy(options);
  Outcome outcome{context.status.code, context.status.message, {}};
  for (TF_Tensor* tensor : context.outputs) {
    if (!tensor) continue;
    outcome.outputs.push_back({tensor->dims, {tensor->data.get(), tensor->data.get() + tensor->count}});
    TF_DeleteTensor(tensor);
  }
  return outcome;
}
