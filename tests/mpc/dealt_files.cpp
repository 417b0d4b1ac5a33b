#include "tests/mpc/dealt_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include "core/random/derive.h"

namespace assay::mpc {
namespace {

constexpr Rank kDealer = 8;

/// Files are synced at every run, which takes a disk 20 ms: memory, where there is some to write
/// to.
std::filesystem::path quick_folder() {
  const std::filesystem::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

struct Certificates {
  TemporaryFolder folder{quick_folder()};

  Certificates() {
    const KeyPairFiles authority{folder.path() / "ca.pem", folder.path() / "ca.key"};
    const auto validity = Validity::for_next(std::chrono::hours(24));
    make_authority(authority, "tests of dealt files", validity);
    for (Rank rank = 0; rank <= kDealer; ++rank) {
      const auto request = folder.path() / fmt::format("rank-{}.csr", rank);
      make_request(of(rank).own.key, request, rank, KeyType::p256);
      sign_request(authority, request, of(rank).own.certificate, rank, validity);
    }
  }
  CertificateFiles of(Rank rank) const { return development_certificates(folder.path(), rank); }
};

}  // namespace

CertificateFiles certificates_of(Rank rank) {
  static const Certificates all;
  return all.of(rank);
}

DealtFiles::DealtFiles(Rank parties, const std::function<void(Protocol&)>& program,
                       const additive::AdditiveOptions& protocol, std::uint64_t seed,
                       std::int64_t runs, std::int64_t chunk_bytes)
    : folder_(quick_folder()) {
  additive::DealOptions options{.dealer = certificates_of(kDealer),
                                .folder = folder_.path(),
                                .runs = runs,
                                .protocol = protocol,
                                .chunk_bytes = chunk_bytes};
  for (Rank rank = 0; rank < parties; ++rank)
    options.recipients.push_back(certificates_of(rank).own.certificate);
  const Csprng own(derive_key("tests of dealt files", {std::to_string(seed)}), "dealer");
  batch_ = additive::deal_batch(options, own, program);
}

additive::FileProviderOptions DealtFiles::options(Rank rank) const {
  return {.file = additive::party_file(folder_.path(), rank),
          .dealer = certificates_of(kDealer).own.certificate,
          .own = certificates_of(rank)};
}

}  // namespace assay::mpc
