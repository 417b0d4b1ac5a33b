#include "core/data/messages.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>

#include <set>

#include "core/data/corpus.h"
#include "core/data/message_grammar.h"
#include "tests/catch.h"

namespace assay {
namespace {

using Catch::Matchers::Contains;
using Words = std::vector<std::string>;

TEST_CASE("a grammar writes each choice about as often as any other") {
  const TextGrammar grammar({{"greeting", {"hello <whom>", "", "good morning"}},
                             {"whom", {"world", "my <whose> friend"}},
                             {"whose", {"old"}}});
  CHECK(grammar.words() == Words{"hello", "good", "morning", "world", "my", "friend", "old"});
  CHECK(grammar.most_words("greeting") == 4);
  CHECK(grammar.most_words("whom") == 3);
  Stream stream(1);
  std::map<Words, int> times;
  for (int i = 0; i < 6000; ++i)
    ++times[grammar.write("greeting", stream)];
  REQUIRE(times.size() == 4);
  // Standard deviations of 37 and 29: 4 of them, a false alarm in 4,000.
  CHECK(times[{}] == Approx(2000).margin(146));
  CHECK(times[{"good", "morning"}] == Approx(2000).margin(146));
  CHECK(times[{"hello", "world"}] == Approx(1000).margin(116));
  CHECK(times[{"hello", "my", "old", "friend"}] == Approx(1000).margin(116));
}

TEST_CASE("a grammar that cannot end, or that names what is not there, is refused") {
  using Rules = std::vector<TextGrammar::Rule>;
  CHECK_THROWS_WITH(TextGrammar(Rules{{"a", {"<b>"}}}), "expected a rule of <b>, got none");
  CHECK_THROWS_WITH(TextGrammar(Rules{{"a", {"x", "<b>"}}, {"b", {"<a> y"}}}),
                    "expected sentences that end, got <a> within <a>");
  CHECK_THROWS_WITH(TextGrammar(Rules{{"a", {"x"}}, {"a", {"y"}}}),
                    "expected one rule of <a>, got another");
  CHECK_THROWS_WITH(TextGrammar(Rules{{"a", {}}}), "expected choices of <a>, got none");
  Stream stream(1);
  const TextGrammar grammar(Rules{{"a", {"x"}}});
  CHECK_THROWS_AS(grammar.write("b", stream), std::invalid_argument);
  CHECK_THROWS_AS(grammar.most_words("b"), std::invalid_argument);
}

TEST_CASE("a vocabulary numbers words from 1, and pads in front with 0") {
  const Vocabulary vocabulary({"new", "invoice", "x-ray"});
  CHECK(vocabulary.size() == 4);
  const Words text = {"x-ray", "invoice", "x-ray"};
  const auto tokens = vocabulary.encode(text, 5);
  CHECK(tokens == std::vector<std::int64_t>{0, 0, 3, 2, 3});
  CHECK(vocabulary.decode(tokens) == "x-ray invoice x-ray");
  CHECK(vocabulary.encode(text, 3) == std::vector<std::int64_t>{3, 2, 3});
  CHECK(vocabulary.encode({}, 2) == std::vector<std::int64_t>{0, 0});
  CHECK_THROWS_WITH(vocabulary.encode(text, 2), "expected a text of at most 2 words, got 3");
  CHECK_THROWS_WITH(vocabulary.encode(Words{"old"}, 2),
                    "expected a word of the vocabulary, got 'old'");
  CHECK_THROWS_WITH(vocabulary.decode(std::vector<std::int64_t>{1, 4}),
                    "expected a token from 0 to 3, got 4");
  CHECK_THROWS_WITH(Vocabulary({"a", "b", "a"}), "expected each word once, got 'a' twice");
  CHECK_THROWS_AS(Vocabulary({""}), std::invalid_argument);
}

TEST_CASE("every message fits its places, whatever is drawn") {
  for (const auto& desk : message_desks())
    CHECK(message_grammar().most_words(desk) <= kMessageWords);
}

TEST_CASE("messages are the recipe's: words in front of none, all desks alike, hardly any twice") {
  const auto pool = make_messages();
  REQUIRE(pool.inputs.sizes() == at::IntArrayRef({kMessages, kMessageWords}));
  CHECK(at::equal(pool.inputs, pool.inputs.round()));
  CHECK(pool.inputs.max().item<double>() < static_cast<double>(message_vocabulary().size()));
  // Padding is in front, and no message is empty.
  const auto present = pool.inputs.gt(0);
  CHECK(present.select(1, kMessageWords - 1).all().item<bool>());
  const auto words = present.narrow(1, 1, kMessageWords - 1),
             before = present.narrow(1, 0, kMessageWords - 1);
  CHECK_FALSE(before.logical_and(words.logical_not()).any().item<bool>());
  const auto of_desks = pool.labels.bincount();
  REQUIRE(of_desks.size(0) == 4);
  for (std::int64_t desk = 0; desk < 4; ++desk)
    CHECK(of_desks[desk].item<double>() == Approx(3000).margin(190));  // 4 sd

  const auto tokens = pool.inputs.to(at::kLong);
  std::set<std::string> texts;
  for (std::int64_t i = 0; i < kMessages; ++i) {
    const auto* first = tokens.const_data_ptr<std::int64_t>() + i * kMessageWords;
    texts.insert(message_vocabulary().decode({first, static_cast<std::size_t>(kMessageWords)}));
  }
  CHECK(texts.size() > kMessages - 20);
  const auto* first = tokens.const_data_ptr<std::int64_t>();
  CHECK(
      message_vocabulary().decode({first, static_cast<std::size_t>(kMessageWords)}) ==
      "good morning my name is john thompson i was charged 80 dollars twice i take lansoprazole 37 "
      "mg");
}

TEST_CASE("corpus: messages are texts, whose numbers stay what they are") {
  const auto corpus = load_corpus({.name = "messages"}, "", Stream(1));
  CHECK(corpus_facts("messages").tokens == message_vocabulary().size());
  CHECK(corpus.train.class_names == message_desks());
  CHECK(at::equal(corpus.train.inputs, corpus.train.inputs.round()));
  CHECK(corpus.train.inputs.max().item<double>() > 1.0);
  CHECK(corpus.sha256 == corpus_fingerprint({.name = "messages"}, ""));
  // As first made: results of other messages are not comparable.
  CHECK(corpus.sha256 == "c590e0902910efe432ecc39b829b658bc6b69c1d7bfe9f339f0d4d277c7eebc6");
}

}  // namespace
}  // namespace assay
