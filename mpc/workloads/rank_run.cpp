#include "mpc/workloads/rank_run.h"

#include "mpc/additive/third_party.h"
#include "mpc/additive/trusted_first_party.h"
#include "mpc/functions/arithmetic.h"

namespace assay::mpc {

Rank ranks_of(const MeasureOptions& options) {
  return options.parties + (options.third_party ? 1 : 0);
}

namespace {

std::unique_ptr<additive::Provider> provider_for(Party& party, const Workload& workload,
                                                 const MeasureOptions& options, const Csprng& own) {
  if (options.dealt)
    return additive::file_provider(party, options.dealt(workload.name, party.rank));
  if (options.third_party) return additive::third_party(party, own);
  return additive::trusted_first_party(party, own);
}

}  // namespace

RankRun::RankRun(Party& party, const Workload& workload, const MeasureOptions& options,
                 const Csprng& own)
    : workload_(workload),
      parties_(options.parties),
      provider_(provider_for(party, workload, options, own)),
      session_(party.wire, options.parties, *provider_, Phase::setup),
      protocol_(session_, {.fraction_bits = options.fraction_bits}) {}

void RankRun::input(const std::vector<at::Tensor>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs_.push_back(input_real(protocol_, static_cast<Rank>(i) % parties_, inputs[i]));
}

void RankRun::compute() {
  session_.enter(Phase::train);
  result_ = workload_.run(protocol_, inputs_);
}

at::Tensor RankRun::reveal() {
  session_.enter(Phase::release);
  return reveal_real(protocol_, result_, "result");
}

}  // namespace assay::mpc
