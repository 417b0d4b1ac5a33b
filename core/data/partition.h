#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/random/stream.h"

namespace assay {

/// How records are spread over clients.
enum class PartitionKind {
  iid,        // uniformly at random, sizes equal up to one record
  dirichlet,  // each class by shares drawn from a Dirichlet distribution over the clients
  by_class    // each client holds records of a few classes only
};

struct PartitionOptions {
  PartitionKind kind = PartitionKind::iid;
  double alpha = 0.5;                   // dirichlet: concentration; small is uneven, large is even
  std::int64_t classes_per_client = 2;  // by_class: at most this many

  /// Errors: std::invalid_argument unless alpha is finite and > 0, and classes_per_client >= 1.
  void validate() const;
};

/// The indices of each client's records, ascending; every record belongs to exactly one client, and
/// no client is empty.
///
/// dirichlet: for each class k, shares q_k ~ Dirichlet(alpha, ..., alpha) over the clients divide
/// the class's records. Draws that leave a client empty are repeated, at most 1,000 times, so the
/// law is conditioned on no client being empty. Source: Yurochkin et al., "Bayesian Nonparametric
/// Federated Learning of Neural Networks", ICML 2019, section 4; Hsu, Qi, Brown, arXiv:1909.06335,
/// draw shares of classes for each client instead, which needs replacement where a class runs out.
///
/// by_class: classes are cut into clients * classes_per_client shards of one class each, as equal
/// in size as one cut after the other of the largest gives, and dealt at random. Source: McMahan et
/// al., "Communication-Efficient Learning of Deep Networks from Decentralized Data", AISTATS 2017,
/// section 3, whose shards may span two classes; these do not, so that the bound on classes holds.
///
/// Errors: std::invalid_argument for labels that are no int64 vector, clients < 1, fewer records
/// than clients, more classes than clients * classes_per_client, and an alpha that leaves clients
/// empty.
std::vector<std::vector<std::int64_t>> partition(const at::Tensor& labels, std::int64_t clients,
                                                 const PartitionOptions& options, Stream& stream);

}  // namespace assay
