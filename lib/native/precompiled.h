// What many files begin with: set-up compiles it once for all.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "operation.h"
#include "parallel.h"
