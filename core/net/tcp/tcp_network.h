#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/net/network.h"
#include "core/net/tcp/certificate.h"
#include "core/net/tcp/connection.h"
#include "core/net/tcp/roster.h"

namespace assay {

struct TcpOptions {
  Rank rank = 0;
  Roster roster;           ///< all parties; its size is the run's
  CertificateFiles files;  ///< of this rank
  /// Where this rank listens; if none is given, at the roster's host and port.
  std::shared_ptr<const Listener> listener;
  std::string run_id;  ///< names the run; the same at all parties
  std::string agreed;  ///< any text that all parties must hold alike: the scenario, say

  /// The longest that a party may wait for one message, and for room in a send window.
  std::chrono::milliseconds deadline{60'000};
  /// The longest that the parties may take to connect with one another.
  std::chrono::milliseconds connect_deadline{60'000};
  /// send() returns at once unless more than this is on its way to the same peer.
  std::size_t send_window_bytes = std::size_t{64} << 20;
  /// A peer's messages that nobody has waited for are read ahead up to this, and beyond it only
  /// while the party itself waits; past the second number the peer is cut off.
  std::size_t receive_window_bytes = std::size_t{256} << 20;
  std::size_t max_unread_bytes = std::size_t{4} << 30;
  /// The longest message that may arrive before its receive is waited for.
  std::size_t max_message_bytes = std::size_t{2} << 30;
  RekeyAfter rekey;

  /// Errors: std::invalid_argument "expected ..., got ...".
  void validate() const;
};

/// The carrier for parties on different machines who do not trust one another: TLS 1.3 between
/// every two of them, each known by a certificate that is bound to its rank.
///
/// It behaves as sim does, with these differences. Only the own rank's body runs here, and run()
/// waits until every party has ended. A label must be printable and without spaces. graph() holds
/// the messages that this rank has sent (all ranks' together are the run's), and no waits, since
/// what the others did before is not known here: rounds() counts by the frames' depths. Compute is
/// the CPU time of the party's thread; declared work is ignored. A received frame's sent_at_s() is
/// the time of its arrival. The observer hears of frames from several threads.
///
/// Wire bytes are those of the messages' TLS records; handshakes and the frames by which parties
/// agree, end and give up are not counted, but in socket_bytes_sent().
///
/// What a peer is told when a body throws: the words of a TransportError, which name messages only;
/// of any other error only that there was one, since its words may hold private data.
class TcpNetwork : public Network {
 public:
  /// The longest chain of dependent messages that this rank has been part of, by the depths that
  /// frames carry. The largest of all ranks' is the run's number of rounds.
  virtual std::int64_t rounds() const = 0;

  /// Bytes that this rank has put into its sockets since they were opened: handshakes, TLS records
  /// and the frames that are not messages included; TCP's and IP's headers are not.
  virtual std::int64_t socket_bytes_sent() const = 0;

  /// The peers that were lost while losses were tolerated; later runs do without them.
  virtual std::vector<Rank> lost() const = 0;

  /// A key that this rank shares with `peer` alone, fresh for every connection (TLS exporter).
  virtual Key shared_key(Rank peer, const std::string& label) const = 0;
};

/// Connects with all parties of the roster.
/// Errors: std::invalid_argument; CertificateError; TransportError naming ranks if a peer does not
/// come, is refused, or has agreed to something else.
std::unique_ptr<TcpNetwork> make_tcp_network(const TcpOptions& options,
                                             FrameObserver* observer = nullptr);

}  // namespace assay
