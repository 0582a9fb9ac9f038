// How TensorFlow runs compiled functions.
//
// They compute what they were recorded from, operation by operation. TensorFlow's optimiser of graphs would put other
// operations in their place that round differently, such as a product with 1/c for a division by c: the same step would
// then have one result when it is recorded and another when it is replayed, and training that was cut in two would end
// elsewhere than training in one go.
//
// And a graph of small operations is run by one thread: to hand each of them to another would take longer than to do
// it. So is any graph where at most two threads work within an operation: one more, that begins with the next, would
// take a core from them. (With more threads it was not tried.)
#include <atomic>
#include <cstdio>
#include <string>

#include "operation.h"
#include "parallel.h"
#include "tensorflow/c/c_api.h"

namespace {

using namespace naive_diffusion;

// Whether the graphs that are loaded from now on are to be run by one thread each.
std::atomic<bool> onOneThread{false};

struct Options {
  explicit Options(TF_OpKernelConstruction* construction)
      : alone(flag(construction, "alone")), small(flag(construction, "small")) {}
  const bool alone;  // on one thread, if the graph is small or few threads work within an operation
  const bool small;  // no operation gives many numbers
};

void compute(const Options& options, Call& call) {
  onOneThread = options.alone && (options.small || threads() <= 2);
  call.output(0, {})[0] = 1;
}

// Defined when the binding is loaded.
[[maybe_unused]] const bool defined = [] {
  define<Options, compute>("NaiveDiffusionExecutor", {}, {"done: float"}, {"alone: bool", "small: bool"});
  return true;
}();

}  // namespace

// The binding's own code calls this for TF_NewSessionOptions (scripts/setup/native/binding.mjs).
extern "C" TF_SessionOptions* naive_diffusion_NewSessionOptions() {
  // The protocol message ConfigProto { graph_options { rewrite_options { disable_meta_optimizer: true } } }, as bytes:
  // field 10 of ConfigProto, field 10 of GraphOptions, field 19 of RewriterConfig.
  std::string config("\x52\x05\x52\x03\x98\x01\x01");
  // ConfigProto { experimental { executor_type } }: field 16, and field 3 of Experimental, a name of 24 letters.
  if (onOneThread) config += "\x82\x01\x1a\x1a\x18SINGLE_THREADED_EXECUTOR";
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Status* status = TF_NewStatus();
  TF_SetConfig(options, config.data(), config.size(), status);
  if (TF_GetCode(status) != TF_OK) std::fprintf(stderr, "naive-diffusion: options of a session: %s\n", TF_Message(status));
  TF_DeleteStatus(status);
  return options;
}
