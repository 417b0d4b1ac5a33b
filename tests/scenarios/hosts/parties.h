#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "core/net/tcp/certificate.h"
#include "core/net/tcp/socket.h"
#include "tests/scenarios/assay_program.h"
#include "tests/temporary_folder.h"

namespace assay::scenarios {

/// A port of the loopback that nobody listens at, below those that connections leave from.
inline std::uint16_t unused_port() {
  static std::uint16_t next = static_cast<std::uint16_t>(11'000 + ::getpid() % 8000);
  while (true) {
    try {
      const Listener probe("127.0.0.1", ++next);
      return next;
    } catch (const TransportError&) {
      continue;
    }
  }
}

/// `assay party` processes on the loopback, with certificates for development.
class Parties {
 public:
  explicit Parties(Rank ranks) : ranks_(ranks), port_(unused_port()) {
    make_development_certificates(certs(), ranks);
  }

  std::filesystem::path certs() const { return folder_.path() / "certs"; }
  const TemporaryFolder& folder() const { return folder_; }
  std::string master() const { return fmt::format("127.0.0.1:{}", port_); }

  /// The words that connect a rank.
  std::vector<std::string> connection(Rank rank) const {
    return {"party",
            "--rank",
            std::to_string(rank),
            "--parties",
            std::to_string(ranks_),
            "--master",
            master(),
            "--certs",
            certs().string(),
            "--listen",
            "127.0.0.1",
            "--connect-deadline",
            "20"};
  }
  /// Starts a rank with further words.
  std::unique_ptr<Subprocess> start(Rank rank, const std::vector<std::string>& more) const {
    auto words = connection(rank);
    words.insert(words.end(), more.begin(), more.end());
    return std::make_unique<Subprocess>(assay_command(words), "");
  }
  /// All ranks with the same further words, to their ends.
  std::vector<Finished> run(const std::vector<std::string>& more) const {
    std::vector<std::unique_ptr<Subprocess>> processes;
    for (Rank rank = 0; rank < ranks_; ++rank)
      processes.push_back(start(rank, more));
    std::vector<Finished> ends;
    for (auto& process : processes)
      ends.push_back(wait_for(*process, 120));
    return ends;
  }

 private:
  TemporaryFolder folder_;
  Rank ranks_;
  std::uint16_t port_;
};

}  // namespace assay::scenarios
