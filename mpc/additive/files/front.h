#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace assay::mpc::additive {

/// What a file of correlated randomness says of itself, signed by its dealer.
///
/// After it come sections, each cut into chunks of `chunk_bytes` (the last one of a section may be
/// shorter), each sealed on its own and 16 bytes longer on disk: the plan, then `runs` runs of the
/// program: this party's seed, 16 bytes, and at party 0 the corrections.
struct Header {
  std::string batch;           ///< 32 hexadecimal digits, the same for all parties' files
  int party = 0, parties = 2;  ///< whose file it is, among how many
  std::uint64_t runs = 1;      ///< how often the program can be run
  std::uint64_t plan_bytes = 0;
  std::uint64_t run_bytes = 16;
  std::uint64_t chunk_bytes = std::uint64_t{1} << 20;
  std::string recipient;  ///< SHA-256 of its certificate's key, 64 hexadecimal digits
  std::string dealer;     ///< SHA-256 of its certificate's key
  std::string
      ephemeral;  ///< the dealer's public key for this file alone: a P-256 point, 130 digits

  bool operator==(const Header&) const = default;

  std::uint64_t chunks_of(std::uint64_t section_bytes) const {
    return (section_bytes + chunk_bytes - 1) / chunk_bytes;
  }
  /// On disk.
  std::uint64_t stored(std::uint64_t section_bytes) const {
    return section_bytes + kTagBytes * chunks_of(section_bytes);
  }
  /// Of all sections, on disk: below 2^62, which parsing makes sure of.
  std::uint64_t body_bytes() const { return stored(plan_bytes) + runs * stored(run_bytes); }

  static constexpr std::uint64_t kTagBytes = 16;
};

/// A file's beginning: "assay sealed 1\n", the header's length (4 bytes, little endian) and text
/// (JSON), the signature's length (4 bytes) and bytes, the signature being of all that comes before
/// its length.
struct Front {
  Header header;
  std::string text;  ///< what is signed
  std::string signature;
  std::size_t bytes = 0;  ///< the length of all this
};

/// Everything up to the signature's length, to be signed.
std::string signed_text(const Header& header);
std::string front_text(const std::string& signed_text, std::string_view signature);

/// The longest that a front can be.
inline constexpr std::size_t kMostFrontBytes = 8192;

/// Reads a front from the first bytes of a file; what follows it is not looked at. The signature is
/// not checked. Free of torch. Errors: DataError with `name` and the place.
Front parse_front(std::span<const std::byte> bytes, std::string_view name);

}  // namespace assay::mpc::additive
