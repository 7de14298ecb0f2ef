// SQL of answers that come later. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::fleet::brains {

/// A question that may be answered later, under one token.
struct LateRow {
  std::string token_hash;  ///< hex SHA-256
  std::string bot_user_id;
  std::string event_id;
  bool accepted = false;
  base::UnixMs expires_ms = 0;
  std::optional<std::string> answer;  ///< JSON object
  std::string answer_hash;
};

void insert_late(store::Tx& tx, const LateRow& row, base::UnixMs now);
std::optional<LateRow> late_by_token(store::Connection& c, std::string_view token_hash);
/// Of the rows of a question the one that says most: answered, else accepted, else the newest.
std::optional<LateRow> late_of_question(store::Connection& c, std::string_view bot_user_id, std::string_view event_id);
void accept_late(store::Tx& tx, std::string_view token_hash);
void answer_late(store::Tx& tx, std::string_view token_hash, std::string_view answer, std::string_view answer_hash);
std::int64_t prune_late(store::Tx& tx, base::UnixMs expired_before, std::int64_t limit);

}  // namespace troupe::fleet::brains
