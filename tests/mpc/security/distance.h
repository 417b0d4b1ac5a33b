#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::mpc::security {

/// The evidence of many tests against one hypothesis: the smallest p-value, and how many tests
/// there were.
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

/// Both tests look at the parity of every subset of each four neighbouring bits: 15 x 16 counts of
/// a word's samples, which together say how each four bits are distributed. A count is of
/// independent events, so that Hoeffding's inequality bounds its chance at any number of samples
/// and however far out, where Pearson's chi-square is only near.

/// Against: the words are uniform. Of n samples, a parity is odd in n / 2; being t off has a chance
/// of at most 2 exp(-2 t^2 / n).
void test_uniform(Evidence& against, const std::string& name,
                  const std::vector<std::uint64_t>& samples);

/// Against: both were drawn from one law. n of each; counts that differ by d have a chance of at
/// most 2 exp(-d^2 / n).
void test_equal(Evidence& against, const std::string& name, const std::vector<std::uint64_t>& first,
                const std::vector<std::uint64_t>& second);

}  // namespace assay::mpc::security
