#include "core/threads.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

namespace assay {

void prepare_thread() {
  at::set_num_threads(1);
  at::globalContext().setFlushDenormal(true);
}

}  // namespace assay
