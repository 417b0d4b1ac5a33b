#include "core/data/messages.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include "core/data/message_grammar.h"

namespace assay {
namespace {

constexpr std::uint64_t kSeed = 20201105;

}  // namespace

const Vocabulary& message_vocabulary() {
  static const Vocabulary vocabulary(message_grammar().words());
  return vocabulary;
}

Pool make_messages() {
  const auto& desks = message_desks();
  const Stream root(kSeed);
  std::vector<std::int64_t> tokens, labels;
  for (std::int64_t i = 0; i < kMessages; ++i) {
    auto stream = root.child("message", i);
    labels.push_back(stream.below(std::ssize(desks)));
    const auto words =
        message_grammar().write(desks[static_cast<std::size_t>(labels.back())], stream);
    const auto text = message_vocabulary().encode(words, kMessageWords);
    tokens.insert(tokens.end(), text.begin(), text.end());
  }
  Pool pool;
  pool.inputs = at::tensor(tokens, at::kFloat).view({kMessages, kMessageWords});
  pool.labels = at::tensor(labels, at::kLong);
  pool.class_names = desks;
  return pool;
}

}  // namespace assay
