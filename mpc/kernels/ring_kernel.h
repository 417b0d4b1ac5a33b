#pragma once

#include <cstdint>

#include "mpc/kernels/ring_matmul.h"

namespace assay::mpc {

/// What one instruction set brings to ring_matmul: the product of two packed panels, how to pack
/// them, and two operations on vectors for thin matrices.
struct RingKernel {
  std::int64_t rows;     ///< of the tile of c that one call of `tile` updates
  std::int64_t columns;  ///< of that tile
  std::int64_t depth;    ///< panels are padded with zeros to a multiple of this along k
  std::int64_t a_words;  ///< 64-bit words per packed element of a
  std::int64_t b_words;  ///< and of b

  // Block sizes in elements: multiples of rows, columns and depth.
  std::int64_t block_m;
  std::int64_t block_n;
  std::int64_t block_k;

  /// Packs `count` <= rows rows of a (columns of b: the view is then transposed) by `k` elements
  /// each into one panel; missing rows and depths become zeros.
  void (*pack_a)(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel);
  void (*pack_b)(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel);

  /// c += a b for one rows x columns tile; k counts the padding. Panels are aligned to 64 bytes.
  void (*tile)(std::int64_t k, const std::uint64_t* a, const std::uint64_t* b, std::uint64_t* c,
               std::int64_t c_row_stride);

  /// The sum of x_i y_i.
  std::uint64_t (*dot)(const std::uint64_t* x, const std::uint64_t* y, std::int64_t n);

  /// y += factor x.
  void (*add_multiple)(std::uint64_t factor, const std::uint64_t* x, std::uint64_t* y,
                       std::int64_t n);
};

// Constants without code to run at start-up: code in a file of its own instruction set would run
// on every processor.
extern const RingKernel kPortableKernel;
#if defined(__x86_64__)
extern const RingKernel kAvx2Kernel;
extern const RingKernel kAvx512Kernel;
extern const RingKernel kAmxKernel;

/// What kAmxKernel takes from kAvx512Kernel.
std::uint64_t dot_avx512(const std::uint64_t* x, const std::uint64_t* y, std::int64_t n);
void add_multiple_avx512(std::uint64_t factor, const std::uint64_t* x, std::uint64_t* y,
                         std::int64_t n);

/// Whether the processor has the instructions of kAmxKernel and Linux lets this process use them.
bool request_amx();
#endif

/// The panel layout of the kernels that broadcast one operand: for each depth, the first words of
/// all lanes, then the second words and so on. `split(v)` gives the array of v's words.
template <std::int64_t kLanes, typename Split>
void pack_lanes(MatrixView lanes, std::int64_t count, std::int64_t k, std::uint64_t* panel,
                Split split) {
  for (std::int64_t p = 0; p < k; ++p) {
    const std::uint64_t* column = lanes.at(0, p);
    for (std::int64_t i = 0; i < kLanes; ++i) {
      const auto words = split(i < count ? column[i * lanes.row_stride] : 0);
      for (std::size_t w = 0; w < words.size(); ++w)
        panel[static_cast<std::int64_t>(w) * kLanes + i] = words[w];
    }
    panel += static_cast<std::int64_t>(split(0).size()) * kLanes;
  }
}

}  // namespace assay::mpc
