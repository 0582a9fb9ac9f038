// How loops become vector instructions.
#pragma once

// Each processor runs the code made for it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

// Functions inside hot loops have to become part of them.
#define PART_OF_LOOP __attribute__((always_inline)) inline
