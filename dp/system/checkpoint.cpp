#include "dp/system/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "core/io/atomic_file.h"
#include "core/net/collectives.h"

namespace assay::dp {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKept = 2;  // ranks are at most one state apart
constexpr std::string_view kPrefix = "step-", kSuffix = ".safetensors";

/// The last states that a rank has, the older one first (-1: none), and what it has charged.
using Standing = std::array<std::int64_t, kKept + 1>;

}  // namespace

CheckpointFolder::CheckpointFolder(const Checkpoints& where, Rank rank)
    : folder_(where.folder / fmt::format("rank-{}", rank)), every_(where.every) {
  if (every_ < 1)
    throw std::invalid_argument(
        fmt::format("expected a state every 1 or more steps, got {}", every_));
  make_private_folder(folder_);
}

fs::path CheckpointFolder::file(std::int64_t step) const {
  return folder_ / fmt::format("{}{:010}{}", kPrefix, step, kSuffix);
}

std::vector<std::int64_t> CheckpointFolder::steps() const {
  std::vector<std::int64_t> out;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    std::int64_t step = 0;
    const char* end = name.data() + name.size() - kSuffix.size();
    const auto read = std::from_chars(name.data() + kPrefix.size(), end, step);
    if (read.ec == std::errc() && read.ptr == end) out.push_back(step);
  }
  std::sort(out.begin(), out.end());
  return out;
}

void CheckpointFolder::save(std::int64_t step, const Descent& descent) const {
  save_safetensors(descent.state(), file(step));
  auto kept = steps();
  for (std::size_t i = 0; i + kKept < kept.size(); ++i)
    fs::remove(file(kept[i]));
}

void CheckpointFolder::load(std::int64_t step, Descent& descent) const {
  descent.restore(load_safetensors(file(step)));
}

Resumption agree_on_resumption(Transport& wire, const std::vector<std::int64_t>& steps,
                               std::int64_t charged) {
  Standing own = {-1, -1, charged};
  for (std::size_t i = 0; i < std::min(kKept, steps.size()); ++i)
    own[kKept - 1 - i] = steps[steps.size() - 1 - i];
  const auto all = all_gather(wire, {Phase::setup, "checkpoints", 0}, std::as_bytes(std::span(own)),
                              sizeof(own));
  std::vector<Standing> everyone;
  Resumption out;
  for (const auto& bytes : all) {
    if (bytes.size() != sizeof(Standing))
      throw TransportError("checkpoints: a rank says something else");
    std::memcpy(everyone.emplace_back().data(), bytes.data(), sizeof(Standing));
    out.charged = std::max(out.charged, everyone.back()[kKept]);
  }
  for (const auto step : steps) {
    const bool shared = std::all_of(everyone.begin(), everyone.end(), [&](const Standing& s) {
      return std::find(s.begin(), s.begin() + kKept, step) != s.begin() + kKept;
    });
    if (shared) out.step = std::max(out.step, step);
  }
  return out;
}

}  // namespace assay::dp
