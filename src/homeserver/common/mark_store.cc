#include "homeserver/common/mark_store.h"

#include "store/columns.h"

namespace troupe::homeserver::mark_store {
namespace {

constexpr std::string_view kFind = "SELECT value FROM hs_mark WHERE name = ?1";
constexpr std::string_view kPut =
    "INSERT INTO hs_mark (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
constexpr std::string_view kPutOnce = "INSERT INTO hs_mark (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";

}  // namespace

std::string find(store::Connection& connection, std::string_view name) {
  return store::value<std::string>(connection.query(kFind, name)).value_or("");
}

void put(store::Tx& tx, std::string_view name, std::string_view value) { tx.run(kPut, name, value); }

std::string put_once(store::Tx& tx, std::string_view name, std::string_view value) {
  tx.run(kPutOnce, name, value);
  return find(tx, name);
}

}  // namespace troupe::homeserver::mark_store
