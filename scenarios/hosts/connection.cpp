#include "scenarios/hosts/connection.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "core/io/atomic_file.h"
#include "core/net/tcp/certificate_facts.h"
#include "core/net/tcp/launch_environment.h"

namespace assay::scenarios {
namespace {

std::chrono::milliseconds seconds_of(const Arguments& a, const char* name) {
  const double seconds = a.get<double>(name, 60.0);
  if (!(seconds >= 0.001 && seconds <= 1e6))
    throw UsageError(fmt::format("expected --{} from 0.001 to 1000000 s, got {}", name, seconds));
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

CertificateFiles files_of(const Arguments& a, Rank rank) {
  auto files = certificate_files(a.get<std::string>("certs", "certs"), rank);
  if (a.has("ca")) files.ca = a.get<std::string>("ca");
  if (a.has("certificate")) files.own.certificate = a.get<std::string>("certificate");
  if (a.has("key")) files.own.key = a.get<std::string>("key");
  return files;
}

/// Found out here, and not by the others.
void check_own(const CertificateFiles& files, Rank rank) {
  try {
    const Identity identity(files);
    if (identity.rank() != rank) {
      throw UsageError(fmt::format("{}: expected the certificate of rank {}, got one of rank {}",
                                   files.own.certificate.string(), rank, identity.rank()));
    }
    require_good_now(files.own.certificate);
  } catch (const CertificateError& error) {
    throw UsageError(error.what());
  }
}

/// Rank, number of ranks and rank 0's address: from the options, or as torchrun, mpirun and srun
/// say;
/// --master also beside what they say.
RendezvousOptions meeting_of(const Arguments& a) {
  RendezvousOptions options;
  if (!a.has("rank") && !a.has("parties")) {
    try {
      const auto said = launch_environment(environment_variables(), a.has("master"));
      options.rank = said.rank;
      options.size = said.size;
      options.master_host = said.master_host;
      options.master_port = said.master_port;
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format(
          "{}; give --rank, --parties and --master, or start all ranks by torchrun, mpirun or srun",
          error.what()));
    }
  } else {
    for (const char* name : {"rank", "parties", "master"}) {
      if (!a.has(name))
        throw UsageError(
            fmt::format("expected --{} beside the others of --rank, --parties and "
                        "--master",
                        name));
    }
    options.rank = a.get<int>("rank");
    options.size = a.get<int>("parties");
  }
  if (a.has("master")) {
    const auto master = parse_address(a.get<std::string>("master"), "--master");
    options.master_host = master.host;
    options.master_port = master.port;
  }
  options.validate();
  return options;
}

PartyConnection with_roster(const Arguments& a) {
  PartyConnection connection;
  const auto file = a.get<std::string>("roster");
  if (a.has("master")) throw UsageError("expected --roster or --master, got both");
  if (!a.has("rank")) throw UsageError("expected --rank beside --roster");
  connection.roster = parse_roster(read_text_file(file), file);
  connection.rank = a.get<int>("rank");
  connection.ranks = static_cast<Rank>(connection.roster.size());
  if (connection.rank < 0 || connection.rank >= connection.ranks) {
    throw UsageError(fmt::format("expected a --rank of {}, which has {} of them, got {}", file,
                                 connection.ranks, connection.rank));
  }
  if (a.has("parties") && a.get<int>("parties") != connection.ranks) {
    throw UsageError(fmt::format("expected --parties {} as in {}, got {}", connection.ranks, file,
                                 a.get<int>("parties")));
  }
  connection.run_id = a.get<std::string>("run", "roster");
  return connection;
}

}  // namespace

CertificateFiles certificate_files(const std::filesystem::path& folder, Rank rank) {
  return {folder / "ca.pem",
          {folder / fmt::format("rank-{}.pem", rank), folder / fmt::format("rank-{}.key", rank)}};
}

Address parse_address(const std::string& text, const char* option) {
  const auto colon = text.rfind(':');
  Address address;
  int port = -1;
  if (colon != text.npos) {
    const std::string_view digits = std::string_view(text).substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) port = -1;
    address.host = text.substr(0, colon);
    if (address.host.starts_with('[') && address.host.ends_with(']'))
      address.host = address.host.substr(1, address.host.size() - 2);
    else if (address.host.find(':') != text.npos)
      port = -1;
  }
  if (address.host.empty() || port < 1 || port > 65535) {
    throw UsageError(
        fmt::format("expected HOST:PORT or [ADDRESS]:PORT after {}, got '{}'", option, text));
  }
  address.port = static_cast<std::uint16_t>(port);
  return address;
}

