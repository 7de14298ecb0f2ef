// SQL of conversations and their messages. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <vector>

#include "assistant/tasks/types.h"
#include "store/database.h"

namespace troupe::assistant::tasks::conversation_store {

void insert(store::Tx& tx, const Conversation& conversation);
std::optional<Conversation> find(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id,
                                 std::string_view id);
std::int64_t count(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id);
/// Newest change first.
std::vector<Conversation> page(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id, std::int64_t from,
                               std::int64_t limit);
/// Counts, title and time.
void update(store::Tx& tx, const Conversation& conversation);
/// Deletes a piece of what it holds (store::kPiece rows): its messages, then what planning keeps of its words in its
/// tasks, at last itself. Yields how many rows that were.
std::int64_t remove_piece(store::Tx& tx, std::int64_t tenant_id, std::int64_t owner_id, std::string_view id);

void insert_message(store::Tx& tx, const Message& message);
/// Those behind number `after`, oldest first.
std::vector<Message> messages(store::Connection& c, std::string_view conversation_id, std::int64_t after,
                              std::int64_t limit);

}  // namespace troupe::assistant::tasks::conversation_store
