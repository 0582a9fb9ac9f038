// How loops become vector instructions.
#pragma once

// Each processor runs the code made for it. Features are named, not families of processors: those would leave out
// AMD's.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

// Functions inside hot loops have to become part of them.
#define PART_OF_LOOP __attribute__((always_inline)) inline
