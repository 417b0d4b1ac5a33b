#pragma once

#include <string>
#include <vector>

#include "core/data/text_grammar.h"

namespace assay {

/// The desks of the surgery, which are the classes.
const std::vector<std::string>& message_desks();

/// How a message to each desk is written: the rules' names are those of the desks.
const TextGrammar& message_grammar();

}  // namespace assay
