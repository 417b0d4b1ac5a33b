#pragma once

#include <cstdint>

namespace assay {

/// CPU seconds of the calling thread so far.
double thread_cpu_seconds();
/// CPU seconds of the process so far, all threads.
double process_cpu_seconds();
/// The most memory that the process has held so far, in bytes.
std::int64_t peak_resident_bytes();

}  // namespace assay
