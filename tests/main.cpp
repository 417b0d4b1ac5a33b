#define CATCH_CONFIG_RUNNER
#include "tests/catch.h"

#include <ATen/Parallel.h>

int main(int argc, char** argv) {
  at::set_num_threads(1);  // results must not depend on the machine
  return Catch::Session().run(argc, argv);
}
