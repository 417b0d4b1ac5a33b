#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/net/tag.h"

namespace assay {

/// Who a process is, as whoever started it says in the environment.
struct LaunchEnvironment {
  std::string launcher;  ///< torchrun, mpirun, srun, or variables (RANK and the others by hand)
  Rank rank = 0, size = 1;
  std::string master_host;        ///< of rank 0, as the others see it
  std::uint16_t master_port = 0;  ///< where rank 0 listens
};

/// A variable's text, if it is set and not empty.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
/// This process's.
Variables environment_variables();

/// Reads what torchrun, mpirun and srun set:
///
///   torchrun   RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT; rank 0 listens one port further where
///              torchrun's own store listens at MASTER_PORT (TORCHELASTIC_USE_AGENT_STORE)
///   mpirun     OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE; MASTER_ADDR, or the loopback where all
///              ranks are on this machine (OMPI_COMM_WORLD_LOCAL_SIZE)
///   srun       SLURM_PROCID, SLURM_NTASKS; MASTER_ADDR, or the first host of SLURM_STEP_NODELIST
///              or SLURM_JOB_NODELIST, where rank 0 is, or SLURM_LAUNCH_NODE_IPADDR
///
/// MASTER_PORT is 29500 unless it is set, but for torchrun, and for RANK without a launcher. A
/// torchrun or mpirun that runs inside of a Slurm job counts, and Slurm's variables do not. All
/// others that are set must agree. `has_master`: rank 0's address is known otherwise, and not
/// looked for.
/// Errors: std::invalid_argument naming the variables that are missing, malformed or contradict one
/// another.
LaunchEnvironment launch_environment(const Variables& variables, bool has_master = false);

/// "n[03-05,9],m1" -> "n03". Errors: std::invalid_argument.
std::string first_host(const std::string& slurm_nodes);

}  // namespace assay
