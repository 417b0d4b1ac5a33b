#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace assay {

/// The SHA-256 of bytes given piece by piece (FIPS 180-4), through OpenSSL.
class Sha256 {
 public:
  Sha256();
  ~Sha256();

  /// Errors, here and below: std::runtime_error if OpenSSL fails.
  void add(std::span<const std::byte> bytes);

  /// The digest of all bytes added so far, 64 hexadecimal digits; adding may go on.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
