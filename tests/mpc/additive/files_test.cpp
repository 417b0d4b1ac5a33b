#include <ATen/TensorOperators.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <fstream>
#include <mutex>

#include "core/io/atomic_file.h"
#include "core/net/sim.h"
#include "core/random/derive.h"
#include "mpc/additive/files/front.h"
#include "mpc/additive/files/ledger.h"
#include "mpc/additive/files/plan.h"
#include "mpc/functions/arithmetic.h"
#include "mpc/functions/comparison.h"
#include "tests/catch.h"
#include "tests/mpc/dealt_files.h"
#include "tests/mpc/parties.h"

// Correlated randomness from files. That it computes what the other providers do, at the declared
// cost, is tested with theirs; here is what files add: they may be damaged, mixed up, or used
// twice.

namespace assay::mpc {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

constexpr std::int64_t kChunk = 256;

at::Tensor program(Protocol& p) {
  const auto x = input_real(p, 0, at::linspace(-3.0, 3.0, 70, at::kDouble));
  return p.reveal(relu(p, multiply(p, x, x)), "result");
}

DealtFiles dealt(std::int64_t runs = 1, Rank parties = 2) {
  return DealtFiles(parties, [](Protocol& p) { program(p); }, {}, 1, runs, kChunk);
}

using Options = std::vector<additive::FileProviderOptions>;

Options options_of(const DealtFiles& files, Rank parties = 2) {
  Options options;
  for (Rank rank = 0; rank < parties; ++rank)
    options.push_back(files.options(rank));
  return options;
}

/// Runs a program at every party; the result of rank 0.
at::Tensor run(const Options& options, const std::function<at::Tensor(Protocol&)>& what = program,
               FrameObserver* observer = nullptr) {
  const auto parties = static_cast<Rank>(options.size());
  at::Tensor result;
  make_sim_network(parties, {}, observer)->run([&](Party& party) {
    const auto provider =
        additive::file_provider(party, options[static_cast<std::size_t>(party.rank)]);
    additive::Session session(party.wire, parties, *provider, Phase::train);
    additive::Additive protocol(session, {});
    auto revealed = what(protocol);
    if (party.rank == 0) result = revealed;
  });
  return result;
}

std::string bytes_of(const fs::path& file) {
  return read_text_file(file);
}

/// Where the chunks begin.
std::size_t front_of(const fs::path& file) {
  const auto bytes = bytes_of(file);
  return additive::parse_front(std::as_bytes(std::span(bytes)), "file").bytes;
}

void change(const fs::path& file, const std::function<void(std::string&)>& how) {
  auto bytes = bytes_of(file);
  how(bytes);
  write_file_atomically(file, bytes);
}

fs::path ledger_of(const additive::FileProviderOptions& options) {
  return options.file.string() + ".used";
}

}  // namespace

TEST_CASE("every run of a batch computes the same under other masks, and then none is left",
          "[mpc][files]") {
  class Words final : public FrameObserver {
   public:
    void on_frame(const Receipt& frame) override {
      const std::lock_guard lock(mutex_);
      if (frame.tag().op == "input") seen.push_back(frame.payload());
    }
    std::vector<Bytes> seen;

   private:
    std::mutex mutex_;
  } inputs;
  const auto plain = run_plain(program);
  for (const Rank parties : {2, 3, 5}) {
    const auto files = dealt(2, parties);
    const auto options = options_of(files, parties);
    inputs.seen.clear();
    CHECK((run(options, program, &inputs) - plain).abs().max().item<std::int64_t>() <= 1);
    CHECK((run(options, program, &inputs) - plain).abs().max().item<std::int64_t>() <= 1);
    CHECK_FALSE((inputs.seen.front() == inputs.seen.back()));
    CHECK_THROWS_WITH(run(options), Contains("a batch of 2 runs") && Contains("all used"));
  }
}

TEST_CASE("a run is written down as used before anything of it is sent", "[mpc][files]") {
  const auto files = dealt(3);
  const auto options = options_of(files);
  class Watch final : public FrameObserver {
   public:
    explicit Watch(const Options& options) : options_(options) {}
    void on_frame(const Receipt& frame) override {
      if (frame.tag().phase != Phase::train) return;
      const auto used = read_text_file(ledger_of(options_[static_cast<std::size_t>(frame.from())]));
      const std::lock_guard lock(mutex_);
      ++frames;
      if (used.find("next_run 1\n") != std::string::npos) ++after;
    }
    int frames = 0, after = 0;

   private:
    const Options& options_;
    std::mutex mutex_;
  } watch(options);
  run(options, program, &watch);
  CHECK(watch.frames > 0);
  CHECK(watch.after == watch.frames);
}

