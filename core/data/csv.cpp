#include "core/data/csv.h"

#include <set>
#include <utility>

namespace assay {
namespace {

class Reader {
 public:
  Reader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  bool at_end() const { return at_ == text_.size(); }

  CsvRow row() {
    CsvRow out;
    out.line = line_;
    out.fields.push_back(field());
    while (!at_end() && text_[at_] == ',') {
      ++at_;
      out.fields.push_back(field());
    }
    line_end();
    return out;
  }

 private:
  std::string field() {
    if (!at_end() && text_[at_] == '"') return quoted();
    const std::size_t start = at_;
    for (; !at_end() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r'; ++at_) {
      if (text_[at_] == '"') refuse("a field that starts with its quote, or none");
      check();
    }
    return std::string(text_.substr(start, at_ - start));
  }

  std::string quoted() {
    const auto opened = place();
    std::string out;
    for (++at_; !at_end(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        if (at_end() || text_[at_] != '"') {
          after_quote();
          return out;
        }
      } else {
        check();
      }
      out += text_[at_];
      if (text_[at_] == '\n') next_line(at_ + 1);
    }
    throw DataError(name_, opened, "a closing quote", "the end of the file");
  }

  void after_quote() {
    if (at_end() || text_[at_] == ',' || text_[at_] == '\n' || text_[at_] == '\r') return;
    refuse("a comma or a line end after a closing quote");
  }

  void line_end() {
    if (at_end()) return;
    if (text_[at_] == '\r') {
      ++at_;
      if (at_end() || text_[at_] != '\n') refuse("a line feed after a carriage return");
    }
    next_line(++at_);
  }

  void next_line(std::size_t start) {
    ++line_;
    line_start_ = start;
  }

  void check() const {
    if (text_[at_] == '\0') refuse("text");
  }

  std::string place() const { return at_line(line_, at_ - line_start_ + 1); }

  [[noreturn]] void refuse(std::string_view expected) const {
    throw DataError(name_, place(), expected,
                    at_end() ? std::string("the end of the file")
                             : describe(static_cast<std::byte>(text_[at_])));
  }

  std::string_view text_, name_;
  std::size_t at_ = 0, line_ = 1, line_start_ = 0;
};

}  // namespace

CsvTable parse_csv(std::span<const std::byte> bytes, std::string_view name) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.empty()) throw DataError(name, at_line(1, 1), "a header row", "the end of the file");

  Reader in(text, name);
  CsvTable out;
  out.header = in.row().fields;
  std::set<std::string_view> seen;
  for (const auto& column : out.header) {
    if (!seen.insert(column).second) {
      throw DataError(name, at_line(1, 1), "every column name once", describe(column) + " twice");
    }
  }
  while (!in.at_end())
    out.rows.push_back(in.row());
  return out;
}

}  // namespace assay
