#include "host/lease_store.h"

namespace troupe::host {
namespace {

constexpr std::string_view kFind = "SELECT holder, epoch, beat FROM host_lease WHERE name = ?1";
constexpr std::string_view kPut =
    "INSERT INTO host_lease (name, holder, epoch, beat) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, beat = excluded.beat";

}  // namespace

namespace lease_store {

std::optional<LeaseRow> find(store::Connection& connection, std::string_view name) {
  auto rows = connection.query(kFind, name);
  if (!rows.next()) return std::nullopt;
  return LeaseRow{.holder = rows.string(0), .epoch = rows.integer(1), .beat = rows.integer(2)};
}

void put(store::Tx& tx, std::string_view name, const LeaseRow& row) {
  tx.run(kPut, name, row.holder, row.epoch, row.beat);
}

}  // namespace lease_store
}  // namespace troupe::host
