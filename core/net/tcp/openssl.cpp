#include "core/net/tcp/openssl.h"

#include <fmt/format.h>
#include <openssl/err.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <span>
#include <system_error>
#include <vector>

#include "core/data/sha256.h"

namespace assay::openssl {

std::string last_error() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "unknown reason" : reason;
}

std::string key_fingerprint(X509* certificate) {
  unsigned char* encoded = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  if (length <= 0) throw std::runtime_error("a certificate's public key cannot be encoded");
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
      encoded, [](unsigned char* bytes) { OPENSSL_free(bytes); });
  Sha256 hash;
  hash.add(std::as_bytes(std::span(encoded, static_cast<std::size_t>(length))));
  return hash.hex();
}

std::string common_name(const X509_NAME* name) {
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return "";
  const auto* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index));
  std::string printable;
  for (int i = 0; i < ASN1_STRING_length(text) && i < 64; ++i) {
    const char c = static_cast<char>(ASN1_STRING_get0_data(text)[i]);
    printable += c >= 0x20 && c < 0x7f ? c : '?';
  }
  return printable;
}

namespace {

/// The URIs among a certificate's subject alternative names.
std::vector<std::string> uris_of(X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, Free<&GENERAL_NAMES_free>> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const auto* text = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return uris;
}

}  // namespace

bool is_for_development(X509* authority) {
  const auto uris = uris_of(authority);
  return std::find(uris.begin(), uris.end(), "assay:development") != uris.end();
}

int rank_in(X509* certificate) {
  constexpr std::string_view kPrefix = "assay:rank:";
  int rank = -1;
  for (const auto& text : uris_of(certificate)) {
    std::string_view uri = text;
    if (!uri.starts_with(kPrefix)) continue;
    uri.remove_prefix(kPrefix.size());
    int value = -1;
    const auto [end, error] = std::from_chars(uri.data(), uri.data() + uri.size(), value);
    if (rank != -1 || error != std::errc{} || end != uri.data() + uri.size() || value < 0)
      return -1;
    rank = value;
  }
  return rank;
}

std::string to_string(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace assay::openssl
