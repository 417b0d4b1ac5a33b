#pragma once

#include <unistd.h>

#include <string>
#include <vector>

#include "tests/scenarios/assay_program.h"

namespace assay::scenarios {

/// Runs a shell script in a mount namespace of its own, where what it mounts is seen by nobody else
/// and goes away with it; "$@" are the words of a command.
inline Finished in_mount_namespace(const std::string& script,
                                   const std::vector<std::string>& words) {
  std::vector<std::string> command = {"/usr/bin/env", "unshare", "--mount", "--propagation",
                                      "private"};
  if (::geteuid() != 0) command.push_back("--map-root-user");
  for (const auto* word : {"/bin/sh", "-c", script.c_str(), "sh"})
    command.emplace_back(word);
  command.insert(command.end(), words.begin(), words.end());
  return run_program(command);
}

/// Why no such namespace can be made; empty if one can.
inline std::string no_mount_namespace() {
  const auto tried = in_mount_namespace("mount -t tmpfs -o size=4k tmpfs /mnt", {});
  return tried.code == 0 ? "" : tried.err + tried.out;
}

}  // namespace assay::scenarios
