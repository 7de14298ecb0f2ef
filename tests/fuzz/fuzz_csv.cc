// CSV files that people upload: rows that were read, written and read again are the same, and the plan of an import
// holds every row once.

// modules: console
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "console/shapes/csv.h"
#include "console/users/import_plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto rows = troupe::console::shapes::parse_csv(text);
  if (!rows) return 0;
  std::string quoted;
  for (const auto& row : *rows) {
    bool first = true;
    for (const auto& field : row.fields) {
      if (!troupe::base::is_utf8(field)) std::abort();
      quoted += first ? "\"" : ",\"";
      for (char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
      quoted += '"';
      first = false;
    }
    quoted += "\n";
  }
  auto again = troupe::console::shapes::parse_csv(quoted);
  // A first line of one field with a semicolon and no comma would be read with the other separator.
  const bool ambiguous = quoted.substr(0, quoted.find_first_of("\r\n")).find(',') == std::string::npos;
  if (!ambiguous) {
    if (!again || again->size() != rows->size()) std::abort();
    for (std::size_t i = 0; i < rows->size(); ++i) {
      if ((*again)[i].fields != (*rows)[i].fields) std::abort();
    }
  }
  if (auto plan = troupe::console::users::plan_import(text, "example.org")) {
    const auto planned = plan->rows.size() + plan->errors.size();
    if (planned != rows->size() && planned + 1 != rows->size()) std::abort();
  }
  return 0;
}
