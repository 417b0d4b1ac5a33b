#include "core/truth/witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/io/atomic_file.h"
#include "core/io/safetensors.h"

namespace assay {
namespace {

std::filesystem::path file_in(const std::filesystem::path& folder) {
  return folder / "victims.safetensors";
}

}  // namespace

void Witness::saw(Victim victim) {
  std::lock_guard lock(mutex_);
  victims_.push_back(std::move(victim));
}

std::vector<Victim> Witness::victims() const {
  std::lock_guard lock(mutex_);
  auto sorted = victims_;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return sorted;
}

void Witness::trained_on(at::Tensor members) {
  std::lock_guard lock(mutex_);
  members_ = std::move(members);
}

at::Tensor Witness::members() const {
  std::lock_guard lock(mutex_);
  return members_;
}

void save_truth(const std::vector<Victim>& victims, const std::filesystem::path& folder) {
  TensorFile out;
  auto list = nlohmann::json::array();
  for (const auto& victim : victims) {
    list.push_back({{"id", victim.id},
                    {"probe", victim.probe},
                    {"replica", victim.replica},
                    {"step", victim.step},
                    {"owner", victim.owner},
                    {"scored", victim.scored}});
    out.tensors[fmt::format("{}.inputs", victim.id)] = victim.inputs;
    out.tensors[fmt::format("{}.labels", victim.id)] = victim.labels;
  }
  out.note = {{"victims", std::move(list)}};
  make_private_folder(folder);
  save_safetensors(out, file_in(folder));
}

std::vector<Victim> load_truth(const std::filesystem::path& folder) {
  const auto file = load_safetensors(file_in(folder));
  std::vector<Victim> victims;
  try {
    for (const auto& j : file.note.at("victims")) {
      const VictimId id = j.at("id");
      victims.push_back({.id = id,
                         .probe = j.at("probe"),
                         .replica = j.at("replica"),
                         .step = j.at("step"),
                         .owner = j.at("owner"),
                         .scored = j.at("scored"),
                         .inputs = file.at(fmt::format("{}.inputs", id)),
                         .labels = file.at(fmt::format("{}.labels", id))});
    }
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("{}: malformed truth: {}", file_in(folder).string(), error.what()));
  }
  return victims;
}

void save_members(const at::Tensor& members, const std::filesystem::path& folder) {
  TensorFile out;
  out.tensors["members"] = members;
  make_private_folder(folder);
  save_safetensors(out, folder / "members.safetensors");
}

at::Tensor load_members(const std::filesystem::path& folder) {
  const auto file = folder / "members.safetensors";
  const auto in = load_safetensors(file);
  const auto found = in.tensors.find("members");
  if (found == in.tensors.end() || found->second.dim() != 1 ||
      found->second.scalar_type() != at::kBool) {
    throw std::invalid_argument(
        fmt::format("{}: malformed truth: expected a list of members", file.string()));
  }
  return found->second;
}

}  // namespace assay
