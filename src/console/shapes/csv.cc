#include "console/shapes/csv.h"

#include "base/encoding.h"

namespace troupe::console::shapes {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error at_line(std::size_t line, Errc code, std::string_view what) {
  return Error(code, "Line " + std::to_string(line) + ": " + std::string(what));
}

class Parser {
 public:
  Parser(std::string_view text, const CsvLimits& limits) : text_(text), limits_(limits) {
    auto first = text.substr(0, text.find_first_of("\r\n"));
    if (first.find(',') == first.npos && first.find(';') != first.npos) separator_ = ';';
  }

  Result<std::vector<CsvRow>> run() {
    while (at_ < text_.size()) {
      row_.line = line_;
      TRY(row());
      const bool blank = row_.fields.size() == 1 && row_.fields[0].empty();
      if (!blank) {
        if (rows_.size() == limits_.rows) {
          return at_line(row_.line, Errc::too_large,
                         "the file has more than " + std::to_string(limits_.rows) + " rows.");
        }
        rows_.push_back(std::move(row_));
      }
      row_ = {};
    }
    return std::move(rows_);
  }

 private:
  Result<Unit> row() {
    for (;;) {
      std::string field;
      TRY(peek() == '"' ? quoted(field) : plain(field));
      if (field.size() > limits_.field_bytes) return at_line(row_.line, Errc::too_large, "a field is too long.");
      if (row_.fields.size() == limits_.fields) return at_line(row_.line, Errc::too_large, "too many fields.");
      row_.fields.push_back(std::move(field));
      if (at_ == text_.size()) return Unit{};
      if (text_[at_] == separator_) {
        ++at_;
        continue;
      }
      line_break();
      return Unit{};
    }
  }

  Result<Unit> plain(std::string& field) {
    const auto start = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    field = text_.substr(start, at_ - start);
    return Unit{};
  }

  Result<Unit> quoted(std::string& field) {
    const auto opened = line_;
    ++at_;
    for (;;) {
      if (at_ == text_.size()) return at_line(opened, Errc::invalid_param, "a quote is not closed.");
      const char c = text_[at_++];
      if (c == '"') {
        if (peek() != '"') break;
        ++at_;
      } else if (c == '\n' || (c == '\r' && peek() != '\n')) {
        ++line_;
      }
      field += c;
      if (field.size() > limits_.field_bytes) {
        return at_line(opened, Errc::too_large, "a quoted field is too long, or its quote is not closed.");
      }
    }
    const bool ends = at_ == text_.size() || text_[at_] == separator_ || text_[at_] == '\n' || text_[at_] == '\r';
    if (!ends) return at_line(line_, Errc::invalid_param, "there is text after a closing quote.");
    return Unit{};
  }

  void line_break() {
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  std::string_view text_;
  const CsvLimits& limits_;
  char separator_ = ',';
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  CsvRow row_;
  std::vector<CsvRow> rows_;
};

std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n'));
}

}  // namespace

Result<std::vector<CsvRow>> parse_csv(std::string_view text, const CsvLimits& limits) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto nul = text.find('\0'); nul != text.npos) {
    return at_line(line_of(text, nul), Errc::invalid_param,
                   "a NUL character. Save the file as CSV in UTF-8, not as a spreadsheet or in UTF-16.");
  }
  if (!base::is_utf8(text)) {
    // The first line that is not: its bytes alone tell, because no character spans a line break.
    std::size_t line = 1;
    for (auto rest = text; !rest.empty(); ++line) {
      auto end = std::min(rest.find('\n'), rest.size() - 1) + 1;
      if (!base::is_utf8(rest.substr(0, end))) break;
      rest.remove_prefix(end);
    }
    return at_line(line, Errc::invalid_param, "not UTF-8. Save the file with the encoding UTF-8.");
  }
  return Parser(text, limits).run();
}

void append_csv_row(std::string& out, std::initializer_list<std::string_view> fields) {
  bool first = true;
  for (auto field : fields) {
    if (!first) out += ',';
    first = false;
    constexpr std::string_view kFormula = "=+-@\t\r";
    const bool formula = !field.empty() && kFormula.find(field.front()) != kFormula.npos;
    const bool quote = formula || field.find_first_of(",;\"\r\n") != field.npos;
    if (!quote) {
      out += field;
      continue;
    }
    out += '"';
    if (formula) out += '\'';
    for (char c : field) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += "\r\n";
}

net::http::Response csv_response(std::string text, std::string_view file_name) {
  auto response = net::http::Response::text(std::move(text), 200, "text/csv; charset=utf-8");
  response.headers.add("Content-Disposition", "attachment; filename=\"" + std::string(file_name) + "\"");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace troupe::console::shapes
