#include "core/net/tcp/loopback.h"

#include <stdlib.h>

#include <stdexcept>

namespace assay {
namespace {

std::filesystem::path private_folder() {
  auto name = (std::filesystem::temp_directory_path() / "assay-parties-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw std::runtime_error("cannot make a temporary folder for certificates");
  return name;
}

}  // namespace

LoopbackParties::LoopbackParties(Rank size) : folder_(private_folder()) {
  files_ = make_development_certificates(folder_, size);
  for (const auto& own : files_) {
    listeners_.push_back(std::make_shared<Listener>("127.0.0.1", 0));
    roster_.push_back(
        {"127.0.0.1", listeners_.back()->port(), fingerprint_of(own.own.certificate)});
  }
}

LoopbackParties::~LoopbackParties() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

TcpOptions LoopbackParties::options(Rank rank) const {
  TcpOptions options;
  options.rank = rank;
  options.roster = roster_;
  options.files = files_.at(static_cast<std::size_t>(rank));
  options.listener = listeners_.at(static_cast<std::size_t>(rank));
  options.run_id = "loopback";
  options.agreed = "parties of one machine";
  return options;
}

}  // namespace assay
