#include "assistant/tasks/life_store.h"

#include "store/columns.h"

namespace troupe::assistant::tasks::life_store {
namespace {

using store::column;
using store::sql;

constexpr auto kLife = store::columns(column("number", &Life::number), column("life", &Life::life));
constexpr auto kNow = sql("SELECT ", kLife, " FROM as_life WHERE id = 1");
constexpr auto kNext = sql("UPDATE as_life SET number = number + 1 WHERE id = 1 RETURNING ", kLife);

constexpr auto kWrote = store::columns(column("holder", &Wrote::holder), column("number", &Wrote::number));
constexpr auto kNewest = sql("SELECT ", kWrote, " FROM as_life_of ORDER BY number DESC LIMIT ?1");
constexpr std::string_view kOf = "SELECT COALESCE(MAX(number), 0) FROM as_life_of WHERE holder = ?1";
constexpr std::string_view kForget =
    "DELETE FROM as_life_of WHERE number < (SELECT number FROM as_life_of ORDER BY number DESC LIMIT 1 OFFSET ?1)";
constexpr std::string_view kRaise =
    "INSERT INTO as_life_of (holder, number) VALUES (?1, ?2) ON CONFLICT (holder) DO UPDATE SET "
    "number = excluded.number WHERE excluded.number > as_life_of.number";

}  // namespace

Life now(store::Connection& c) { return store::one(c.query(kNow), kLife).value_or(Life{}); }

void put(store::Tx& tx, const Life& life) {
  tx.run("UPDATE as_life SET number = ?1, life = ?2 WHERE id = 1", life.number, life.life);
}

Life next(store::Tx& tx, std::string_view holder) {
  auto life = store::one(tx.query(kNext), kLife).value_or(Life{});
  raise(tx, {.holder = std::string(holder), .number = life.number});
  return life;
}

std::vector<Wrote> newest(store::Connection& c, std::int64_t limit) {
  return store::all(c.query(kNewest, limit), kWrote);
}

std::int64_t of(store::Connection& c, std::string_view holder) { return store::number(c.query(kOf, holder)); }

std::int64_t forget(store::Tx& tx, std::int64_t keep) { return tx.run(kForget, keep); }

void raise(store::Tx& tx, const Wrote& wrote) { tx.run(kRaise, wrote.holder, wrote.number); }

}  // namespace troupe::assistant::tasks::life_store
