// An attack program: what attacks link is enough for it. With CHEAT it asks the scorer, or the
// witness's file, how well it did; neither links.
#include "attacks/gradient_inversion/gradient_inversion.h"
#if CHEAT == 1
#include "scenarios/score/score_cell.h"
#elif CHEAT == 2
#include "core/truth/witness.h"
#endif

int main() {
  const auto attack = assay::attacks::make_gradient_inversion({}, false);
#if CHEAT == 1
  auto* volatile scorer = &assay::scenarios::run_score_cell;
  return scorer == nullptr || attack == nullptr;
#elif CHEAT == 2
  return static_cast<int>(assay::load_truth("truth").size());
#else
  return attack == nullptr;
#endif
}
