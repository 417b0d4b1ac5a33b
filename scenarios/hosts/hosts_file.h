#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::scenarios {

/// Where one rank runs, and how it is started there.
struct Host {
  std::string host;        ///< what ssh connects to; a loopback name is this machine, without ssh
  std::string address;     ///< how the other ranks reach it, unless by `host`
  std::uint16_t port = 0;  ///< where the rank listens; 0: a free one
  std::string user;        ///< for ssh
  std::uint16_t ssh_port = 0;
  std::vector<std::string> ssh_options;  ///< "IdentityFile=~/.ssh/runs", as after ssh -o
  std::string directory;                 ///< where it works; "" is the home, here the current one
  std::string assay;                     ///< the program; "" is the one in its PATH, here this one
  std::string certs = "certs";           ///< folder of its certificate, its key and ca.pem

  /// "localhost", "127.0.0.1", "::1" and the like.
  bool local() const;
};

/// By rank.
using Hosts = std::vector<Host>;

/// A line "RANK HOST [NAME=VALUE ...]" for each rank, in their order; NAME is port, address, user,
/// ssh_port, ssh_option (as often as one likes), dir, assay or certs. Values hold no spaces. Empty
/// lines and lines that start with '#' are skipped.
/// Errors: DataError with `name`, line and column. At most 1,024 ranks.
Hosts parse_hosts(std::string_view text, std::string_view name);

}  // namespace assay::scenarios
