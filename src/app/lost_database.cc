#include "app/lost_database.h"

#include <fmt/format.h>

#include "store/inspection.h"

namespace troupe::app {
namespace {

/// A file that holds all the tables is larger: a look inside costs a start nothing but where it may be needed.
constexpr std::uintmax_t kSurelyWhole = 256 * 1024;

}  // namespace

Result<Unit> check_database_is_there(const std::filesystem::path& database, const std::filesystem::path& instance) {
  std::error_code failed;
  if (!std::filesystem::exists(instance, failed)) return Unit{};
  if (const auto bytes = std::filesystem::file_size(database, failed); !failed && bytes >= kSurelyWhole) return Unit{};
  const auto found = store::inspect_database(database, {});
  if (!found || !found->schema.empty()) return Unit{};  // what cannot be read is told when it is opened
  return Error(Errc::conflict,
               fmt::format("{} is missing or holds nothing, and a server has run in this folder before. Put the "
                           "database back from a backup (troupe.db, and troupe.db-wal where there is one), or set "
                           "database.url if the server kept its data in PostgreSQL. To begin anew, with everybody "
                           "signed out, remove {} and start again.",
                           database.string(), instance.string()));
}

}  // namespace troupe::app
