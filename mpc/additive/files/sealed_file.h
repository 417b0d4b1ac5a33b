#pragma once

#include <filesystem>
#include <fstream>
#include <memory>

#include "core/net/tcp/identity.h"
#include "mpc/additive/files/front.h"
#include "mpc/additive/files/plan.h"
#include "mpc/additive/files/seal.h"

namespace assay::mpc::additive {

/// Writes one party's file: first its plan, then its runs, each a section.
class SealedWriter {
 public:
  /// Fills in the header's recipient, dealer and ephemeral key, and signs it. The file has a
  /// temporary name until finish(). Errors: CertificateError; WriteError.
  SealedWriter(std::filesystem::path path, Header header, X509* recipient, const Identity& dealer,
               const Plan& plan);
  ~SealedWriter();
  SealedWriter(const SealedWriter&) = delete;
  SealedWriter& operator=(const SealedWriter&) = delete;

  /// More of a section. Errors: WriteError.
  void add(std::span<const std::byte> bytes);
  /// Errors: std::logic_error unless the section has the size that the header says; WriteError.
  void end_section(std::uint64_t expected_bytes);
  /// The file is synced and gets its name. Errors: WriteError.
  void finish();

 private:
  void write(std::span<const std::byte> bytes);
  void seal_chunk();

  std::filesystem::path path_, temporary_;
  int file_ = -1;
  Header header_;
  std::unique_ptr<ChunkCipher> cipher_;
  std::vector<std::byte> chunk_;
  std::uint64_t next_ = 0, section_ = 0;
};

/// Reads one party's file. Errors, throughout: std::runtime_error that names the file and the place
/// (DataError for a malformed beginning).
class SealedReader {
 public:
  /// Errors also if the file is sealed to another certificate than `own`, or is not signed by the
  /// owner of the certificate file `dealer`, or is shorter or longer than it says;
  /// CertificateError.
  SealedReader(const std::filesystem::path& path, const Identity& own,
               const std::filesystem::path& dealer);

  const Header& header() const { return front_.header; }
  /// Names the batch, for errors.
  const std::string& name() const { return name_; }
  const Plan& plan() const { return plan_; }

  /// Goes to the beginning of a run.
  void seek(std::uint64_t run);
  /// The run's next bytes.
  void read(std::span<std::byte> out);

 private:
  void open_chunk();

  std::string name_;
  std::ifstream file_;
  Front front_;
  std::unique_ptr<ChunkCipher> cipher_;
  Plan plan_;
  std::vector<std::byte> plain_;
  // The section that is read: where it begins, and how far it is opened.
  std::uint64_t section_at_ = 0, section_bytes_ = 0, first_chunk_ = 0, chunk_ = 0;
  std::size_t used_ = 0;
};

}  // namespace assay::mpc::additive
