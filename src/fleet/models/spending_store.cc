#include "fleet/models/spending_store.h"

#include <algorithm>

#include "store/words.h"

namespace troupe::fleet::models {
namespace {

using namespace store::words;

using ScopeWord = store::Listed<kScopes, Scope::person>;
using StateWord = store::Listed<kCallStates, CallState::expired>;

constexpr auto kCall = store::columns(
    column("id", &ModelCall::id), column("day", &ModelCall::day), column("at_ms", &ModelCall::at_ms),
    column("tenant_id", &ModelCall::tenant_id), column("bot_id", &ModelCall::bot_id),
    column("person", &ModelCall::person), column("endpoint", &ModelCall::endpoint), column("model", &ModelCall::model),
    column<StateWord>("state", &ModelCall::state), column("reserved", &ModelCall::reserved),
    column("spent", &ModelCall::spent), column("tokens_in", &ModelCall::tokens_in),
    column("tokens_out", &ModelCall::tokens_out), column("expires_ms", &ModelCall::expires_ms));
constexpr auto kInsertCall = store::insert("fleet_model_call", kCall);
constexpr auto kFindCall = sql("SELECT ", kCall, " FROM fleet_model_call WHERE id = ?1");
constexpr auto kOverdue =
    sql("SELECT ", kCall, " FROM fleet_model_call WHERE expires_ms < ?1 ORDER BY expires_ms LIMIT ?2");
constexpr auto kCallPage = sql("SELECT ", kCall,
                               " FROM fleet_model_call WHERE tenant_id = ?1 AND day = ?2 AND (?3 = '' OR bot_id = ?3) "
                               "AND (?4 = '' OR person = ?4) ORDER BY id DESC LIMIT ?6 OFFSET ?5");

constexpr auto kSum = store::columns(
    column("day", &SpendingSum::day), column<ScopeWord>("scope", &SpendingSum::scope), column("who", &SpendingSum::who),
    column("reserved", &SpendingSum::reserved), column("spent", &SpendingSum::spent),
    column("calls", &SpendingSum::calls), column("estimated", &SpendingSum::estimated),
    column("tokens_in", &SpendingSum::tokens_in), column("tokens_out", &SpendingSum::tokens_out));
constexpr auto kFindSum =
    sql("SELECT ", kSum, " FROM fleet_spending WHERE day = ?1 AND tenant_id = ?2 AND scope = ?3 AND who = ?4");
constexpr auto kAddToSum =
    sql(store::insert("fleet_spending", kSum, "tenant_id"),
        " ON CONFLICT (day, tenant_id, scope, who) DO UPDATE SET reserved = fleet_spending.reserved + "
        "excluded.reserved, spent = fleet_spending.spent + excluded.spent, calls = fleet_spending.calls + "
        "excluded.calls, estimated = fleet_spending.estimated + excluded.estimated, tokens_in = "
        "fleet_spending.tokens_in + excluded.tokens_in, tokens_out = fleet_spending.tokens_out + excluded.tokens_out");
constexpr auto kSumPage = sql("SELECT ", kSum,
                              " FROM fleet_spending WHERE day = ?1 AND tenant_id = ?2 AND scope = ?3 "
                              "ORDER BY spent DESC, tokens_out DESC, who LIMIT ?5 OFFSET ?4");

}  // namespace

void insert_call(store::Tx& tx, const ModelCall& call) { store::run_insert(tx, kInsertCall, kCall, call); }

std::optional<ModelCall> find_call(store::Connection& c, std::int64_t id) {
  return store::one(c.query(kFindCall, id), kCall);
}

void update_call(store::Tx& tx, const ModelCall& call) {
  tx.run(
      "UPDATE fleet_model_call SET state = ?2, reserved = ?3, spent = ?4, tokens_in = ?5, tokens_out = ?6, "
      "expires_ms = ?7 WHERE id = ?1",
      call.id, StateWord::word(call.state), call.reserved, call.spent, call.tokens_in, call.tokens_out,
      call.expires_ms);
}

std::vector<ModelCall> overdue_calls(store::Connection& c, base::UnixMs now, std::int64_t limit) {
  return store::all(c.query(kOverdue, now, limit), kCall);
}

CallPage call_page(store::Connection& c, std::int64_t tenant_id, std::int64_t day, std::string_view bot_id,
                   std::string_view person, std::int64_t from, std::int64_t limit) {
  return {.items = store::all(c.query(kCallPage, tenant_id, day, bot_id, person, from, limit), kCall),
          .total = store::number(c.query(
              "SELECT COUNT(*) FROM fleet_model_call WHERE tenant_id = ?1 AND day = ?2 AND (?3 = '' OR bot_id = ?3) "
              "AND (?4 = '' OR person = ?4)",
              tenant_id, day, bot_id, person))};
}

SpendingSum find_sum(store::Connection& c, std::int64_t tenant_id, std::int64_t day, Scope scope,
                     std::string_view who) {
  auto found = store::one(c.query(kFindSum, day, tenant_id, ScopeWord::word(scope), who), kSum);
  if (found) return *std::move(found);
  return {.day = day, .scope = scope, .who = std::string(who)};
}

void add_to_sum(store::Tx& tx, std::int64_t tenant_id, const SpendingSum& more) {
  store::run_insert(tx, kAddToSum, kSum, more, tenant_id);
}

SumPage sum_page(store::Connection& c, std::int64_t tenant_id, std::int64_t day, Scope scope, std::int64_t from,
                 std::int64_t limit) {
  const auto word = ScopeWord::word(scope);
  return {.items = store::all(c.query(kSumPage, day, tenant_id, word, from, limit), kSum),
          .total = store::number(
              c.query("SELECT COUNT(*) FROM fleet_spending WHERE day = ?1 AND tenant_id = ?2 AND scope = ?3", day,
                      tenant_id, word))};
}

std::int64_t prune_spending(store::Tx& tx, std::int64_t day, std::int64_t limit) {
  const auto calls = tx.run(
      "DELETE FROM fleet_model_call WHERE id IN (SELECT id FROM fleet_model_call WHERE day < ?1 "
      "AND expires_ms IS NULL ORDER BY day LIMIT ?2)",
      day, limit);
  return std::max<std::int64_t>(
      calls,
      tx.run("DELETE FROM fleet_spending WHERE (day, tenant_id, scope, who) IN (SELECT day, tenant_id, scope, who "
             "FROM fleet_spending WHERE day < ?1 ORDER BY day LIMIT ?2)",
             day, limit));
}

}  // namespace troupe::fleet::models
