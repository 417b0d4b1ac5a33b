#pragma once

#include "core/data/dataset.h"
#include "core/random/stream.h"

namespace assay::attacks {

/// What the records alone tell, without any model: a check on the experiment. If members and
/// non-members follow one law, nothing does, and the area under this curve is 1/2; where they were
/// collected apart (by date, by source), it is not, and an attack on the model proves nothing
/// ("Blind Baselines Beat Membership Inference Attacks for Foundation Models", Das, Zhang, Tramer,
/// 2024).
///
/// The guesser is told the truth about four fifths of the candidates and guesses the rest, in turn:
/// ridge regression of membership on the standardised features, their squares and the label. Of
/// texts, which have numbers below `tokens`, the features are how often each is there, and no
/// squares. Each fold has the same share of members, so that what is left out cannot be read off
/// what is there.
///
/// Shapes:  members [N] bool -> [N] float64, larger is surer
/// Errors: std::invalid_argument unless there are 5 members and 5 non-members.
at::Tensor blind_scores(const Dataset& candidates, const at::Tensor& members, Stream& stream,
                        std::int64_t tokens = 0);

}  // namespace assay::attacks