void add_connection_options(Arguments& a) {
  namespace po = boost::program_options;
  a.add()("rank", po::value<int>(), "which one this process is, from 0")(
      "parties", po::value<int>(), "how many ranks there are, a dealer of its own included")(
      "master", po::value<std::string>(), "HOST:PORT where the others reach rank 0")(
      "roster", po::value<std::string>(),
      "instead of --master: a file with a line 'RANK HOST PORT FINGERPRINT' for each rank")(
      "run", po::value<std::string>(), "with --roster: the run's name, the same at all")(
      "certs", po::value<std::string>(),
      "folder of ca.pem, rank-N.pem and rank-N.key (certs), as assay certs writes them")(
      "ca", po::value<std::string>(), "certificates of the authorities that are trusted")(
      "certificate", po::value<std::string>(), "this rank's certificate")(
      "key", po::value<std::string>(), "this rank's private key")(
      "listen", po::value<std::string>(), "address of this machine to listen at (all)")(
      "port", po::value<int>(), "where to listen (a free one; rank 0: the master's)")(
      "host", po::value<std::string>(),
      "how the others reach this machine (as rank 0 sees it come)")(
      "deadline", po::value<double>(), "seconds to wait for one message (60)")(
      "connect-deadline", po::value<double>(), "seconds for all to find one another (60)")(
      "end-with-input", "end when standard input does");
}

PartyConnection connection_of(const Arguments& a) {
  PartyConnection connection;
  if (a.has("roster")) {
    if (a.has("host")) throw UsageError("expected --host with --master; a roster says it itself");
    connection = with_roster(a);
  } else {
    if (a.has("run")) throw UsageError("expected --run with --roster; else rank 0 names the run");
    connection.meeting = meeting_of(a);
    connection.rank = connection.meeting->rank;
    connection.ranks = connection.meeting->size;
    connection.meeting->own_host = a.get<std::string>("host", "");
  }
  connection.listen_host = a.get<std::string>("listen", "");
  const int port = a.get<int>("port", 0);
  if (a.has("port") && (port < 1 || port > 65535))
    throw UsageError(fmt::format("expected --port from 1 to 65535, got {}", port));
  connection.listen_port = static_cast<std::uint16_t>(port);
  connection.deadline = seconds_of(a, "deadline");
  connection.connect_deadline = seconds_of(a, "connect-deadline");
  connection.end_with_input = a.has("end-with-input");
  connection.files = files_of(a, connection.rank);
  check_own(connection.files, connection.rank);
  return connection;
}

std::unique_ptr<TcpNetwork> connect(const PartyConnection& connection, const std::string& agreed) {
  TcpOptions options;
  options.rank = connection.rank;
  options.files = connection.files;
  options.roster = connection.roster;
  options.run_id = connection.run_id;
  options.agreed = agreed;
  options.deadline = connection.deadline;
  options.connect_deadline = connection.connect_deadline;
  if (connection.listen_port > 0)
    options.listener = std::make_shared<Listener>(connection.listen_host, connection.listen_port);
  if (connection.meeting) {
    auto meeting = *connection.meeting;
    meeting.files = connection.files;
    meeting.deadline = connection.connect_deadline;
    meeting.listen_host = connection.listen_host;
    meeting.listener = options.listener;
    auto met = rendezvous(meeting);
    options.roster = std::move(met.roster);
    options.run_id = std::move(met.run_id);
    options.listener = std::move(met.listener);
  } else if (!options.listener && !connection.listen_host.empty()) {
    const auto port = connection.roster[static_cast<std::size_t>(connection.rank)].port;
    options.listener = std::make_shared<Listener>(connection.listen_host, port);
  }
  return make_tcp_network(options);
}

}  // namespace assay::scenarios
