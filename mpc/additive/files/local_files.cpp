#include "mpc/additive/files/local_files.h"

namespace assay::mpc::additive {

LocalFiles::LocalFiles(Rank parties) : folder_("dealt"), parties_(parties) {
  make_development_certificates(folder_.path(), parties + 1, KeyType::p256);
}

DealOptions LocalFiles::deal_options() const {
  DealOptions options{.dealer = development_certificates(folder_.path(), parties_),
                      .folder = folder_.path()};
  for (Rank party = 0; party < parties_; ++party) {
    options.recipients.push_back(development_certificates(folder_.path(), party).own.certificate);
  }
  return options;
}

FileProviderOptions LocalFiles::options(Rank party) const {
  return {.file = party_file(folder_.path(), party),
          .dealer = development_certificates(folder_.path(), parties_).own.certificate,
          .own = development_certificates(folder_.path(), party)};
}

}  // namespace assay::mpc::additive
