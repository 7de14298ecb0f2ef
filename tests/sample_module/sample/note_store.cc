#include "sample/note_store.h"

#include "store/columns.h"

namespace troupe::sample::note_store {
namespace {

using store::column;
using store::sql;

constexpr auto kNote =
    store::columns(column("id", &Note::id), column("tenant_id", &Note::tenant_id), column("text", &Note::text));
constexpr auto kInsert = store::insert("sample_note", kNote);
constexpr auto kNewest = sql("SELECT ", kNote, " FROM sample_note WHERE tenant_id = ?1 ORDER BY id DESC LIMIT ?2");
constexpr const char* kPrune =
    "DELETE FROM sample_note WHERE id NOT IN (SELECT id FROM sample_note ORDER BY id DESC LIMIT ?1)";

}  // namespace

void insert(store::Tx& tx, const Note& note) { store::run_insert(tx, kInsert, kNote, note); }

std::vector<Note> newest(store::Connection& connection, std::int64_t tenant_id, std::int64_t limit) {
  return store::all(connection.query(kNewest, tenant_id, limit), kNote);
}

void prune(store::Tx& tx, std::int64_t keep) { tx.run(kPrune, keep); }

}  // namespace troupe::sample::note_store
