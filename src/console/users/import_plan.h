// What a file of users means. Format: docs/user-import.md. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "console/users/import_status.h"
#include "net/route/router.h"

namespace troupe::console::users {

inline constexpr std::size_t kMaxImportRows = 10'000;
inline constexpr std::size_t kMaxImportBytes = 4UL * 1024 * 1024;

struct ImportRow {
  std::size_t line = 0;
  std::string username;
  std::optional<std::string> password;
  std::string display_name;
  net::route::Role role = net::route::Role::member;
  bool generated = false;  ///< the password was made here, and is to be handed out
};
/// Every row of the file is in one of the two.
struct ImportPlan {
  std::vector<ImportRow> rows;
  std::vector<LineError> errors;
};

/// Reads a file: a first row that holds `username` names the columns, else they are username, password, display_name,
/// role. Errors: those of parse_csv; invalid_param (no rows, no such column); too_large (more than 10,000 rows).
Result<ImportPlan> plan_import(std::string_view csv, std::string_view server_name);

/// Gives a password to each row that has none.
void generate_passwords(ImportPlan& plan);

}  // namespace troupe::console::users
