#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/random/keystream.h"

namespace assay {

/// A key for one purpose: HKDF-SHA256 (RFC 5869) of `secret`, with `info` as the ordered list of
/// what it is for. Each part enters with its length, so that ("ab", "c") and ("a", "bc") differ.
///
/// Errors: std::invalid_argument if the secret is empty; std::runtime_error if OpenSSL fails.
Key derive_key(std::span<const std::byte> secret, const std::vector<std::string>& info);
Key derive_key(std::string_view secret, const std::vector<std::string>& info);

/// A fresh key from the operating system's generator.
Key os_key();

}  // namespace assay
