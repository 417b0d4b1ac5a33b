#pragma once

#include <span>
#include <vector>

#include "core/data/dataset.h"
#include "core/net/transport.h"
#include "core/system.h"
#include "dp/system/share_plan.h"

namespace assay::dp {

/// Records of one client that take part in a step.
struct DrawnRecords {
  std::size_t client = 0;             ///< position in task.clients
  std::vector<std::int64_t> records;  ///< in the data set
};

/// Raw records of another worker's client, to be computed on in this worker's place.
struct ForeignRecords {
  std::size_t client = 0;
  Dataset records;  ///< may be empty
};

/// Moves drawn records from the workers whose clients' they are to those who compute on them
/// (share_plan.h), within a trust domain.
///
/// Each pair of workers with a share between them has one message in a step, of a size that follows
/// from the plan: an eavesdropper of its link learns nothing of the draw. The receiver sees the
/// records as they are, and how many were drawn.
class ShareExchange {
 public:
  ShareExchange(const Task& task, const Topology& topology, SharePlan plan, Transport& wire);

  /// Takes out of `drawn` what goes elsewhere, and brings what comes. `whole`: all records of a
  /// client go, or none. Cost: 1 round; each message 8 + room * record bytes for each share.
  /// Errors: TransportError if a peer is lost or its message has another form.
  std::vector<ForeignRecords> exchange(const Tag& tag, std::vector<DrawnRecords>& drawn,
                                       bool whole) const;

 private:
  /// Shares between two workers, in the order of the plan.
  std::vector<const Share*> between(Rank from, Rank to) const;
  std::size_t message_bytes(std::span<const Share* const> shares) const;
  Bytes pack(std::span<const Share* const> shares, std::vector<DrawnRecords>& drawn,
             bool whole) const;
  void unpack(const Receipt& frame, std::span<const Share* const> shares,
              std::vector<ForeignRecords>& out) const;
  /// Moves what the share names out of the client's drawn records.
  std::vector<std::int64_t> take(const Share& share, std::vector<DrawnRecords>& drawn,
                                 bool whole) const;

  const Task& task_;
  const Topology& topology_;
  SharePlan plan_;
  Transport& wire_;
  std::size_t input_bytes_ = 0, truth_bytes_ = 0;  // of a record
  std::vector<std::vector<std::int64_t>> place_;   // of each data set record, for each own client
};

}  // namespace assay::dp
