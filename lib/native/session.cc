// Compiled functions compute what they were recorded from, operation by operation. TensorFlow's optimiser of graphs
// would put other operations in their place that round differently, such as a product with 1/c for a division by c: the
// same step would then have one result when it is recorded and another when it is replayed, and training that was cut
// in two would end elsewhere than training in one go.
#include <cstdio>

#include "tensorflow/c/c_api.h"

// The binding's own code calls this for TF_NewSessionOptions (scripts/setup/native/binding.mjs).
extern "C" TF_SessionOptions* naive_diffusion_NewSessionOptions() {
  // The protocol message ConfigProto { graph_options { rewrite_options { disable_meta_optimizer: true } } }, as bytes.
  constexpr unsigned char config[] = {
      10 << 3 | 2, 5,                          // field 10 of ConfigProto: a message of 5 bytes
      10 << 3 | 2, 3,                          // field 10 of GraphOptions: a message of 3 bytes
      (19 << 3 & 0x7f) | 0x80, 19 >> 4, true,  // field 19 of RewriterConfig
  };
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_Status* status = TF_NewStatus();
  TF_SetConfig(options, config, sizeof config, status);
  if (TF_GetCode(status) != TF_OK) std::fprintf(stderr, "naive-diffusion: options of a session: %s\n", TF_Message(status));
  TF_DeleteStatus(status);
  return options;
}
