#include "assistant/dialogue/lessons_store.h"

#include <algorithm>

#include "store/columns.h"

namespace troupe::assistant::dialogue::lessons_store {
namespace {

using store::column;
using store::sql;

constexpr auto kLesson =
    store::columns(column("id", &Lesson::id), column("text", &Lesson::text), column("service", &Lesson::service),
                   column("chosen_by", &Lesson::chosen_by), column("created_ms", &Lesson::created_ms));
constexpr auto kNewest =
    sql("SELECT ", kLesson, " FROM as_choice WHERE tenant_id = ?1 ORDER BY created_ms DESC, id DESC LIMIT ?2");
constexpr auto kInsert = store::insert("as_choice", kLesson, "tenant_id");
constexpr std::string_view kRemove = "DELETE FROM as_choice WHERE tenant_id = ?1 AND id = ?2";

}  // namespace

std::vector<Lesson> all(store::Connection& c, std::int64_t tenant_id, std::int64_t limit) {
  auto found = store::all(c.query(kNewest, tenant_id, limit), kLesson);
  std::ranges::reverse(found);
  return found;
}

void put(store::Tx& tx, std::int64_t tenant_id, const Lesson& lesson, std::int64_t most) {
  tx.run(kRemove, tenant_id, lesson.id);
  store::run_insert(tx, kInsert, kLesson, lesson, tenant_id);
  tx.run(
      "DELETE FROM as_choice WHERE tenant_id = ?1 AND id NOT IN (SELECT n.id FROM as_choice n "
      "WHERE n.tenant_id = ?1 ORDER BY n.created_ms DESC, n.id DESC LIMIT ?2)",
      tenant_id, most);
}

bool remove(store::Tx& tx, std::int64_t tenant_id, std::string_view id) { return tx.run(kRemove, tenant_id, id) > 0; }

std::optional<std::int64_t> chosen_by(store::Connection& c, std::int64_t tenant_id, std::string_view id) {
  return store::value<std::int64_t>(
      c.query("SELECT chosen_by FROM as_choice WHERE tenant_id = ?1 AND id = ?2", tenant_id, id));
}

void remove_of(store::Tx& tx, std::int64_t tenant_id, std::int64_t person, std::string_view conversation_id) {
  tx.run(
      "DELETE FROM as_choice WHERE tenant_id = ?1 AND chosen_by = ?2 AND id IN (SELECT t.id FROM as_task t "
      "WHERE t.conversation_id = ?3 AND t.tenant_id = ?1)",
      tenant_id, person, conversation_id);
}

}  // namespace troupe::assistant::dialogue::lessons_store
