// SQL for what calls of models cost. All functions run inside the caller's transaction and throw store::SqlError.
// Writers have an order over all processes (store/database.h), so what is read in a write is what it is decided by.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/models/money.h"
#include "store/database.h"

namespace troupe::fleet::models {

/// Whose day a sum is of.
enum class Scope { person, bot, tenant };
inline constexpr std::array<std::string_view, 3> kScopes{"person", "bot", "tenant"};

enum class CallState {
  reserved,
  settled,    ///< by the server's own count
  estimated,  ///< the server did not count, or broke off: tokens are our guess
  unpriced,   ///< the model's price is not known: the tokens are right or a guess, the amount is 0
  expired,    ///< its process went away: all that was reserved counts as spent
};
inline constexpr std::array<std::string_view, 5> kCallStates{"reserved", "settled", "estimated", "unpriced", "expired"};

struct ModelCall {
  std::int64_t id = 0;
  std::int64_t day = 0;  ///< UTC, days since 1970
  base::UnixMs at_ms = 0;
  std::int64_t tenant_id = 0;
  std::string bot_id;
  std::string person;
  std::string endpoint;
  std::string model;
  CallState state = CallState::reserved;
  Micros reserved = 0;
  Micros spent = 0;
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
  std::optional<base::UnixMs> expires_ms = {};
};

struct SpendingSum {
  std::int64_t day = 0;
  Scope scope = Scope::person;
  std::string who = {};  ///< a user id, a bot_id; empty for a tenant
  Micros reserved = 0;
  Micros spent = 0;
  std::int64_t calls = 0;      ///< that ended
  std::int64_t estimated = 0;  ///< of those: tokens or price were guessed
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
};

struct CallPage {
  std::vector<ModelCall> items;  ///< newest first
  std::int64_t total = 0;
};
struct SumPage {
  std::vector<SpendingSum> items;  ///< the dearest first
  std::int64_t total = 0;
};

void insert_call(store::Tx& tx, const ModelCall& call);
std::optional<ModelCall> find_call(store::Connection& c, std::int64_t id);
/// State, amounts, tokens and expiry.
void update_call(store::Tx& tx, const ModelCall& call);
/// Open reservations whose time is over.
std::vector<ModelCall> overdue_calls(store::Connection& c, base::UnixMs now, std::int64_t limit);
/// Those of one day; empty texts: of all.
CallPage call_page(store::Connection& c, std::int64_t tenant_id, std::int64_t day, std::string_view bot_id,
                   std::string_view person, std::int64_t from, std::int64_t limit);

/// All zero when there is no row.
SpendingSum find_sum(store::Connection& c, std::int64_t tenant_id, std::int64_t day, Scope scope, std::string_view who);
/// Adds to the row, which is made when it is missing.
void add_to_sum(store::Tx& tx, std::int64_t tenant_id, const SpendingSum& more);
SumPage sum_page(store::Connection& c, std::int64_t tenant_id, std::int64_t day, Scope scope, std::int64_t from,
                 std::int64_t limit);

/// Rows of days before `day`, at most `limit` of each table; calls that are still reserved stay. Yields the larger
/// number.
std::int64_t prune_spending(store::Tx& tx, std::int64_t day, std::int64_t limit);

}  // namespace troupe::fleet::models
