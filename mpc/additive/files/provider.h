#pragma once

#include <filesystem>
#include <memory>

#include "core/net/network.h"
#include "core/net/tcp/certificate.h"
#include "mpc/additive/provider.h"

namespace assay::mpc::additive {

/// Where a party finds what was dealt to it.
struct FileProviderOptions {
  std::filesystem::path file;    ///< its own, of deal_batch()
  std::filesystem::path dealer;  ///< the dealer's certificate: whose batches count
  CertificateFiles own;          ///< that the file is sealed to
};

/// Correlated randomness that was dealt ahead: the next run of a batch. Nobody deals during the
/// computation.
///
/// The parties first tell one another which batch and run each stands at: where one has gone back
/// (to a backup of its ledger, say), all refuse, since masks must open one value only. Then each
/// writes down, and syncs, that the run is used up, before anything of it is read.
///
/// Cost: 2 rounds and 48 bytes from each party to each other, in Phase::setup. Errors:
/// std::runtime_error naming the file and the place if it is not what the dealer sealed to this
/// party, if peers stand elsewhere, if no run is left, and, from the provider's calls, if the
/// program asks for something else than was dealt for, or for more; CertificateError;
/// TransportError.
std::unique_ptr<Provider> file_provider(Party& party, const FileProviderOptions& options);

}  // namespace assay::mpc::additive
