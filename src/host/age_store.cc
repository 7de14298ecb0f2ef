#include "host/age_store.h"

#include "store/words.h"

namespace troupe::host::age_store {
namespace {

using namespace store::words;

constexpr std::int64_t kOnly = 1;
constexpr auto kAge = store::columns(column("time_ms", &AgeMark::time_ms), column("ahead_ms", &AgeMark::ahead_ms),
                                     column("held_ms", &AgeMark::held_ms));
constexpr auto kFindAge = sql("SELECT ", kAge, " FROM host_age WHERE id = ?1");
constexpr auto kPutAge =
    sql(store::insert("host_age", kAge, "id"),
        " ON CONFLICT (id) DO UPDATE SET time_ms = excluded.time_ms, ahead_ms = excluded.ahead_ms, "
        "held_ms = excluded.held_ms");

}  // namespace

std::optional<AgeMark> find(store::Connection& connection) {
  return store::one(connection.query(kFindAge, kOnly), kAge);
}

void put(store::Tx& tx, const AgeMark& mark) { store::run_insert(tx, kPutAge, kAge, mark, kOnly); }

}  // namespace troupe::host::age_store
