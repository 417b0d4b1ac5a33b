#include <fmt/format.h>

#include "core/net/tcp/certificate_facts.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/commands.h"
#include "scenarios/hosts/connection.h"
#include "scenarios/spec/nearest.h"

namespace assay::scenarios {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

constexpr Rank kMostRanks = 1024;  // as in a roster

KeyType key_type_of(const Arguments& a) {
  const auto type = a.get<std::string>("type", "ed25519");
  if (type == "ed25519") return KeyType::ed25519;
  if (type == "p256") return KeyType::p256;
  throw UsageError(fmt::format("expected --type ed25519 or p256, got '{}'", type));
}

Validity validity_of(const Arguments& a, int otherwise) {
  const int days = a.get<int>("days", otherwise);
  if (days < 1 || days > 36'500)
    throw UsageError(fmt::format("expected --days from 1 to 36500, got {}", days));
  return Validity::for_next(std::chrono::hours(24 * days));
}

int required_number(const Arguments& a, const char* name, int least) {
  if (!a.has(name)) throw UsageError(fmt::format("expected --{} N", name));
  const int value = a.get<int>(name);
  if (value < least || value > kMostRanks) {
    throw UsageError(
        fmt::format("expected --{} from {} to {}, got {}", name, least, kMostRanks, value));
  }
  return value;
}

/// Where files of a kind go or lie.
fs::path folder_of(const Arguments& a) {
  const auto folder = a.get<std::string>("out", "certs");
  if (folder.empty()) throw UsageError("expected a folder after --out, got nothing");
  return folder;
}

int ca(const CommandArguments& arguments) {
  Arguments a("certs ca [--out DIR] [options]",
              "At the authority: makes its key and its certificate, DIR/ca.key and DIR/ca.pem. The "
              "key stays;\nthe certificate goes to every party.");
  a.add()("out", po::value<std::string>(), "folder (certs)")(
      "name", po::value<std::string>(), "the authority's name, for people (assay authority)")(
      "days", po::value<int>(), "how long it is good (3650)")("type", po::value<std::string>(),
                                                              "ed25519 (the default) or p256");
  if (!a.parse(arguments)) return 0;
  const auto name = a.get<std::string>("name", "assay authority");
  if (name.empty() || name.size() > 64)
    throw UsageError(fmt::format("expected --name of 1 to 64 bytes, got {}", name.size()));
  const KeyPairFiles files{folder_of(a) / "ca.pem", folder_of(a) / "ca.key"};
  make_authority(files, name, validity_of(a, 3650), key_type_of(a));
  fmt::print("{}\n{}\n", files.certificate.string(), files.key.string());
  return 0;
}

int request(const CommandArguments& arguments) {
  Arguments a("certs request --rank N [--out DIR] [options]",
              "At a party: makes its key, DIR/rank-N.key, which never leaves, and a request for a "
              "certificate,\nDIR/rank-N.csr, which goes to the authority.");
  a.add()("rank", po::value<int>(), "the party's rank")(
      "out", po::value<std::string>(), "folder (certs)")("type", po::value<std::string>(),
                                                         "ed25519 (the default) or p256");
  if (!a.parse(arguments)) return 0;
  const Rank rank = required_number(a, "rank", 0);
  const auto key = certificate_files(folder_of(a), rank).own.key;
  const auto csr = folder_of(a) / fmt::format("rank-{}.csr", rank);
  make_request(key, csr, rank, key_type_of(a));
  fmt::print("{}\n{}\n", key.string(), csr.string());
  return 0;
}

int sign(const CommandArguments& arguments) {
  Arguments a(
      "certs sign --rank N --request FILE [--out DIR] [options]",
      "At the authority: signs a party's request as DIR/rank-N.pem, a certificate that is "
      "bound to the\nrank, with DIR/ca.key. The authority says who is which rank: a request "
      "for another is refused.");
  a.add()("rank", po::value<int>(), "the rank that the request must be of")(
      "request", po::value<std::string>(), "the party's request")("out", po::value<std::string>(),
                                                                  "folder (certs)")(
      "ca", po::value<std::string>(), "the authority's certificate (DIR/ca.pem)")(
      "ca-key", po::value<std::string>(), "its key (DIR/ca.key)")(
      "days", po::value<int>(), "how long the certificate is good (365)");
  if (!a.parse(arguments)) return 0;
  const Rank rank = required_number(a, "rank", 0);
  if (!a.has("request")) throw UsageError("expected --request FILE");
  const KeyPairFiles authority{a.get<std::string>("ca", (folder_of(a) / "ca.pem").string()),
                               a.get<std::string>("ca-key", (folder_of(a) / "ca.key").string())};
  require_good_now(authority.certificate);
  if (!facts_of(authority.certificate).authority) {
    throw UsageError(fmt::format("{}: expected an authority's certificate, got a party's",
                                 authority.certificate.string()));
  }
  const auto certificate = certificate_files(folder_of(a), rank).own.certificate;
  sign_request(authority, a.get<std::string>("request"), certificate, rank, validity_of(a, 365));
  fmt::print("{}\n", certificate.string());
  return 0;
}

int dev(const CommandArguments& arguments) {
  Arguments a("certs dev --parties N [--out DIR]",
              "For trying things out on one machine: an authority and the keys and certificates of "
              "all ranks in one\nfolder, good for a week. Parties refuse it beyond the loopback: "
              "whoever reads the folder is everyone.");
  a.add()("parties", po::value<int>(), "how many ranks")("out", po::value<std::string>(),
                                                         "folder (certs)");
  if (!a.parse(arguments)) return 0;
  make_development_certificates(folder_of(a), required_number(a, "parties", 1));
  fmt::print("{}\n", folder_of(a).string());
  return 0;
}

int show(const CommandArguments& arguments) {
  Arguments a("certs show FILE...",
              "What certificates say. A fingerprint is SHA-256 of the key, as rosters have it: "
              "compare it with the\nparty over another channel.");
  a.positional({"file"}, true);
  if (!a.parse(arguments)) return 0;
  if (!a.has("file")) throw UsageError("expected a certificate's file");
  for (const auto& file : a.get<CommandArguments>("file")) {
    const auto facts = facts_of(file);
    fmt::print("{}: '{}', signed by '{}'\n", file, facts.subject, facts.issuer);
    if (facts.rank >= 0) fmt::print("  rank         {}\n", facts.rank);
    fmt::print("  fingerprint  {}\n  good         {} to {}{}\n", facts.fingerprint, facts.from,
               facts.to,
               facts.expired     ? " (expired)"
               : facts.too_early ? " (not yet)"
                                 : "");
    if (facts.authority) {
      fmt::print("  authority    {}\n",
                 facts.for_development ? "for development, on the loopback only" : "yes");
    }
  }
  return 0;
}

struct Part {
  const char* name;
  int (*run)(const CommandArguments&);
  const char* text;
};
constexpr Part kParts[] = {
    {"ca", ca, "at the authority: its key and certificate"},
    {"request", request, "at a party: its key, and a request for a certificate"},
    {"sign", sign, "at the authority: a request becomes a certificate of a rank"},
    {"dev", dev, "everything for one machine, for development"},
    {"show", show, "what certificates say"},
};

}  // namespace

int command_certs(const CommandArguments& arguments) {
  const auto what = arguments.empty() ? std::string() : arguments.front();
  if (what == "--help" || what == "-h") {
    fmt::print(
        "usage: assay certs PART [options]\n\n"
        "Parties of a run know one another by certificates that an authority has signed and bound "
        "to a rank.\n\n");
    for (const auto& part : kParts)
      fmt::print("  {:<8} {}\n", part.name, part.text);
    return 0;
  }
  std::vector<std::string> names;
  for (const auto& part : kParts) {
    names.emplace_back(part.name);
    if (what != part.name) continue;
    try {
      return part.run({arguments.begin() + 1, arguments.end()});
    } catch (const CertificateError& error) {
      throw UsageError(error.what());
    }
  }
  throw UsageError(what.empty()
                       ? "expected what to do: ca, request, sign, dev or show"
                       : fmt::format("unknown part '{}'{}", what, suggestion(what, names)));
}

}  // namespace assay::scenarios
