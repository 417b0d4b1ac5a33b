#pragma once

#include <string>
#include <vector>

#include "scenarios/hosts/hosts_file.h"

namespace assay::scenarios {

/// What the ranks of a run are started with, beside their hosts.
struct LaunchPlan {
  Hosts hosts;
  std::string master_host;  ///< of rank 0, as the others reach it
  std::uint16_t master_port = 0;
  double deadline_s = 60.0, connect_deadline_s = 60.0;
  std::vector<std::string> program;  ///< of `assay party`, with its arguments
};

/// The plan for these hosts. Where rank 0 has no port, it gets a free one if all ranks are here,
/// else 29500, as torchrun's.
/// Errors: std::invalid_argument if the others could not reach rank 0.
LaunchPlan plan_launch(Hosts hosts, std::vector<std::string> program);

/// The command line that starts a rank: `assay party`, by itself on this machine, else over ssh
/// without a terminal and without asking for passwords. `here` is the path of this program.
std::vector<std::string> rank_command(const LaunchPlan& plan, std::size_t rank,
                                      const std::string& here);

/// A word as a POSIX shell reads it back.
std::string quoted(const std::string& word);

}  // namespace assay::scenarios
