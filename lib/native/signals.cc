// TensorFlow hands many of its products of matrices to oneDNN, and for processors with AVX2 oneDNN generates code that
// lets its thread's stack pointer point into working memory on the heap for a while. A signal that is handled in that
// thread then writes over what lies before that memory: the stop button of a notebook, Ctrl-C or a profiler would
// damage the heap. So the threads that compute leave signals to a thread that does nothing else, and for those of V8's
// profiler, which are sent to the thread of JavaScript alone, there is a stack apart.
#include "signals.h"

#if defined(__unix__) || defined(__APPLE__)

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <thread>

namespace naive_diffusion {
namespace {

// Of a handler, which gets some kilobytes of the processor's state, and keeps hundreds of frames in V8.
constexpr size_t stackSize = 1 << 18;

void makeStackApart() {
  stack_t present{};
  if (sigaltstack(nullptr, &present) != 0 || !(present.ss_flags & SS_DISABLE)) return;
  stack_t apart{};
  apart.ss_sp = std::malloc(stackSize);  // never given back: a signal may come as long as the thread lives
  apart.ss_size = stackSize;
  if (apart.ss_sp && sigaltstack(&apart, nullptr) != 0) std::free(apart.ss_sp);
}

// Begins with the signals that this thread lets through.
bool startListener() {
  try {
    std::thread([] {
      for (;;) pause();
    }).detach();
    return true;
  } catch (const std::exception&) {
    return false;  // no more threads: signals stay where they were
  }
}

}  // namespace

void keepSignalsApart() noexcept {
  makeStackApart();
  static const bool isHeard = startListener();
  if (!isHeard) return;
  sigset_t elsewhere;
  sigfillset(&elsewhere);
  // What a thread does to itself, by an error or in a call of the system, and what is sent to it alone.
  for (int own : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGPIPE, SIGXFSZ, SIGTTIN, SIGTTOU, SIGPROF}) {
    sigdelset(&elsewhere, own);
  }
  pthread_sigmask(SIG_BLOCK, &elsewhere, nullptr);
}

}  // namespace naive_diffusion

#else

void naive_diffusion::keepSignalsApart() noexcept {}

#endif
