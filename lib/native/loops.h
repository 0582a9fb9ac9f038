// How loops become vector instructions.
#pragma once

// Each processor runs the code made for it. Features are named, not families of processors: those would leave out
// AMD's. (Which code that is gets decided before the thread sanitizer is ready.)
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
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
