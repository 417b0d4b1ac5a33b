#include "core/data/cifar.h"

#include <cstring>

namespace assay {

CifarRecords parse_cifar10(std::span<const std::byte> bytes, std::string_view name) {
  constexpr std::size_t kPixels = std::size_t{3} * 32 * 32;
  constexpr std::size_t kRecord = 1 + kPixels;
  if (bytes.empty() || bytes.size() % kRecord != 0) {
    throw DataError(name, at_byte(bytes.size() - bytes.size() % kRecord),
                    "one or more whole records of 3073 bytes",
                    bytes.empty() ? std::string("an empty file")
                                  : std::to_string(bytes.size() % kRecord) + " bytes");
  }
  const std::size_t records = bytes.size() / kRecord;
  CifarRecords out;
  out.labels.resize(records);
  out.pixels.resize(records * kPixels);
  for (std::size_t i = 0; i < records; ++i) {
    const auto record = bytes.subspan(i * kRecord, kRecord);
    out.labels[i] = std::to_integer<std::uint8_t>(record[0]);
    if (out.labels[i] > 9) {
      throw DataError(name, at_byte(i * kRecord),
                      "a label from 0 to 9 in record " + std::to_string(i),
                      std::to_string(out.labels[i]));
    }
    std::memcpy(out.pixels.data() + i * kPixels, record.data() + 1, kPixels);
  }
  return out;
}

}  // namespace assay
