#include "defenses/prune.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace assay::defenses {
namespace {

/// Neighbouring coordinates of the flat update, of which the `kept` largest are sent.
struct Part {
  std::int64_t begin = 0, size = 0, kept = 0;
};

std::vector<Part> parts_of(const std::vector<ParameterSpec>& shapes, const PruneOptions& options) {
  std::vector<Part> parts;
  for (const auto& shape : shapes) {
    if (parts.empty()) {
      parts.push_back({0, shape.numel()});
    } else if (options.scope == PruneOptions::Scope::global) {
      parts.back().size += shape.numel();
    } else {
      parts.push_back({parts.back().begin + parts.back().size, shape.numel()});
    }
  }
  for (auto& part : parts) {
    const auto kept = std::llround(options.keep * static_cast<double>(part.size));
    part.kept = std::clamp<std::int64_t>(kept, 1, part.size);
  }
  return parts;
}

bool bitmap_is_shorter(std::int64_t kept, std::int64_t coordinates) {
  return (coordinates + 7) / 8 <= 4 * kept;
}

[[noreturn]] void malformed(const std::string& expected) {
  throw std::invalid_argument("pruned update: expected " + expected);
}

class Prune final : public Defense {
 public:
  Prune(const ModelSpec& spec, const PruneOptions& options)
      : shapes_(parameters_of(spec)), parts_(parts_of(shapes_, options)) {
    coordinates_ = parts_.back().begin + parts_.back().size;
    for (const auto& part : parts_)
      kept_ += part.kept;
    description_.kind = "prune";
    description_.parameters = {
        {"keep", options.keep},
        {"scope", options.scope == PruneOptions::Scope::global ? "global" : "tensor"}};
    description_.omits_coordinates = kept_ < coordinates_;
    description_.omits_smallest = true;
  }

  Message apply(const Update& update, const LocalStep&) override {
    const auto flat = flatten(update.values).to(at::kFloat).contiguous();
    std::vector<at::Tensor> kept;
    for (const auto& part : parts_) {
      const auto magnitude = flat.narrow(0, part.begin, part.size).abs();
      kept.push_back(std::get<1>(magnitude.topk(part.kept)) + part.begin);
    }
    const auto positions = std::get<0>(at::cat(kept).sort());
    const auto values = flat.index_select(0, positions).contiguous();
    const auto* index = positions.const_data_ptr<std::int64_t>();

    ByteWriter out;
    out.u64(static_cast<std::uint64_t>(update.examples));
    out.u64(static_cast<std::uint64_t>(kept_));
    if (bitmap_is_shorter(kept_, coordinates_)) {
      Bytes bitmap(static_cast<std::size_t>((coordinates_ + 7) / 8));
      for (std::int64_t i = 0; i < kept_; ++i) {
        bitmap[static_cast<std::size_t>(index[i] / 8)] |= std::byte(1 << (index[i] % 8));
      }
      out.bytes(bitmap);
    } else {
      for (std::int64_t i = 0; i < kept_; ++i) {
        const auto position = static_cast<std::uint32_t>(index[i]);
        out.bytes(std::as_bytes(std::span(&position, 1)));
      }
    }
    out.f32({values.const_data_ptr<float>(), static_cast<std::size_t>(kept_)});
    return out.take();
  }

  Update decode(const Message& message) const override {
    ByteReader in(message, "pruned update");
    Update update;
    update.examples = static_cast<std::int64_t>(in.u64());
    if (in.u64() != static_cast<std::uint64_t>(kept_)) {
      malformed(fmt::format("{} coordinates", kept_));
    }
    const auto positions = read_positions(in);
    std::vector<float> values(static_cast<std::size_t>(kept_));
    in.f32(values);
    in.end();

    auto flat = at::zeros({coordinates_});
    auto sent = at::zeros({coordinates_}, at::kBool);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      flat.mutable_data_ptr<float>()[positions[i]] = values[i];
      sent.mutable_data_ptr<bool>()[positions[i]] = true;
    }
    update.values = unflatten(shapes_, flat);
    update.sent = unflatten(shapes_, sent);
    return update;
  }

  const PublicDescription& describe() const override { return description_; }
  std::int64_t max_message_bytes() const override {
    return 16 + std::min((coordinates_ + 7) / 8, 4 * kept_) + 4 * kept_;
  }
  std::unique_ptr<Defense> clone() const override { return std::make_unique<Prune>(*this); }

 private:
  std::vector<std::int64_t> read_positions(ByteReader& in) const {
    std::vector<std::int64_t> positions;
    if (bitmap_is_shorter(kept_, coordinates_)) {
      const auto bitmap = in.bytes(static_cast<std::size_t>((coordinates_ + 7) / 8));
      for (std::size_t i = 0; i < bitmap.size() * 8; ++i) {
        if ((bitmap[i / 8] >> (i % 8) & std::byte{1}) != std::byte{0}) {
          positions.push_back(static_cast<std::int64_t>(i));
        }
      }
    } else {
      std::vector<std::uint32_t> indices(static_cast<std::size_t>(kept_));
      const auto raw = in.bytes(indices.size() * 4);
      std::copy(raw.begin(), raw.end(), std::as_writable_bytes(std::span(indices)).begin());
      positions.assign(indices.begin(), indices.end());
    }
    const bool ascending = std::adjacent_find(positions.begin(), positions.end(),
                                              std::greater_equal<>()) == positions.end();
    bool as_described = ascending && static_cast<std::int64_t>(positions.size()) == kept_;
    for (auto next = positions.begin(); const auto& part : parts_) {
      const auto end = std::lower_bound(next, positions.end(), part.begin + part.size);
      as_described = as_described && end - next == part.kept;
      next = end;
    }
    // The parts cover all coordinates, so a position beyond them is in no part.
    if (!as_described) {
      malformed(fmt::format("{} different positions below {}, in order{}", kept_, coordinates_,
                            parts_.size() > 1 ? ", as many of each tensor as agreed" : ""));
    }
    return positions;
  }

  std::vector<ParameterSpec> shapes_;
  std::vector<Part> parts_;
  std::int64_t coordinates_ = 0, kept_ = 0;
  PublicDescription description_;
};

}  // namespace

void PruneOptions::validate() const {
  if (!(keep > 0 && keep <= 1)) {
    throw std::invalid_argument(fmt::format("expected keep in (0, 1], got {}", keep));
  }
}

std::unique_ptr<Defense> prune(const ModelSpec& spec, const PruneOptions& options) {
  options.validate();
  return std::make_unique<Prune>(spec, options);
}

}  // namespace assay::defenses
