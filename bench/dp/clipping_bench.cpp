#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
