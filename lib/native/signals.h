// Signals that come while TensorFlow computes.
#pragma once

namespace naive_diffusion {

// Call it in the thread that is about to make TensorFlow's others: from then on neither signals to the process nor V8's
// profiler interrupt what they compute in a way that damages memory. Listeners in JavaScript hear signals as before.
void keepSignalsApart() noexcept;

}  // namespace naive_diffusion
