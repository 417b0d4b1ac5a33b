#include "mpc/additive/files/provider.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <cstring>

#include "mpc/additive/corrections.h"
#include "mpc/additive/files/ledger.h"
#include "mpc/additive/files/planned.h"
#include "mpc/additive/files/sealed_file.h"
#include "mpc/additive/seeds.h"
#include "mpc/words.h"

namespace assay::mpc::additive {
namespace {

const Tag kPlace{Phase::setup, "batch", 0}, kBegun{Phase::setup, "begun", 0};

/// Where a party stands: the batch and the next run.
using Place = std::array<std::byte, 24>;

Place place_of(const Header& header, std::uint64_t run) {
  Place place;
  std::size_t length = 0;
  OPENSSL_hexstr2buf_ex(reinterpret_cast<unsigned char*>(place.data()), 16, &length,
                        header.batch.c_str(), '\0');
  std::memcpy(place.data() + 16, &run, sizeof run);
  return place;
}

std::string to_string(const Place& place) {
  std::uint64_t run = 0;
  std::memcpy(&run, place.data() + 16, sizeof run);
  std::string batch;
  for (const auto byte : std::span(place).first(16))
    batch += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return fmt::format("run {} of batch {}", run, batch);
}

/// Every party tells its place to every other, and all must be the same.
void agree(Party& party, const Tag& tag, const std::string& file, const Place& own) {
  std::vector<Pending> pending;
  for (Rank peer = 0; peer < party.size; ++peer) {
    if (peer == party.rank) continue;
    party.wire.send(peer, tag, own);
    pending.push_back(party.wire.receive(peer, tag, own.size()));
  }
  for (const auto& message : party.wire.wait(pending)) {
    Place theirs;
    if (message.payload().size() != theirs.size()) {
      throw TransportError(fmt::format("rank {}: {}: expected {} bytes from rank {}, got {}",
                                       party.rank, to_string(tag), theirs.size(), message.from(),
                                       message.payload().size()));
    }
    std::copy(message.payload().begin(), message.payload().end(), theirs.begin());
    if (theirs != own) {
      throw std::runtime_error(fmt::format(
          "rank {}: {}: expected all parties at one place, got rank {} at {} and this one at {}: "
          "one "
          "of them went back to an older copy of its files, and masks must not be used twice; deal "
          "another batch",
          party.rank, file, message.from(), to_string(theirs), to_string(own)));
    }
  }
}

/// The requests of a program, held against the plan that was dealt for.
class PlanCheck {
 public:
  PlanCheck(std::string file, Plan plan) : file_(std::move(file)), plan_(std::move(plan)) {}

  void operator()(const Request& request) {
    if (next_ == plan_.size()) {
      throw std::runtime_error(fmt::format(
          "{}: expected a program of {} requests, got one more, {}: the run is used up, "
          "{} dealt words are not enough",
          file_, plan_.size(), to_string(request), dealt_words(plan_)));
    }
    if (request != plan_[next_]) {
      throw std::runtime_error(fmt::format("{}: request {} of the program: dealt for {}, got {}",
                                           file_, next_, to_string(plan_[next_]),
                                           to_string(request)));
    }
    ++next_;
  }

 private:
  std::string file_;
  Plan plan_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Provider> file_provider(Party& party, const FileProviderOptions& options) {
  const Identity own(options.own);
  const auto file = std::make_shared<SealedReader>(options.file, own, options.dealer);
  const auto& header = file->header();
  if (header.party != party.rank || header.parties != party.size) {
    throw std::runtime_error(
        fmt::format("{}: expected a file for rank {} of {}, got one for rank {} of {}",
                    file->name(), party.rank, party.size, header.party, header.parties));
  }
  Ledger ledger(options.file, header.batch);
  const auto run = ledger.next_run();
  agree(party, kPlace, file->name(), place_of(header, run));
  if (run >= header.runs) {
    throw std::runtime_error(
        fmt::format("{}: expected a run that is left, got a batch of {} runs ({} dealt words each) "
                    "which are all used: deal another batch",
                    file->name(), header.runs, dealt_words(file->plan())));
  }
  ledger.begin_run();
  // No party goes on before all ledgers are written: a run that fails later leaves them together.
  agree(party, kBegun, file->name(), place_of(header, run));

  file->seek(run);
  std::array<std::byte, Key::kBytes> seed;
  file->read(seed);
  auto shares = expand(Key(seed));
  OPENSSL_cleanse(seed.data(), seed.size());
  const auto correction = [file](at::IntArrayRef sizes) {
    auto words_dealt = at::empty(sizes, at::kLong);
    file->read(std::as_writable_bytes(mutable_words(words_dealt)));
    return words_dealt;
  };
  return observed(receiver_of_corrections(party.rank, std::move(shares), correction),
                  PlanCheck(file->name(), file->plan()));
}

}  // namespace assay::mpc::additive
