#include "core/data/prepared.h"

#include <ATen/ops/isfinite.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/io/safetensors.h"

namespace assay {
namespace {

using Names = std::vector<std::string>;

void require_same(const Names& got, std::span<const std::string> expected, const char* what) {
  if (got.size() != expected.size()) {
    throw std::invalid_argument(
        fmt::format("expected {} {}, got {}", expected.size(), what, got.size()));
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] != expected[i])
      throw std::invalid_argument(fmt::format("expected '{}' as number {} of the {}, got '{}'",
                                              expected[i], i + 1, what, got[i]));
  }
}

void require_tensors(const at::Tensor& inputs, const at::Tensor& labels, std::int64_t features,
                     std::int64_t classes) {
  if (inputs.scalar_type() != at::kFloat || inputs.dim() != 2 || inputs.size(1) != features)
    throw std::invalid_argument(fmt::format("inputs: expected float32 [N, {}]", features));
  if (labels.scalar_type() != at::kLong || labels.dim() != 1 || labels.size(0) != inputs.size(0))
    throw std::invalid_argument("labels: expected int64, one for each row of the inputs");
  const auto* label = labels.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    if (label[i] < 0 || label[i] >= classes) {
      throw std::invalid_argument(
          fmt::format("labels: expected 0 to {}, got {} in row {}", classes - 1, label[i], i));
    }
  }
  if (!at::isfinite(inputs).all().item<bool>())
    throw std::invalid_argument("inputs: expected finite numbers");
}

PreparedForm form_of(const nlohmann::json& note) {
  if (note.value("kind", "") != "prepared-records" || note.value("format", 0) != 1)
    throw std::invalid_argument("expected records that `assay prepare` wrote (format 1)");
  PreparedForm form{note.at("feature_names").get<Names>(), note.at("class_names").get<Names>()};
  if (form.feature_names.empty()) throw std::invalid_argument("expected a feature or more");
  if (form.class_names.size() < 2) throw std::invalid_argument("expected two classes or more");
  return form;
}

PreparedForm require_same(PreparedForm form, std::span<const std::string> feature_names,
                          std::span<const std::string> class_names) {
  require_same(form.feature_names, feature_names, "features");
  require_same(form.class_names, class_names, "classes");
  return form;
}

PreparedPool read(const TensorFile& file, const PreparedForm& form) {
  const auto& note = file.note;
  const auto &feature_names = form.feature_names, &class_names = form.class_names;
  PreparedPool out;
  out.pool.inputs = file.at("inputs");
  out.pool.labels = file.at("labels");
  require_tensors(out.pool.inputs, out.pool.labels, static_cast<std::int64_t>(feature_names.size()),
                  static_cast<std::int64_t>(class_names.size()));
  out.pool.class_names.assign(class_names.begin(), class_names.end());
  const auto& statistics = note.at("statistics");
  out.private_statistics = statistics.at("of_private_records").get<Names>();
  out.pool.notes.push_back(fmt::format(
      "{} prepared records; scaling {}; duplicates: {}; statistics {}", out.pool.labels.size(0),
      note.at("scaling").get<std::string>(), note.at("on_duplicate").get<std::string>(),
      statistics.at("source").get<std::string>()));
  for (const auto& input : note.at("inputs")) {
    out.pool.notes.push_back(fmt::format("prepared from {}, SHA-256 {}",
                                         input.at("name").get<std::string>(),
                                         input.at("sha256").get<std::string>()));
  }
  return out;
}

/// What `body` gives, its complaints with the file's name.
template <class Body>
auto naming(const std::filesystem::path& file, const Body& body) {
  const auto fail = [&](const char* what) {
    return std::invalid_argument(fmt::format("{}: {}", file.string(), what));
  };
  try {
    return body();
  } catch (const std::invalid_argument& error) {
    throw fail(error.what());
  } catch (const std::out_of_range& error) {
    throw fail(error.what());
  } catch (const nlohmann::json::exception& error) {
    throw fail(error.what());
  }
}

TensorFile tensors_of(const SourceFile& file) {
  return from_safetensors({reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()});
}

}  // namespace

PreparedForm read_prepared_form(const std::filesystem::path& file) {
  const auto header = load_safetensors_header(file);
  return naming(file, [&] {
    auto form = form_of(header.note);
    const auto inputs = header.shapes.find("inputs");
    if (inputs == header.shapes.end() || inputs->second.size() != 2)
      throw std::invalid_argument("expected a matrix of inputs");
    form.records = inputs->second[0];
    return form;
  });
}

PreparedForm read_prepared_form(const std::filesystem::path& file,
                                std::span<const std::string> feature_names,
                                std::span<const std::string> class_names) {
  const auto form = read_prepared_form(file);
  return naming(file, [&] { return require_same(form, feature_names, class_names); });
}

PreparedPool read_prepared(const SourceFile& file, std::span<const std::string> feature_names,
                           std::span<const std::string> class_names) {
  return naming(file.path, [&] {
    const auto tensors = tensors_of(file);
    return read(tensors, require_same(form_of(tensors.note), feature_names, class_names));
  });
}

PreparedPool read_prepared(const SourceFile& file) {
  return naming(file.path, [&] {
    const auto tensors = tensors_of(file);
    return read(tensors, form_of(tensors.note));
  });
}

}  // namespace assay