TEST_CASE("a party that went back to an older copy is refused by all", "[mpc][files]") {
  const auto files = dealt(5);
  const auto options = options_of(files);
  run(options);
  const auto backup = bytes_of(ledger_of(options[1]));
  run(options);
  write_file_atomically(ledger_of(options[1]), backup);
  CHECK_THROWS_WITH(run(options), Contains("run 2 of batch " + files.batch().id) &&
                                      Contains("run 1 of batch " + files.batch().id) &&
                                      Contains("older copy"));
  // The refusal has used nothing up.
  CHECK_THAT(bytes_of(ledger_of(options[0])), Contains("next_run 2\n"));
  fs::remove(ledger_of(options[1]));
  CHECK_THROWS_WITH(run(options), Contains("older copy"));
}

TEST_CASE("files of different batches are refused", "[mpc][files]") {
  const auto first = dealt(), second = dealt();
  CHECK(first.batch().id != second.batch().id);
  CHECK_THROWS_WITH(run({first.options(0), second.options(1)}),
                    Contains(first.batch().id) && Contains(second.batch().id));
  // A batch put in another one's place does not inherit what was used of it.
  auto mixed = options_of(first);
  run(mixed);
  fs::copy_file(second.options(0).file, mixed[0].file, fs::copy_options::overwrite_existing);
  CHECK_THROWS_WITH(run(mixed), Contains("used of batch " + second.batch().id));
}

TEST_CASE("a file in use is not used by another run at the same time", "[mpc][files]") {
  const auto files = dealt(2);
  const additive::Ledger held(files.options(0).file, files.batch().id);
  CHECK_THROWS_WITH(run(options_of(files)), Contains("another run is beginning"));
}

TEST_CASE("a program that was not dealt for is refused where it differs", "[mpc][files]") {
  const auto files = dealt(3);
  const auto options = options_of(files);
  const auto other_shape = [](Protocol& p) {
    return p.reveal(input_real(p, 0, at::zeros({71}, at::kDouble)), "result");
  };
  CHECK_THROWS_WITH(run(options, other_shape),
                    Contains("request 0 of the program: dealt for draw_for rank 0 of 70 words, got "
                             "draw_for rank 0 of 71 words"));
  const auto other_operation = [](Protocol& p) {
    const auto x = input_real(p, 0, at::zeros({70}, at::kDouble));
    return p.reveal(p.to_number(p.is_zero(x), 16), "result");
  };
  CHECK_THROWS_WITH(run(options, other_operation), Contains("request 1 of the program"));
  const auto more = [](Protocol& p) {
    program(p);
    return program(p);
  };
  CHECK_THROWS_WITH(run(options, more), Contains("one more, draw_for rank 0 of 70 words") &&
                                            Contains("the run is used up"));
}

