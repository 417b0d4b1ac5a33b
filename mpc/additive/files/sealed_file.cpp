#include "mpc/additive/files/sealed_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/data/sha256.h"
#include "core/io/atomic_file.h"
#include "core/net/tcp/identity_tls.h"

namespace assay::mpc::additive {
namespace {

/// What the key belongs to: one party's file of one batch.
std::string context_of(const Header& header) {
  return fmt::format("{} {} {}", header.batch, header.party, header.recipient);
}

std::string digest_of(const std::string& text) {
  Sha256 digest;
  digest.add(std::as_bytes(std::span(text)));
  return digest.hex();
}

[[noreturn]] void fail_to_write(const std::filesystem::path& path) {
  throw WriteError(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

}  // namespace

SealedWriter::SealedWriter(std::filesystem::path path, Header header, X509* recipient,
                           const Identity& dealer, const Plan& plan)
    : path_(std::move(path)),
      temporary_(fmt::format("{}.{}.tmp", path_.string(), ::getpid())),
      header_(std::move(header)) {
  header_.recipient = openssl::key_fingerprint(recipient);
  header_.dealer = dealer.fingerprint();
  const auto sealed = seal_key(recipient, path_.string(), context_of(header_));
  header_.ephemeral = sealed.ephemeral;
  const auto text = signed_text(header_);
  const auto front =
      front_text(text, sign(SSL_CTX_get0_privatekey(dealer.tls().context.get()), text));
  cipher_ = std::make_unique<ChunkCipher>(sealed.key, digest_of(text));
  make_private_folder(path_.parent_path());
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file_ < 0) fail_to_write(path_);
  write(std::as_bytes(std::span(front)));
  add(encode(plan));
  end_section(header_.plan_bytes);
}

SealedWriter::~SealedWriter() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(temporary_.c_str());
}

void SealedWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(path_);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void SealedWriter::seal_chunk() {
  write(cipher_->seal(next_++, chunk_));
  OPENSSL_cleanse(chunk_.data(), chunk_.size());
  chunk_.clear();
}

void SealedWriter::add(std::span<const std::byte> bytes) {
  section_ += bytes.size();
  while (!bytes.empty()) {
    const auto count = std::min<std::size_t>(bytes.size(), header_.chunk_bytes - chunk_.size());
    chunk_.insert(chunk_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (chunk_.size() == header_.chunk_bytes) seal_chunk();
  }
}

void SealedWriter::end_section(std::uint64_t expected_bytes) {
  if (section_ != expected_bytes) {
    throw std::logic_error(fmt::format("{}: expected a section of {} bytes, got {}", path_.string(),
                                       expected_bytes, section_));
  }
  if (!chunk_.empty()) seal_chunk();
  section_ = 0;
}

void SealedWriter::finish() {
  if (::fsync(file_) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) fail_to_write(path_);
  ::close(std::exchange(file_, -1));
  sync_folder(path_.parent_path());
}

SealedReader::SealedReader(const std::filesystem::path& path, const Identity& own,
                           const std::filesystem::path& dealer)
    : name_(path.string()), file_(path, std::ios::binary) {
  if (!file_)
    throw std::runtime_error(fmt::format("cannot read {}: {}", name_, std::strerror(errno)));
  std::vector<std::byte> beginning(kMostFrontBytes);
  file_.read(reinterpret_cast<char*>(beginning.data()), kMostFrontBytes);
  beginning.resize(static_cast<std::size_t>(file_.gcount()));
  file_.clear();
  front_ = parse_front(beginning, name_);
  const auto& header = front_.header;

  const auto signer = read_certificate(dealer.string());
  if (header.dealer != openssl::key_fingerprint(signer.get()) ||
      !verify(X509_get0_pubkey(signer.get()), front_.text, front_.signature)) {
    throw std::runtime_error(
        fmt::format("{}: expected a header signed by the owner of {}, got one of the key {:.16}...",
                    name_, dealer.string(), header.dealer));
  }
  if (header.recipient != own.fingerprint() || header.party != own.rank()) {
    throw std::runtime_error(fmt::format(
        "{}: expected a file sealed to rank {} (key {:.16}...), got one sealed to rank {} (key "
        "{:.16}...)",
        name_, own.rank(), own.fingerprint(), header.party, header.recipient));
  }
  const auto size = std::filesystem::file_size(path), expected = front_.bytes + header.body_bytes();
  if (size != expected) {
    throw std::runtime_error(fmt::format("{}: expected {} bytes, got {}: the file is {}", name_,
                                         expected, size,
                                         size < expected ? "cut short" : "too long"));
  }
  cipher_ = std::make_unique<ChunkCipher>(open_key(SSL_CTX_get0_privatekey(own.tls().context.get()),
                                                   header.ephemeral, context_of(header)),
                                          digest_of(front_.text));

  section_at_ = front_.bytes;
  section_bytes_ = header.plan_bytes;
  std::vector<std::byte> plan(header.plan_bytes);
  read(plan);
  plan_ = decode_plan(plan, name_ + ": plan");
}

void SealedReader::seek(std::uint64_t run) {
  const auto& header = front_.header;
  if (run >= header.runs) throw std::logic_error("expected a run of the file");
  section_at_ =
      front_.bytes + header.stored(header.plan_bytes) + run * header.stored(header.run_bytes);
  section_bytes_ = header.run_bytes;
  first_chunk_ = header.chunks_of(header.plan_bytes) + run * header.chunks_of(header.run_bytes);
  chunk_ = 0;
  plain_.clear();
  used_ = 0;
}

void SealedReader::open_chunk() {
  const auto& header = front_.header;
  const auto begin = chunk_ * header.chunk_bytes;
  if (begin >= section_bytes_) {
    throw std::runtime_error(fmt::format(
        "{}: expected to need {} bytes of a run, got a need of more", name_, section_bytes_));
  }
  const auto length = std::min(header.chunk_bytes, section_bytes_ - begin) + Header::kTagBytes;
  const auto at = section_at_ + chunk_ * (header.chunk_bytes + Header::kTagBytes);
  const auto place = [&] {
    return fmt::format("{}: chunk {} (bytes {} to {})", name_, first_chunk_ + chunk_, at,
                       at + length);
  };
  std::vector<std::byte> sealed(length);
  file_.seekg(static_cast<std::streamoff>(at));
  file_.read(reinterpret_cast<char*>(sealed.data()), static_cast<std::streamsize>(length));
  if (!file_) throw std::runtime_error(place() + " cannot be read");
  if (!cipher_->open(first_chunk_ + chunk_, sealed, plain_))
    throw std::runtime_error(place() + " is not what the dealer sealed there");
  ++chunk_;
  used_ = 0;
}

void SealedReader::read(std::span<std::byte> out) {
  while (!out.empty()) {
    if (used_ == plain_.size()) open_chunk();
    const auto count = std::min(out.size(), plain_.size() - used_);
    std::copy_n(plain_.begin() + static_cast<std::ptrdiff_t>(used_), count, out.begin());
    // What was given out is not kept.
    OPENSSL_cleanse(plain_.data() + used_, count);
    used_ += count;
    out = out.subspan(count);
  }
}

}  // namespace assay::mpc::additive
