#include "scenarios/hosts/rank_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "core/net/tcp/socket.h"

namespace assay::scenarios {
namespace {

constexpr std::uint16_t kMasterPort = 29500;

/// A port of the loopback that nobody listens at, below those that connections leave from: who
/// tries one of those until rank 0 listens there could meet himself.
std::uint16_t free_port() {
  std::random_device random;
  for (int tries = 0; tries < 100; ++tries) {
    const auto port = static_cast<std::uint16_t>(20'000 + random() % 12'000);
    try {
      const Listener probe("127.0.0.1", port);
      return port;
    } catch (const TransportError&) {
      continue;  // taken
    }
  }
  throw std::runtime_error("no free port between 20000 and 31999 on the loopback");
}

std::string with_brackets(const std::string& host) {
  return host.find(':') == host.npos ? host : "[" + host + "]";
}

std::vector<std::string> party_words(const LaunchPlan& plan, std::size_t rank) {
  const auto& host = plan.hosts[rank];
  std::vector<std::string> words = {
      "party",
      "--rank",
      std::to_string(rank),
      "--parties",
      std::to_string(plan.hosts.size()),
      "--master",
      fmt::format("{}:{}", with_brackets(plan.master_host), plan.master_port),
      "--certs",
      host.certs,
      "--deadline",
      fmt::format("{}", plan.deadline_s),
      "--connect-deadline",
      fmt::format("{}", plan.connect_deadline_s),
      "--end-with-input",
  };
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  const auto reached_by = host.address.empty() && !host.local() ? host.host : host.address;
  if (!reached_by.empty()) add("--host", reached_by);
  if (Host{.host = plan.master_host}.local()) add("--listen", plan.master_host);
  if (rank > 0 && host.port > 0) add("--port", std::to_string(host.port));
  words.insert(words.end(), plan.program.begin(), plan.program.end());
  return words;
}

std::vector<std::string> ssh_words(const Host& host) {
  // No terminal, and no question that nobody answers.
  std::vector<std::string> words = {"/usr/bin/env",     "ssh", "-T", "-o", "BatchMode=yes", "-o",
                                    "ConnectTimeout=15"};
  for (const auto& option : host.ssh_options)
    words.insert(words.end(), {"-o", option});
  if (host.ssh_port > 0) words.insert(words.end(), {"-p", std::to_string(host.ssh_port)});
  words.push_back(host.user.empty() ? host.host : host.user + "@" + host.host);
  return words;
}

}  // namespace

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word)
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

LaunchPlan plan_launch(Hosts hosts, std::vector<std::string> program) {
  if (hosts.empty()) throw std::invalid_argument("expected a host for each rank, got none");
  const bool all_here =
      std::all_of(hosts.begin(), hosts.end(), [](const Host& host) { return host.local(); });
  LaunchPlan plan;
  const auto& first = hosts.front();
  plan.master_host = first.address.empty() ? first.host : first.address;
  plan.master_port = first.port > 0 ? first.port : all_here ? free_port() : kMasterPort;
  if (!all_here && first.local() && first.address.empty()) {
    throw std::invalid_argument(fmt::format(
        "rank 0: expected address=..., by which the other machines reach it, got '{}' alone",
        first.host));
  }
  plan.hosts = std::move(hosts);
  plan.program = std::move(program);
  return plan;
}

std::vector<std::string> rank_command(const LaunchPlan& plan, std::size_t rank,
                                      const std::string& here) {
  const auto& host = plan.hosts.at(rank);
  const auto party = party_words(plan, rank);
  if (host.local()) {
    std::vector<std::string> words;
    if (!host.directory.empty()) words = {"/usr/bin/env", "-C", host.directory};
    words.push_back(host.assay.empty() ? here : host.assay);
    words.insert(words.end(), party.begin(), party.end());
    return words;
  }
  std::vector<std::string> remote = {host.assay.empty() ? "assay" : host.assay};
  remote.insert(remote.end(), party.begin(), party.end());
  std::transform(remote.begin(), remote.end(), remote.begin(), quoted);
  auto words = ssh_words(host);
  const auto go = host.directory.empty() ? "" : "cd " + quoted(host.directory) + " && ";
  words.push_back(fmt::format("{}exec {}", go, fmt::join(remote, " ")));
  return words;
}

}  // namespace assay::scenarios
