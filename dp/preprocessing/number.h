#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace assay::dp {

/// True for digits alone, 1 to 18 of them, with or without a minus sign.
bool is_plain_number(std::string_view text);

/// The whole number that a text means: digits with or without a sign, a fraction, an exponent
/// ("1.00E+05"), computed with whole numbers so that every reader finds the same. Nothing if the
/// text is no number, the number is not whole, or it has more than 18 digits. At most 64 bytes.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace assay::dp
