#include "dp/workloads/scaling.h"

#include "core/cost/meter.h"
#include "core/net/reduce/all_reduce.h"
#include "core/net/sim.h"
#include "dp/system/options.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;

TEST_CASE("scaling: a step's messages are those that the sum declares, whatever was drawn",
          "[dp]") {
  const auto& net = dp::scaling_net("mnist");
  const dp::ScalingWorkload workload(net);
  const auto bytes = parameter_count(net.model) * 4;
  CHECK(bytes == 26'010 * 4);
  for (const auto sum : {dp::SumBy::ring, dp::SumBy::tree, dp::SumBy::naive}) {
    const dp::ScalingRun run{
        .workers = 4, .all_reduce = sum, .batch = 8, .records = 400, .steps = 2};
    const auto cost = workload.simulate(run, link_profile("lan"));
    const auto declared = cost_of(dp::DpSgdOptions{.all_reduce = sum}.reduction(), 4, bytes);
    INFO(to_string(sum));
    CHECK(cost.bytes == declared.bytes);
    CHECK(cost.rounds == declared.rounds);
    CHECK(cost.seconds > 0.0);
    for (const char* phase :
         {"sample", "forward", "backward", "norms", "clip", "noise", "sum", "update"})
      CHECK(cost.phase_seconds.at(phase) > 0.0);
  }
}

TEST_CASE("scaling: workers of one node wait less for messages than those of several", "[dp]") {
  const dp::ScalingWorkload workload(dp::scaling_net("census"));
  const dp::ScalingRun run{.workers = 2,
                           .all_reduce = dp::SumBy::hierarchical,
                           .node_size = 2,
                           .batch = 4,
                           .records = 40,
                           .steps = 2};
  const auto graph = workload.simulate(run, link_profile("wan")).graph;
  const auto wan = link_profile("wan"), fast = link_profile("infiniband");
  CHECK(replay_seconds(graph, wan, 0, {2, fast}) + 0.05 < replay_seconds(graph, wan));
}

TEST_CASE("scaling: what workers cannot share evenly is refused", "[dp]") {
  const dp::ScalingWorkload workload(dp::scaling_net("mnist"));
  const auto lan = link_profile("lan");
  CHECK_THROWS_WITH(workload.simulate({.workers = 3, .batch = 8, .records = 300}, lan),
                    Contains("expected a batch that 3 workers share evenly, got 8"));
  CHECK_THROWS_WITH(workload.simulate({.workers = 3, .batch = 9, .records = 301}, lan),
                    Contains("expected a number of records"));
  CHECK_THROWS_WITH(dp::scaling_net("vgg"), Contains("census or mnist"));
}

TEST_CASE("scaling: one worker is timed by the wall clock, where rank 0 is", "[dp]") {
  const dp::ScalingWorkload workload(dp::scaling_net("mnist"));
  CHECK(workload.time_alone({.workers = 4, .batch = 4, .records = 40, .steps = 3}) > 0.0);
}

}  // namespace
}  // namespace assay
