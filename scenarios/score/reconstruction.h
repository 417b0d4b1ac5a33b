#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "core/attack.h"
#include "core/data/corpus.h"
#include "core/truth/witness.h"

namespace assay::scenarios {

/// A reconstruction counts as a success from this peak signal-to-noise ratio on.
constexpr double kSuccessDb = 20.0;
/// Candidates of the identification test: the victim's record and others of its class.
constexpr std::int64_t kCandidates = 100;

struct ReconstructionInput {
  Evidence evidence;
  const View& view;  ///< which update a reconstruction belongs to
  std::vector<Victim> victims;
  std::set<Rank> own;  ///< the adversary's own parties: their victims are not scored
  const Corpus& corpus;
  std::string probe;
  std::filesystem::path gallery;  ///< empty: no pictures
};

/// Scores reconstructed pictures against their victims. One unit for each victim batch:
///
///   success_rate         share of its records with PSNR >= 20 dB
///   psnr_db, ssim        mean over its records
///   identification_rate  share whose nearest of 100 pictures of their class is the record itself
///   label_accuracy       share of its labels that were guessed, in any order
///
/// Records are matched to reconstructions by one assignment over the whole update. Nulls: the mean
/// of the public records, and a public record drawn at random; for labels the most frequent public
/// label.
/// With the evidence of the same attack on the ideal world (core/view/ideal_world.h), that is a
/// null too: "the ideal world".
nlohmann::json score_reconstructions(const ReconstructionInput& input, Stream& stream,
                                     const std::optional<Evidence>& ideal = std::nullopt);

/// The name of that null.
constexpr const char* kIdealWorld = "the ideal world";

}  // namespace assay::scenarios
