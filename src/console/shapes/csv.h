// Comma-separated values, RFC 4180: reading what people upload, writing what spreadsheets open. Pure.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http/http.h"

namespace troupe::console::shapes {

struct CsvRow {
  std::size_t line = 0;  ///< where it begins, from 1
  std::vector<std::string> fields;
};

struct CsvLimits {
  std::size_t rows = 10'001;
  std::size_t fields = 32;
  std::size_t field_bytes = 4'096;
};

/// Takes a byte order mark, quoted fields with doubled quotes and line breaks inside, lines that end in LF, CRLF or CR,
/// and semicolons in place of commas when the first line has only those (as spreadsheets write them in half of Europe).
/// Empty lines are passed over. Errors, with the line: invalid_param (not UTF-8, NUL, a quote that is not closed, text
/// after a closing quote), too_large (a limit).
Result<std::vector<CsvRow>> parse_csv(std::string_view text, const CsvLimits& limits = {});

/// Adds a line, quoted where needed. What a spreadsheet would take for a formula (= + - @, tab or CR in front) gets an
/// apostrophe first, as OWASP advises.
void append_csv_row(std::string& out, std::initializer_list<std::string_view> fields);

/// The text as a file to keep, for attachment under this name (ASCII, no quotes).
net::http::Response csv_response(std::string text, std::string_view file_name);

}  // namespace troupe::console::shapes
