// Vectors of numbers, memory that is aligned for them, and how long they may be.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "loops.h"

// Before a function: it may use vectors of 16 or of 8 numbers, and must run nowhere else than vectorLength() says.
#if defined(__x86_64__)
#define VECTORS_OF_16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define VECTORS_OF_8 __attribute__((target("avx2,fma")))
#endif

// What is compiled for processors with vectors of 16, 8 or 4 numbers, unless it is made for others alone.
#if MADE_FOR(16)
#define WITH_16(...) __VA_ARGS__
#else
#define WITH_16(...)
#endif
#if MADE_FOR(8)
#define WITH_8(...) __VA_ARGS__
#else
#define WITH_8(...)
#endif
#if MADE_FOR(4)
#define WITH_4(...) __VA_ARGS__
#else
#define WITH_4(...)
#endif

// Of what was made for vectors of 16, 8 and 4 numbers, that for the longest that this processor has.
#if NAIVE_DIFFUSION_ONLY == 0
#define FOR_THIS_PROCESSOR(OF_16, OF_8, OF_4) (vectorLength() == 16 ? OF_16 : vectorLength() == 8 ? OF_8 : OF_4)
#elif NAIVE_DIFFUSION_ONLY == 16
#define FOR_THIS_PROCESSOR(OF_16, OF_8, OF_4) (OF_16)
#elif NAIVE_DIFFUSION_ONLY == 8
#define FOR_THIS_PROCESSOR(OF_16, OF_8, OF_4) (OF_8)
#else
#define FOR_THIS_PROCESSOR(OF_16, OF_8, OF_4) (OF_4)
#endif

namespace naive_diffusion {

template <int V>
struct Lanes {
  typedef float type __attribute__((vector_size(4 * V)));
  typedef float loose __attribute__((vector_size(4 * V), aligned(4), may_alias));
};
template <int V>
using Vec = typename Lanes<V>::type;

template <int V>
PART_OF_LOOP Vec<V> load(const float* p) { return *reinterpret_cast<const typename Lanes<V>::loose*>(p); }
template <int V>
PART_OF_LOOP void store(float* p, Vec<V> v) { *reinterpret_cast<typename Lanes<V>::loose*>(p) = v; }

inline int64_t up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

// Memory of a thread's own that is kept for its next call, aligned for vectors.
inline float* scratch(size_t floats) {
  static thread_local std::vector<float> room;
  if (room.size() < floats + 16) room.resize(floats + 16);
  return reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(room.data()) + 63) & ~uintptr_t{63});
}

// Numbers in the longest vector that this processor has.
inline int longestVector() {
  static const int longest = [] {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx2) return avx512 ? 16 : 8;
#endif
    return 4;
  }();
  return longest;
}

// Numbers in the vectors that are used. NAIVE_DIFFUSION_VECTORS=8 or 4 goes without longer ones, as on an older
// processor, where it is compiled for all.
inline int vectorLength() {
  if (NAIVE_DIFFUSION_ONLY != 0) return NAIVE_DIFFUSION_ONLY;
  static const int chosen = [] {
    const char* wanted = std::getenv("NAIVE_DIFFUSION_VECTORS");
    const int most = wanted ? std::atoi(wanted) : 16;
    return longestVector() <= most ? longestVector() : most >= 8 ? 8 : 4;
  }();
  return chosen;
}

// Whether it was compiled for this processor, too.
inline bool runsHere() { return NAIVE_DIFFUSION_ONLY <= longestVector(); }

}  // namespace naive_diffusion
