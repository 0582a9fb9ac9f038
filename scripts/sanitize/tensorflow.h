// The part of TensorFlow's C interface that lib/native uses, with nothing behind it: operations can then be called, and
// watched by a sanitizer, without TensorFlow and without Node.
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

// What an operation takes and gives, in memory of exactly its size.
struct Tensor {
  std::vector<int64_t> dims;
  std::vector<float> values;
};

// A number or a truth value for each attribute.
using Attributes = std::map<std::string, int64_t>;

struct Outcome {
  TF_Code code = TF_OK;
  std::string message;
  std::vector<Tensor> outputs;
};

// Runs an operation of lib/native.
Outcome run(const std::string& name, const Attributes& attributes, const std::vector<Tensor>& inputs);

// As long as this is 0 or more, it counts down with every allocation, and the one that finds 0 fails.
extern std::atomic<int64_t> allocationsLeft;
// Whether one has failed since this was set to false.
extern std::atomic<bool> allocationFailed;
