#include "scenarios/run/run_info.h"

#include <ATen/Version.h>
#include <ATen/native/DispatchStub.h>
#include <openssl/crypto.h>
#include <sys/utsname.h>
#include <torch/headeronly/version.h>
#include <unistd.h>

#include <fstream>

#include "scenarios/version.h"

namespace assay::scenarios {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) {
      const auto colon = line.find(": ");
      if (colon != line.npos) return line.substr(colon + 2);
    }
  }
  return "unknown";
}

}  // namespace

nlohmann::ordered_json environment_info() {
  utsname system{};
  ::uname(&system);
  return {{"assay", version()},
          {"revision", git_revision()},
          {"uncommitted_changes", git_dirty()},
          {"compiler", compiler()},
          {"build", build_type()},
          {"libtorch", TORCH_VERSION},
          {"openssl", OpenSSL_version(OPENSSL_VERSION)},
          {"cpu", cpu_model()},
          {"cpu_capability", at::get_cpu_capability()},
          {"cpus", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory_bytes", ::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE)},
          {"system", std::string(system.sysname) + " " + system.machine},
          {"devices", {"cpu"}},
          {"threads_per_cell", 1}};
}

std::string environment_fingerprint(const nlohmann::json& info) {
  // The release, not the revision after "+": a unit means the same in every build of a release.
  const auto version = info.value("assay", std::string());
  auto text = version.substr(0, version.find('+'));
  for (const auto* name : {"libtorch", "cpu_capability", "system"}) {
    text += " | " + info.value(name, std::string());
  }
  return text;
}

}  // namespace assay::scenarios
