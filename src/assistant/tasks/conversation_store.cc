#include "assistant/tasks/conversation_store.h"

#include "store/columns.h"
#include "store/in_pieces.h"

namespace troupe::assistant::tasks::conversation_store {
namespace {

using store::column;
using store::sql;

constexpr auto kConversation =
    store::columns(column("id", &Conversation::id), column("tenant_id", &Conversation::tenant_id),
                   column("owner_id", &Conversation::owner_id), column("title", &Conversation::title),
                   column("messages", &Conversation::messages), column("tasks", &Conversation::tasks),
                   column("created_ms", &Conversation::created_ms), column("updated_ms", &Conversation::updated_ms));
constexpr auto kInsertConversation = store::insert("as_conversation", kConversation);
constexpr auto kFindConversation =
    sql("SELECT ", kConversation, " FROM as_conversation WHERE id = ?3 AND tenant_id = ?1 AND owner_id = ?2");
constexpr auto kConversationPage =
    sql("SELECT ", kConversation,
        " FROM as_conversation WHERE tenant_id = ?1 AND owner_id = ?2 ORDER BY updated_ms DESC, id DESC "
        "LIMIT ?4 OFFSET ?3");
constexpr std::string_view kRemovePlanning =
    "UPDATE as_task SET planning = '{}' WHERE id IN (SELECT t.id FROM as_task t WHERE t.conversation_id = ?1 AND "
    "t.tenant_id = ?2 AND t.owner_id = ?3 AND t.planning <> '{}' LIMIT ?4)";

constexpr auto kMessage = store::columns(
    column("conversation_id", &Message::conversation_id), column("number", &Message::number),
    column<store::Listed<kRoles, Role::system>>("role", &Message::role), column("content", &Message::content),
    column("task_id", &Message::task_id), column("created_ms", &Message::created_ms));
constexpr auto kInsertMessage = store::insert("as_message", kMessage);
constexpr auto kMessages =
    sql("SELECT ", kMessage, " FROM as_message WHERE conversation_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3");

}  // namespace

void insert(store::Tx& tx, const Conversation& conversation) {
  store::run_insert(tx, kInsertConversation, kConversation, conversation);
}

std::optional<Conversation> find(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id,
                                 std::string_view id) {
  return store::one(c.query(kFindConversation, tenant_id, owner_id, id), kConversation);
}

std::int64_t count(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id) {
  return store::number(
      c.query("SELECT COUNT(*) FROM as_conversation WHERE tenant_id = ?1 AND owner_id = ?2", tenant_id, owner_id));
}

std::vector<Conversation> page(store::Connection& c, std::int64_t tenant_id, std::int64_t owner_id, std::int64_t from,
                               std::int64_t limit) {
  return store::all(c.query(kConversationPage, tenant_id, owner_id, from, limit), kConversation);
}

void update(store::Tx& tx, const Conversation& conversation) {
  tx.run("UPDATE as_conversation SET title = ?2, messages = ?3, tasks = ?4, updated_ms = ?5 WHERE id = ?1",
         conversation.id, conversation.title, conversation.messages, conversation.tasks, conversation.updated_ms);
}

std::int64_t remove_piece(store::Tx& tx, std::int64_t tenant_id, std::int64_t owner_id, std::string_view id) {
  if (!find(tx, tenant_id, owner_id, id)) return 0;
  auto left = static_cast<std::int64_t>(store::kPiece);
  left -= tx.run(
      "DELETE FROM as_message WHERE conversation_id = ?1 AND number IN (SELECT number FROM as_message "
      "WHERE conversation_id = ?1 ORDER BY number LIMIT ?2)",
      id, left);
  if (left > 0) left -= tx.run(kRemovePlanning, id, tenant_id, owner_id, left);
  if (left > 0) left -= tx.run("DELETE FROM as_conversation WHERE id = ?1", id);
  return static_cast<std::int64_t>(store::kPiece) - left;
}

void insert_message(store::Tx& tx, const Message& message) { store::run_insert(tx, kInsertMessage, kMessage, message); }

std::vector<Message> messages(store::Connection& c, std::string_view conversation_id, std::int64_t after,
                              std::int64_t limit) {
  return store::all(c.query(kMessages, conversation_id, after, limit), kMessage);
}

}  // namespace troupe::assistant::tasks::conversation_store
