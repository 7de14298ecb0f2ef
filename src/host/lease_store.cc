#include "host/lease_store.h"

#include "store/words.h"

namespace troupe::host {
namespace {

using namespace store::words;

constexpr auto kLease = store::columns(column("holder", &LeaseRow::holder), column("epoch", &LeaseRow::epoch),
                                       column("beat", &LeaseRow::beat));
constexpr auto kFindLease = sql("SELECT ", kLease, " FROM host_lease WHERE name = ?1");
constexpr auto kPutLease =
    sql(store::insert("host_lease", kLease, "name"),
        " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, beat = excluded.beat");

}  // namespace

namespace lease_store {

std::optional<LeaseRow> find(store::Connection& connection, std::string_view name) {
  return store::one(connection.query(kFindLease, name), kLease);
}

void put(store::Tx& tx, std::string_view name, const LeaseRow& row) {
  store::run_insert(tx, kPutLease, kLease, row, name);
}

}  // namespace lease_store
}  // namespace troupe::host
