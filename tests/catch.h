// The one way to include Catch2: LibTorch defines CHECK, and the wrong order compiles silently and
// then does not count failures.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Logging.h>  // here, so that no later header defines CHECK again

#undef CHECK
#include <catch2/catch.hpp>
