#include "host/cursor_store.h"

#include "store/columns.h"

namespace troupe::host {
namespace {

constexpr std::string_view kFind = "SELECT pos FROM host_cursor WHERE name = ?1";
constexpr std::string_view kAdvance =
    "INSERT INTO host_cursor (name, pos) VALUES (?1, ?2) "
    "ON CONFLICT (name) DO UPDATE SET pos = excluded.pos WHERE host_cursor.pos < excluded.pos";

}  // namespace

std::optional<StreamPos> find_cursor(store::Connection& connection, std::string_view name) {
  return store::value<StreamPos>(connection.query(kFind, name));
}

void advance_cursor(store::Tx& tx, std::string_view name, StreamPos pos) { tx.run(kAdvance, name, pos); }

}  // namespace troupe::host
