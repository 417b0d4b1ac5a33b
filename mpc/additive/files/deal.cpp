#include "mpc/additive/files/deal.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <chrono>

#include "core/random/derive.h"
#include "mpc/additive/corrections.h"
#include "mpc/additive/files/no_transport.h"
#include "mpc/additive/files/planned.h"
#include "mpc/additive/files/sealed_file.h"
#include "mpc/additive/seeds.h"
#include "mpc/words.h"

namespace assay::mpc::additive {
namespace {

void run(Provider& provider, const DealOptions& options,
         const std::function<void(Additive&)>& program) {
  const auto parties = static_cast<Rank>(options.recipients.size());
  NoTransport wire(parties);
  Session session(wire, parties, provider, Phase::offline);
  Additive protocol(session, options.protocol);
  program(protocol);
}

Plan plan_of(const DealOptions& options, const std::function<void(Additive&)>& program) {
  Plan plan;
  const auto dry = observed(dry_dealer(), [&](const Request& request) { plan.push_back(request); });
  run(*dry, options, program);
  return plan;
}

std::string fresh_id() {
  const auto random = os_key();
  std::string id;
  for (const auto byte : random.bytes())
    id += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return id;
}

using Writers = std::vector<std::unique_ptr<SealedWriter>>;

/// Each party's seed into its file, and expanded.
std::vector<Csprng> write_seeds(const Writers& files, Csprng seeds) {
  std::vector<Csprng> parties;
  for (const auto& file : files) {
    std::array<std::byte, Key::kBytes> seed;
    seeds.fill(seed);
    file->add(seed);
    parties.push_back(expand(Key(seed)));
    OPENSSL_cleanse(seed.data(), seed.size());
  }
  return parties;
}

}  // namespace

void DealOptions::validate() const {
  if (recipients.size() < 2 || recipients.size() > 8)
    throw std::invalid_argument(
        fmt::format("deal: expected certificates of 2 to 8 parties, got {}", recipients.size()));
  if (runs < 1)
    throw std::invalid_argument(fmt::format("deal: expected 1 run or more, got {}", runs));
  if (chunk_bytes < 16 || chunk_bytes > 1 << 26)
    throw std::invalid_argument(
        fmt::format("deal: expected chunks of 16 to 2^26 bytes, got {}", chunk_bytes));
  protocol.validate();
}

std::filesystem::path party_file(const std::filesystem::path& folder, Rank party) {
  return folder / fmt::format("party-{}.sealed", party);
}

Batch deal_batch(const DealOptions& options, const Csprng& own,
                 const std::function<void(Additive&)>& program) {
  options.validate();
  const auto begun = std::chrono::steady_clock::now();
  const Identity dealer(options.dealer);
  const auto plan = plan_of(options, program);

  Batch batch{.id = fresh_id()};
  batch.correction_bytes = static_cast<std::int64_t>(8 * dealt_words(plan));
  Header header{.batch = batch.id,
                .parties = static_cast<int>(options.recipients.size()),
                .runs = static_cast<std::uint64_t>(options.runs),
                .plan_bytes = encode(plan).size(),
                .chunk_bytes = static_cast<std::uint64_t>(options.chunk_bytes)};
  const auto run_bytes = [&](std::size_t party) {
    return Key::kBytes + (party == 0 ? static_cast<std::uint64_t>(batch.correction_bytes) : 0);
  };
  Writers files;
  for (std::size_t party = 0; party < options.recipients.size(); ++party) {
    const auto certificate = read_certificate(options.recipients[party].string());
    header.party = static_cast<int>(party);
    header.run_bytes = run_bytes(party);
    if (openssl::rank_in(certificate.get()) != header.party) {
      throw CertificateError(fmt::format("{}: expected a certificate bound to rank {}",
                                         options.recipients[party].string(), party));
    }
    batch.files.push_back(party_file(options.folder, header.party));
    files.push_back(std::make_unique<SealedWriter>(batch.files.back(), header, certificate.get(),
                                                   dealer, plan));
  }

  for (std::uint64_t i = 0; i < header.runs; ++i) {
    std::size_t asked = 0;
    const auto provider =
        observed(dealer_of_corrections(write_seeds(files, own.child("seeds", i)),
                                       [&](const at::Tensor& words_dealt) {
                                         const auto whole = words_dealt.contiguous();
                                         files.front()->add(std::as_bytes(words(whole)));
                                       }),
                 [&](const Request& request) {
                   if (asked >= plan.size() || request != plan[asked]) {
                     throw std::invalid_argument(
                         "deal: expected a program that asks for the same in every run, got a " +
                         to_string(request));
                   }
                   ++asked;
                 });
    run(*provider, options, program);
    for (std::size_t party = 0; party < files.size(); ++party)
      files[party]->end_section(run_bytes(party));
  }
  for (std::size_t party = 0; party < files.size(); ++party) {
    files[party]->finish();
    batch.file_bytes += static_cast<std::int64_t>(std::filesystem::file_size(batch.files[party]));
  }
  batch.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return batch;
}

}  // namespace assay::mpc::additive
