#pragma once

#include <cstdint>

namespace assay::mpc {

/// A read-only matrix of 64-bit words: element (i, j) is data[i * row_stride + j * column_stride].
struct MatrixView {
  const std::uint64_t* data = nullptr;
  std::int64_t row_stride = 0;
  std::int64_t column_stride = 0;

  /// The same words with rows and columns exchanged.
  MatrixView transposed() const { return {data, column_stride, row_stride}; }

  const std::uint64_t* at(std::int64_t i, std::int64_t j) const {
    return data + i * row_stride + j * column_stride;
  }
};

/// Instruction sets with kernels of their own, slowest first.
enum class Isa {
  portable,  ///< scalar C++
  avx2,      ///< 32-bit multiplications, 4 words at a time
  avx512,    ///< AVX-512 F, DQ and IFMA: 52-bit multiply-add, 8 words at a time
  amx,       ///< AMX int8 tiles with AVX-512 VBMI: 8-bit limbs
};

/// Whether this processor and its operating system can run the kernels of `isa`. The first call for
/// Isa::amx asks Linux for the use of the tile registers, once for the process.
bool supported(Isa isa);

/// The last supported one.
Isa best_isa();

/// c = a b, or c += a b, modulo 2^64, on the calling thread.
///
/// Shapes:  a is m x k, b k x n, c m x n with unit column stride. c overlaps neither a nor b.
/// Cost:    m n k multiply-adds; scratch memory that the thread keeps, at most 16 MiB, and for up
/// to
///          four rows or columns 8 (k + max(m, n)) bytes.
/// Errors:  std::invalid_argument if m, n or k is negative, or if `isa` is not supported.
/// Source:  the blocking is that of K. Goto and R. van de Geijn, "Anatomy of High-Performance
///          Matrix Multiplication", ACM TOMS 34(3), 2008. Without `isa` the kernel is chosen by
///          best_isa() and the shape; every kernel gives the same words.
void ring_matmul(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b,
                 std::uint64_t* c, std::int64_t c_row_stride, bool accumulate);
void ring_matmul(Isa isa, std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a,
                 MatrixView b, std::uint64_t* c, std::int64_t c_row_stride, bool accumulate);

}  // namespace assay::mpc
