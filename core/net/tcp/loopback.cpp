#include "core/net/tcp/loopback.h"

namespace assay {

LoopbackParties::LoopbackParties(Rank size) : folder_("parties") {
  files_ = make_development_certificates(folder_.path(), size);
  for (const auto& own : files_) {
    listeners_.push_back(std::make_shared<Listener>("127.0.0.1", 0));
    roster_.push_back(
        {"127.0.0.1", listeners_.back()->port(), fingerprint_of(own.own.certificate)});
  }
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
