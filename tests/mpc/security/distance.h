#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::mpc::security {

/// The evidence of many chi-square tests against one hypothesis: the smallest p-value, and how many
/// tests there were.
class Evidence {
 public:
  void add(double p, const std::string& name);
  void add(const Evidence& other);

  /// Bonferroni: at most this chance of as strong evidence anywhere, if the hypothesis is true.
  double p_value() const { return smallest_ * static_cast<double>(tests_); }
  std::int64_t tests() const { return tests_; }
  const std::string& where() const { return where_; }

 private:
  double smallest_ = 1.0;
  std::int64_t tests_ = 0;
  std::string where_;
};

/// Against: the words are uniform. Each of the 16 groups of four bits, Pearson's chi-square test.
void test_uniform(Evidence& against, const std::string& name,
                  const std::vector<std::uint64_t>& samples);

/// Against: both were drawn from one law. As many of each; the two-sample test of the same groups.
void test_equal(Evidence& against, const std::string& name, const std::vector<std::uint64_t>& first,
                const std::vector<std::uint64_t>& second);

}  // namespace assay::mpc::security
