#pragma once

#include "core/data/pool.h"
#include "core/data/vocabulary.h"

namespace assay {

/// Messages of made-up patients to the four desks of a surgery: who writes (a name, mostly with a
/// birthday, an address or a telephone number), what for, and what else ails them. The desk is what
/// a model learns to tell. Two messages of three ask for something that one desk does; the others
/// leave it open, and could have come to any of the four, so that no reader of the texts is right
/// about more than 3/4 of them on average, and a model that is has learnt messages by heart.
///
/// Nobody has written them: message_grammar.cpp is the whole recipe, and its seed is fixed, so that
/// every run has the same messages. Message i does not depend on how many there are.

constexpr std::int64_t kMessages = 12000;
constexpr std::int64_t kMessageWords = 36;  ///< places of a message: no message has more words

/// The recipe's words, in its order: fixed before any message was written.
const Vocabulary& message_vocabulary();

/// inputs [messages, places]: tokens of message_vocabulary(), as float32 (whole numbers), padding
/// first; labels: the desks.
Pool make_messages();

}  // namespace assay