TEST_CASE("a damaged file is refused where it is damaged", "[mpc][files]") {
  const auto files = dealt();
  const auto options = options_of(files);
  const auto file = options[0].file;
  const auto front = front_of(file);
  const auto stored = kChunk + 16;
  const auto refused = [&](const std::function<void(std::string&)>& how,
                           const Catch::Matchers::Impl::MatcherBase<std::string>& why) {
    const auto whole = bytes_of(file);
    change(file, how);
    CHECK_THROWS_WITH(run(options), why);
    write_file_atomically(file, whole);
    for (const auto& one : options)
      fs::remove(ledger_of(one));
  };
  CHECK(bytes_of(file).size() > front + 10 * stored);

  refused([](auto& b) { b.pop_back(); }, Contains("cut short"));
  refused([](auto& b) { b.resize(100); }, Contains("byte"));
  refused([](auto& b) { b.clear(); }, Contains("\"assay sealed 1\""));
  refused([](auto& b) { b += '\0'; }, Contains("too long"));
  refused([](auto& b) { b[0] = 'A'; }, Contains("\"assay sealed 1\""));
  // The header's numbers and the signature, each bit of which counts.
  refused([](auto& b) { b[b.find("\"runs\":1") + 7] = '2'; },
          Contains("expected a header signed by the owner of"));
  refused([&](auto& b) { b[front - 1] ^= 1; },
          Contains("expected a header signed by the owner of"));
  // The plan's chunks come first.
  refused([&](auto& b) { b[front] ^= 1; },
          Contains(fmt::format("chunk 0 (bytes {} to {}) is not what the dealer sealed", front,
                               front + stored)));
  refused([&](auto& b) { b[b.size() - 1] ^= 64; }, Contains("is not what the dealer sealed there"));
  // Two whole chunks change places.
  refused(
      [&](auto& b) {
        std::swap_ranges(b.begin() + static_cast<std::ptrdiff_t>(front),
                         b.begin() + static_cast<std::ptrdiff_t>(front + stored),
                         b.begin() + static_cast<std::ptrdiff_t>(front + stored));
      },
      Contains("chunk 0 "));
  // A chunk of another batch, dealt to the same party for the same program.
  const auto other = dealt();
  refused(
      [&](auto& b) {
        const auto theirs = bytes_of(other.options(0).file);
        const auto from = front_of(other.options(0).file);
        std::copy_n(theirs.begin() + static_cast<std::ptrdiff_t>(from + stored), stored,
                    b.begin() + static_cast<std::ptrdiff_t>(front + stored));
      },
      Contains("chunk 1 "));
  CHECK_NOTHROW(run(options));
}

TEST_CASE("a file is for its recipient alone, and from its dealer alone", "[mpc][files]") {
  const auto files = dealt();
  auto options = options_of(files);
  auto wrong = options;
  wrong[0].file = options[1].file;
  CHECK_THROWS_WITH(run(wrong), Contains("expected a file sealed to rank 0") &&
                                    Contains("got one sealed to rank 1"));
  // A header that says so does not help: it is signed.
  wrong = options;
  wrong[0].own = certificates_of(1);
  CHECK_THROWS_WITH(run(wrong), Contains("expected a file sealed to rank 1"));
  wrong = options;
  wrong[1].dealer = certificates_of(7).own.certificate;
  CHECK_THROWS_WITH(run(wrong), Contains("expected a header signed by the owner of"));
  // Three parties cannot share what was dealt to two.
  wrong = options_of(dealt(1, 3), 3);
  wrong.pop_back();
  CHECK_THROWS(run(wrong));
}

TEST_CASE("a key that only signs cannot be sealed to", "[mpc][files]") {
  TemporaryFolder folder;
  const auto signing = make_development_certificates(folder.path(), 2);
  const additive::DealOptions options{
      .recipients = {signing[0].own.certificate, signing[1].own.certificate},
      .dealer = certificates_of(8),
      .folder = folder.path() / "batch"};
  const Csprng own(os_key(), "dealer");
  const auto deal = [&](const additive::DealOptions& how) {
    additive::deal_batch(how, own, [](Protocol& p) { program(p); });
  };
  CHECK_THROWS_AS(deal(options), CertificateError);
  CHECK_FALSE(fs::exists(additive::party_file(options.folder, 0)));
  auto swapped = options;
  swapped.recipients = {certificates_of(1).own.certificate, certificates_of(0).own.certificate};
  CHECK_THROWS_WITH(deal(swapped), Contains("expected a certificate bound to rank 0"));
  auto alone = options;
  alone.recipients.pop_back();
  CHECK_THROWS_AS(deal(alone), std::invalid_argument);
}

TEST_CASE("what a party reads of its file is nowhere in it in clear", "[mpc][files]") {
  const auto files = dealt();
  const auto options = options_of(files);
  // The plan is known: its first request is of 70 words for rank 0.
  const additive::Plan plan = {{additive::Request::Kind::draw_for, 0, 70}};
  const auto clear = additive::encode(plan);
  const std::string_view pattern(reinterpret_cast<const char*>(clear.data()), clear.size());
  for (const auto& one : options)
    CHECK(bytes_of(one.file).find(pattern) == std::string::npos);
}

TEST_CASE("a program that asks for other things in each run cannot be dealt", "[mpc][files]") {
  int run = 0;
  CHECK_THROWS_WITH(
      DealtFiles(
          2, [&](Protocol& p) { input_real(p, 0, at::zeros({++run}, at::kDouble)); }, {}, 1, 2),
      Contains("the same in every run"));
}

}  // namespace assay::mpc
