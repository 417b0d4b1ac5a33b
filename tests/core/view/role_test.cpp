#include "core/view/role.h"

#include "core/view/view.h"
#include "tests/catch.h"

namespace assay {
namespace {

TEST_CASE("roles and coalitions are read back as they were written") {
  for (const auto* text : {"server", "client:3", "peer:0", "party:2", "dealer", "eavesdropper:0-1",
                           "outsider", "operator", "client:1+client:2"}) {
    CHECK(to_string(parse_coalition(text)) == text);
  }
  CHECK(to_string(parse_coalition("eavesdropper:2-0")) == "eavesdropper:0-2");
  CHECK(to_string(parse_coalition("client:2+client:1+client:2")) == "client:1+client:2");
}

TEST_CASE("malformed roles are refused") {
  for (const auto* text : {"", "servers", "client", "client:", "client:x", "client:-1", "server:1",
                           "eavesdropper:1", "eavesdropper:1-1", "eavesdropper:1-2-3", "client:1+",
                           "+client:1", "client:1++client:2", "client:99999999999999"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_coalition(text), std::invalid_argument);
  }
}

TEST_CASE("names of knowledge and observations are read back") {
  for (const auto* name : {"architecture", "hyperparameters", "labels"}) {
    CHECK(to_string(knowledge_from_name(name)) == name);
  }
  for (const auto* name :
       {"client_update", "aggregate", "global_model", "own_update", "traffic", "released_model"}) {
    CHECK(to_string(observation_kind_from_name(name)) == name);
  }
  CHECK_THROWS_AS(knowledge_from_name("truth"), std::invalid_argument);
  CHECK_THROWS_AS(observation_kind_from_name("truth"), std::invalid_argument);
}

}  // namespace
}  // namespace assay
