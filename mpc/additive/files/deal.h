#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "core/net/tcp/certificate.h"
#include "core/random/csprng.h"
#include "mpc/additive/additive.h"

namespace assay::mpc::additive {

/// What a dealer needs to deal ahead of a computation.
struct DealOptions {
  std::vector<std::filesystem::path> recipients;  ///< certificates of the parties, by rank
  CertificateFiles dealer;       ///< its own; the certificate's rank does not matter
  std::filesystem::path folder;  ///< gets one file for each party: party_file()
  std::int64_t runs = 1;         ///< how often the program can be run
  AdditiveOptions protocol = {};
  std::int64_t chunk_bytes = 1 << 20;
  /// Errors: std::invalid_argument.
  void validate() const;
};

/// What was dealt.
struct Batch {
  std::string id;                            ///< 32 hexadecimal digits
  std::vector<std::filesystem::path> files;  ///< by rank
  std::int64_t correction_bytes = 0;         ///< in each run: 8 for each dealt word
  std::int64_t file_bytes = 0;               ///< of all files
  double seconds = 0.0;
};

/// "party-0.sealed".
std::filesystem::path party_file(const std::filesystem::path& folder, Rank party);

/// Writes files of correlated randomness, each sealed to its party, for a program that every rank
/// will run with file_provider(). Whoever calls this is the dealer: with any one party's messages
/// it learns everything, as third_party()'s.
///
/// The program is run here on masks alone, once to see what it asks for and once for each run; what
/// it reveals is zero. Its shapes must not depend on values. `own` is the dealer's randomness.
/// Cost: no message; the files have 16 bytes and the plan for each party, and party 0's 8 bytes for
/// each dealt word. Errors: CertificateError unless every recipient's key is on P-256; WriteError;
/// std::invalid_argument.
Batch deal_batch(const DealOptions& options, const Csprng& own,
                 const std::function<void(Additive&)>& program);

}  // namespace assay::mpc::additive
