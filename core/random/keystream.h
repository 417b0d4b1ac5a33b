#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace assay {

/// A 128-bit AES key. The bytes are wiped when the key goes away.
class Key {
 public:
  static constexpr std::size_t kBytes = 16;

  explicit Key(std::span<const std::byte, kBytes> bytes);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key();

  std::span<const std::byte, kBytes> bytes() const { return bytes_; }

 private:
  std::array<std::byte, kBytes> bytes_;
};

/// The AES-128-CTR key stream (NIST SP 800-38A) from counter 0, through OpenSSL.
///
/// The engine below both kinds of randomness: Csprng (protocol) and Stream (experiment). It is not
/// copyable, so that no part of a key stream is ever given out twice.
class Keystream {
 public:
  explicit Keystream(const Key& key);
  Keystream(Keystream&&) noexcept;
  Keystream& operator=(Keystream&&) noexcept;
  ~Keystream();

  /// Writes the next out.size() bytes of the stream.
  /// Errors: std::runtime_error if OpenSSL fails.
  void fill(std::span<std::byte> out);

  /// The next 8 bytes as a little-endian number; buffered, 4 KiB at a time.
  std::uint64_t next_u64();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
