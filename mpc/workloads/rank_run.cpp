#include "mpc/workloads/rank_run.h"

#include "mpc/additive/third_party.h"
#include "mpc/additive/trusted_first_party.h"
#include "mpc/functions/arithmetic.h"

namespace assay::mpc {

Rank ranks_of(const MeasureOptions& options) {
  return options.parties + (options.third_party ? 1 : 0);
}

RankRun::RankRun(Party& party, const MeasureOptions& options, const Csprng& own)
    : parties_(options.parties),
      provider_(options.third_party ? additive::third_party(party, own)
                                    : additive::trusted_first_party(party, own)),
      session_(party.wire, options.parties, *provider_, Phase::setup),
      protocol_(session_, {.fraction_bits = options.fraction_bits}) {}

void RankRun::input(const std::vector<at::Tensor>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs_.push_back(input_real(protocol_, static_cast<Rank>(i) % parties_, inputs[i]));
}

void RankRun::compute(const Workload& workload) {
  session_.enter(Phase::train);
  result_ = workload.run(protocol_, inputs_);
}

at::Tensor RankRun::reveal() {
  session_.enter(Phase::release);
  return reveal_real(protocol_, result_, "result");
}

}  // namespace assay::mpc
