// Signals that come while TensorFlow computes.
#pragma once

namespace naive_diffusion {

// Call it in the thread that is about to make TensorFlow's others: from then on no signal interrupts what these compute
// in a way that damages memory. Listeners in JavaScript hear all signals, as before.
void keepSignalsApart() noexcept;

}  // namespace naive_diffusion
