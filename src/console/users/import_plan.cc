#include "console/users/import_plan.h"

#include <map>

#include "base/crypto.h"
#include "base/text.h"
#include "console/shapes/csv.h"
#include "identity/types.h"
#include "matrix/ids.h"

namespace troupe::console::users {
namespace {

constexpr std::size_t kImportedPasswordLength = 20;  // the most that registration.password_min_length may be
constexpr std::size_t kMinPasswordBytes = 8;
constexpr std::size_t kMaxPasswordBytes = 512;
constexpr std::size_t kMaxDisplayNameBytes = 256;
constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);

/// Where each thing stands in a row.
struct Columns {
  std::size_t username = 0;
  std::size_t password = 1;
  std::size_t display_name = 2;
  std::size_t role = 3;
  std::size_t most = 4;  ///< fields that a row may have
};

std::string trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// Nothing when the row is no header. Columns with other names are passed over: an exported list can be read again.
std::optional<Columns> header(const shapes::CsvRow& row) {
  Columns columns{.username = kNoColumn, .password = kNoColumn, .display_name = kNoColumn, .role = kNoColumn};
  columns.most = row.fields.size();
  for (std::size_t i = 0; i < row.fields.size(); ++i) {
    auto name = base::ascii_lower(trimmed(row.fields[i]));
    if (name == "username") columns.username = i;
    if (name == "password") columns.password = i;
    if (name == "display_name") columns.display_name = i;
    if (name == "role") columns.role = i;
  }
  if (columns.username == kNoColumn) return std::nullopt;
  return columns;
}

std::string field(const shapes::CsvRow& row, std::size_t column) {
  return column < row.fields.size() ? row.fields[column] : std::string();
}

/// What is wrong with a name; nothing when it can be taken.
std::optional<std::string> wrong_name(const std::string& name, std::string_view server_name) {
  if (name.empty()) return "the user name is missing";
  if (!matrix::is_new_localpart(name, server_name)) {
    return "\"" + name.substr(0, 64) + "\" is no user name: a-z, 0-9 and . _ = - / + only";
  }
  if (name.starts_with("bot_") || name.starts_with('_')) return "names like " + name + " are reserved";
  return std::nullopt;
}

Result<ImportRow> read_row(const shapes::CsvRow& row, const Columns& columns, std::string_view server_name) {
  auto wrong = [](std::string what) { return Error(Errc::invalid_param, std::move(what)); };
  if (row.fields.size() > columns.most) return wrong("there are more fields than columns; quote what holds a comma");
  ImportRow read;
  read.line = row.line;
  read.username = trimmed(field(row, columns.username));
  if (auto parts = matrix::parse_user_id(read.username); parts && parts->server == server_name) {
    read.username = std::string(parts->localpart);
  }
  if (auto problem = wrong_name(read.username, server_name)) return wrong(*std::move(problem));
  if (auto password = field(row, columns.password); !password.empty()) {
    if (password.size() < kMinPasswordBytes) return wrong("the password has fewer than 8 characters");
    if (password.size() > kMaxPasswordBytes) return wrong("the password has more than 512 bytes");
    read.password = std::move(password);
  }
  read.display_name = trimmed(field(row, columns.display_name));
  if (read.display_name.size() > kMaxDisplayNameBytes) return wrong("the display name has more than 256 bytes");
  if (auto role = base::ascii_lower(trimmed(field(row, columns.role))); !role.empty()) {
    auto known = identity::parse_role(role);
    if (!known) return wrong("the role must be member, operator or admin");
    read.role = *known;
  }
  return read;
}

}  // namespace

Result<ImportPlan> plan_import(std::string_view csv, std::string_view server_name) {
  TRY(auto rows, shapes::parse_csv(csv));
  Columns columns;
  std::size_t first = 0;
  if (!rows.empty()) {
    if (auto named = header(rows.front())) {
      columns = *named;
      first = 1;
    }
  }
  if (rows.size() <= first) return Error(Errc::invalid_param, "The file holds no rows.");
  if (rows.size() - first > kMaxImportRows) return Error(Errc::too_large, "A file may have at most 10,000 rows.");
  ImportPlan plan;
  std::map<std::string, std::size_t, std::less<>> seen;  // name → line
  for (const auto& row : std::span(rows).subspan(first)) {
    auto read = read_row(row, columns, server_name);
    if (!read) {
      plan.errors.push_back({.line = row.line, .message = read.error().message()});
      continue;
    }
    auto [earlier, fresh] = seen.emplace(read->username, row.line);
    if (!fresh) {
      plan.errors.push_back(
          {.line = row.line,
           .message = read->username + " is in line " + std::to_string(earlier->second) + " already"});
      continue;
    }
    plan.rows.push_back(*std::move(read));
  }
  return plan;
}

void generate_passwords(ImportPlan& plan) {
  for (auto& row : plan.rows) {
    if (row.password) continue;
    row.password = base::random_alphanumeric(kImportedPasswordLength);
    row.generated = true;
  }
}

}  // namespace troupe::console::users
