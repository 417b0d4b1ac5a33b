#include "core/random/keystream.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <stdexcept>

namespace assay {

Key::Key(std::span<const std::byte, kBytes> bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Key::~Key() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

struct Keystream::State {
  static constexpr std::size_t kBuffer = 4096;

  EVP_CIPHER_CTX* context = nullptr;
  std::array<std::byte, kBuffer> buffer;
  std::size_t used = kBuffer;

  explicit State(const Key& key) : context(EVP_CIPHER_CTX_new()) {
    const unsigned char counter[16] = {};
    if (context == nullptr ||
        EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), nullptr,
                           reinterpret_cast<const unsigned char*>(key.bytes().data()),
                           counter) != 1) {
      EVP_CIPHER_CTX_free(context);
      throw std::runtime_error("AES-128-CTR could not be set up by OpenSSL");
    }
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_CIPHER_CTX_free(context);
    OPENSSL_cleanse(buffer.data(), buffer.size());
  }

  /// The key stream is the encryption of zeros.
  void generate(std::span<std::byte> out) {
    std::fill(out.begin(), out.end(), std::byte{0});
    while (!out.empty()) {
      const auto step = std::min<std::size_t>(out.size(), INT_MAX / 2);
      auto* data = reinterpret_cast<unsigned char*>(out.data());
      int written = 0;
      if (EVP_EncryptUpdate(context, data, &written, data, static_cast<int>(step)) != 1 ||
          written != static_cast<int>(step)) {
        throw std::runtime_error("AES-128-CTR failed in OpenSSL");
      }
      out = out.subspan(step);
    }
  }
};

Keystream::Keystream(const Key& key) : state_(std::make_unique<State>(key)) {}
Keystream::Keystream(Keystream&&) noexcept = default;
Keystream& Keystream::operator=(Keystream&&) noexcept = default;
Keystream::~Keystream() = default;

void Keystream::fill(std::span<std::byte> out) {
  // What next_u64 buffered comes first: the order of the stream is the order of the calls.
  const auto buffered = std::min(out.size(), State::kBuffer - state_->used);
  std::copy_n(state_->buffer.begin() + static_cast<std::ptrdiff_t>(state_->used), buffered,
              out.begin());
  state_->used += buffered;
  state_->generate(out.subspan(buffered));
}

std::uint64_t Keystream::next_u64() {
  std::uint64_t value = 0;
  if (State::kBuffer - state_->used < sizeof value) {
    std::array<std::byte, sizeof value> bytes;
    const auto left = State::kBuffer - state_->used;
    std::copy_n(state_->buffer.begin() + static_cast<std::ptrdiff_t>(state_->used), left,
                bytes.begin());
    state_->generate(state_->buffer);
    std::copy_n(state_->buffer.begin(), sizeof value - left, bytes.begin() + left);
    state_->used = sizeof value - left;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::memcpy(&value, state_->buffer.data() + state_->used, sizeof value);
  state_->used += sizeof value;
  return value;
}

}  // namespace assay
