#pragma once

namespace assay {

/// Lets the allocator keep what a training step frees for the next step, for the whole process.
///
/// By default the C library gives large blocks back to the system at once, and every step then
/// takes page faults for the same tensors again: up to a third of the time of a step. Peak memory
/// stays what it is; between peaks the process holds on to up to 512 MiB.
void keep_freed_memory();

}  // namespace assay
