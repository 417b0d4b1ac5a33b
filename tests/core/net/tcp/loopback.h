#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/net/tcp/tcp_network.h"
#include "tests/temporary_folder.h"

namespace assay {

/// Parties on this machine: an authority, certificates, free ports and the roster of all.
struct Loopback {
  explicit Loopback(Rank size, const char* host = "127.0.0.1") {
    files = make_development_certificates(folder.path(), size);
    for (const auto& own : files) {
      listeners.push_back(std::make_shared<Listener>(host, 0));
      roster.push_back({host, listeners.back()->port(), fingerprint_of(own.own.certificate)});
    }
  }

  Rank size() const { return static_cast<Rank>(roster.size()); }
  TcpOptions options(Rank rank) const {
    TcpOptions options;
    options.rank = rank;
    options.roster = roster;
    options.files = files[static_cast<std::size_t>(rank)];
    options.listener = listeners[static_cast<std::size_t>(rank)];
    options.run_id = "test";
    options.agreed = "a scenario";
    options.deadline = options.connect_deadline = std::chrono::seconds(20);
    return options;
  }

  TemporaryFolder folder;
  std::vector<CertificateFiles> files;
  std::vector<std::shared_ptr<Listener>> listeners;
  Roster roster;
};

/// Runs `act` for each rank in a thread of its own. What each threw, by rank; "" for nothing.
inline std::vector<std::string> at_once(Rank size, const std::function<void(Rank)>& act) {
  std::vector<std::string> errors(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (Rank rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      try {
        act(rank);
      } catch (const TransportError& error) {
        errors[static_cast<std::size_t>(rank)] = std::string("TransportError ") + error.what();
      } catch (const std::exception& error) {
        errors[static_cast<std::size_t>(rank)] = error.what();
      }
    });
  }
  for (auto& thread : threads)
    thread.join();
  return errors;
}

/// Runs one body at every rank over tcp.
inline std::vector<std::string> run_all(const Loopback& parties,
                                        const std::function<void(Party&)>& body,
                                        const std::function<void(TcpOptions&)>& change = {}) {
  return at_once(parties.size(), [&](Rank rank) {
    auto options = parties.options(rank);
    if (change) change(options);
    make_tcp_network(options)->run(body);
  });
}

inline Tag train(const char* op, std::uint64_t sequence = 0) {
  return {Phase::train, op, sequence};
}

inline Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

}  // namespace assay
