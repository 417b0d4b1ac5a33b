#pragma once

#include "tests/mpc/security/run.h"

namespace assay::mpc::security {

/// One word that passes in every repetition of a program: a party's message, or what the parties'
/// messages add up to.
struct Word {
  std::string name;
  additive::Group group;
  bool opened;                         ///< the total, which is what everybody comes to know
  std::vector<std::uint64_t> samples;  ///< one of each repetition
};

/// The online words of a program that is run `repetitions` times with fresh randomness.
std::vector<Word> words_of(const Setting& setting, const Program& program, int repetitions);

/// The words themselves; how two of a repetition differ and, of sums, add up (of more than 12
/// words, only what is opened and the 16 openings before it); and how each differs from the one in
/// the repetition before: everything that a mask used twice would spoil. Calls `use` with one at a
/// time.
void for_each_view(const std::vector<Word>& words, const std::function<void(const Word&)>& use);

}  // namespace assay::mpc::security
