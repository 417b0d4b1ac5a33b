#include "core/net/tcp/launch_environment.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <vector>

#include "core/data/data_error.h"

namespace assay {
namespace {

constexpr std::uint16_t kUsualPort = 29500;  // torchrun's

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument(why);
}

int number_of(const std::string& name, const std::string& text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0)
    refuse(fmt::format("{}: expected a number, got {}", name, describe(text)));
  return value;
}

int number_in(const Variables& variables, const std::string& name) {
  const auto text = variables(name);
  if (!text) refuse(fmt::format("expected {} in the environment, got none", name));
  return number_of(name, *text);
}

/// What one launcher says.
struct Place {
  std::string launcher, rank_name, size_name;
  Rank rank = 0, size = 0;
  std::string text() const {
    return fmt::format("{}={} and {}={}", rank_name, rank, size_name, size);
  }
};

std::optional<Place> place_in(const Variables& variables, std::string launcher,
                              std::string rank_name, std::string size_name) {
  if (!variables(rank_name)) return std::nullopt;
  Place place{std::move(launcher), std::move(rank_name), std::move(size_name)};
  place.rank = number_in(variables, place.rank_name);
  place.size = number_in(variables, place.size_name);
  if (place.rank >= place.size) {
    refuse(fmt::format("expected a rank below the number of parties, got {} of {} ({}, {})",
                       place.rank, place.size, place.rank_name, place.size_name));
  }
  return place;
}

void require_agreement(const Place& one, const std::optional<Place>& other) {
  if (!other || (one.rank == other->rank && one.size == other->size)) return;
  refuse(fmt::format("{} contradict {}: unset those of a launcher that did not start this process",
                     one.text(), other->text()));
}

Place place_of(const Variables& variables) {
  const bool torchrun = variables("TORCHELASTIC_RUN_ID").has_value();
  const auto by_hand =
      place_in(variables, torchrun ? "torchrun" : "variables", "RANK", "WORLD_SIZE");
  const auto mpirun = place_in(variables, "mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
  // A job's shell has the number of tasks and is none of them; what runs inside of one of its tasks
  // knows better.
  const auto srun = torchrun || mpirun
                        ? std::nullopt
                        : place_in(variables, "srun", "SLURM_PROCID", "SLURM_NTASKS");
  if (by_hand) {
    require_agreement(*by_hand, mpirun);
    require_agreement(*by_hand, srun);
  }
  if (torchrun && by_hand) return *by_hand;
  if (mpirun) return *mpirun;
  if (srun) return *srun;
  if (by_hand) return *by_hand;
  refuse("expected RANK, OMPI_COMM_WORLD_RANK or SLURM_PROCID in the environment, got none");
}

std::string master_host_of(const Variables& variables, const Place& place) {
  if (const auto host = variables("MASTER_ADDR")) return *host;
  if (place.launcher == "mpirun") {
    const auto here = variables("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (here && number_of("OMPI_COMM_WORLD_LOCAL_SIZE", *here) == place.size) return "127.0.0.1";
    refuse(
        "expected MASTER_ADDR in the environment, got none: ranks are on several machines (mpirun "
        "-x MASTER_ADDR)");
  }
  if (place.launcher == "srun") {
    for (const char* name : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"}) {
      if (const auto nodes = variables(name)) return first_host(*nodes);
    }
    if (const auto address = variables("SLURM_LAUNCH_NODE_IPADDR")) return *address;
  }
  refuse("expected MASTER_ADDR in the environment, got none");
}

std::uint16_t master_port_of(const Variables& variables, const Place& place) {
  const auto text = variables("MASTER_PORT");
  if (!text && (place.launcher == "mpirun" || place.launcher == "srun")) return kUsualPort;
  int port = number_in(variables, "MASTER_PORT");
  // Where torchrun's store is there already, it holds that port.
  if (place.launcher == "torchrun" && variables("TORCHELASTIC_USE_AGENT_STORE") == "True")
    port = port == 65535 ? 65534 : port + 1;
  if (port > 65535) refuse(fmt::format("MASTER_PORT: expected a port of 0 to 65535, got {}", port));
  return static_cast<std::uint16_t>(port);
}

}  // namespace

Variables environment_variables() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* text = std::getenv(name.c_str());
    if (text == nullptr || *text == '\0') return std::nullopt;
    return text;
  };
}

std::string first_host(const std::string& nodes) {
  const auto end = nodes.find_first_of(",[");
  std::string host = nodes.substr(0, end);
  if (end != nodes.npos && nodes[end] == '[') {
    const auto number_end = nodes.find_first_of(",-]", end + 1);
    if (number_end == nodes.npos || number_end == end + 1 || nodes.find(']', end) == nodes.npos) {
      refuse(fmt::format("expected a list of hosts like n[01-04], got {}", describe(nodes)));
    }
    host += nodes.substr(end + 1, number_end - end - 1);
    const auto close = nodes.find(']', end);
    const auto next = nodes.find_first_of(",[", close);
    host += nodes.substr(close + 1, next == nodes.npos ? next : next - close - 1);
    if (next != nodes.npos && nodes[next] == '[')
      refuse(
          fmt::format("expected one range of numbers in a host's name, got {}", describe(nodes)));
  }
  if (host.empty()) refuse(fmt::format("expected a list of hosts, got {}", describe(nodes)));
  return host;
}

LaunchEnvironment launch_environment(const Variables& variables, bool has_master) {
  const auto place = place_of(variables);
  LaunchEnvironment out{place.launcher, place.rank, place.size, {}, 0};
  if (has_master) return out;
  out.master_host = master_host_of(variables, place);
  out.master_port = master_port_of(variables, place);
  return out;
}

}  // namespace assay
