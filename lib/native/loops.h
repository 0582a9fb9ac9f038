// How loops become vector instructions, and for which processors.
#pragma once

// Compiled with NAIVE_DIFFUSION_ONLY=16, 8 or 4, it is for processors with vectors of so many numbers, in half the time;
// otherwise for all.
#if !defined(__x86_64__)
#undef NAIVE_DIFFUSION_ONLY
#define NAIVE_DIFFUSION_ONLY 4
#elif !defined(NAIVE_DIFFUSION_ONLY)
#define NAIVE_DIFFUSION_ONLY 0
#endif
#define MADE_FOR(LENGTH) (NAIVE_DIFFUSION_ONLY == 0 || NAIVE_DIFFUSION_ONLY == LENGTH)

// Each processor runs the code made for it. Features are named, not families of processors: those would leave out
// AMD's. (Which code that is gets decided before the thread sanitizer is ready.)
#if NAIVE_DIFFUSION_ONLY == 16
#define FOR_EACH_PROCESSOR __attribute__((target("avx512f")))
#elif NAIVE_DIFFUSION_ONLY == 8
#define FOR_EACH_PROCESSOR __attribute__((target("avx2")))
#elif defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

// Functions inside hot loops have to become part of them.
#define PART_OF_LOOP __attribute__((always_inline)) inline

// Before a loop: what it writes is not read again in a later turn. (Other compilers find out while they run it.)
#if defined(__GNUC__) && !defined(__clang__)
#define INDEPENDENT _Pragma("GCC ivdep")
#else
#define INDEPENDENT
#endif
