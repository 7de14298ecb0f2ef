#include "assistant/tasks/file_store.h"

#include <charconv>

#include "store/columns.h"

namespace troupe::assistant::tasks {

std::optional<std::pair<std::int64_t, std::int64_t>> file_place(std::string_view id) {
  FileRecord file;
  const auto* end = id.data() + id.size();
  const auto [dash, failed] = std::from_chars(id.data(), end, file.step);
  if (failed != std::errc() || dash == end || *dash != '-') return std::nullopt;
  if (std::from_chars(dash + 1, end, file.place).ec != std::errc() || file.id() != id) return std::nullopt;
  return std::pair(file.step, file.place);
}

}  // namespace troupe::assistant::tasks

namespace troupe::assistant::tasks::file_store {
namespace {

using store::column;
using store::sql;

constexpr auto kFile = store::columns(column("task_id", &FileRecord::task_id), column("step", &FileRecord::step),
                                      column("place", &FileRecord::place), column("name", &FileRecord::name),
                                      column("type", &FileRecord::type), column("bytes", &FileRecord::bytes),
                                      column("kept", &FileRecord::kept));
constexpr auto kInsert = store::insert("as_file", kFile, "content");
constexpr auto kOfTask = sql("SELECT ", kFile, " FROM as_file WHERE task_id = ?1 ORDER BY step, place LIMIT ?2");
constexpr auto kFind =
    sql("SELECT ", kFile, " FROM as_file WHERE task_id = ?1 AND step = ?2 AND place = ?3 AND kept = 1");
constexpr std::string_view kContent =
    "SELECT content FROM as_file WHERE task_id = ?1 AND step = ?2 AND place = ?3 AND kept = 1";

/// Those of the steps that a fork has, too.
constexpr auto kOfWellEnded =
    sql(" FROM as_file f WHERE f.task_id = ?1 AND f.step < ?2 AND EXISTS (SELECT 1 FROM as_step s "
        "WHERE s.task_id = f.task_id AND s.number = f.step AND s.status IN ('done', 'skipped'))");
constexpr auto kBeforeStep = sql(
    "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN f.kept = 1 THEN f.bytes ELSE 0 END), 0) AS BIGINT)", kOfWellEnded);
constexpr auto kCopy =
    sql("INSERT INTO as_file (task_id, step, place, name, type, bytes, kept, content) "
        "SELECT ?3, f.step, f.place, f.name, f.type, f.bytes, f.kept, f.content",
        kOfWellEnded);

}  // namespace

void insert(store::Tx& tx, const FileRecord& file, std::string_view content) {
  store::run_insert(tx, kInsert, kFile, file, store::Value::blob(content));
}

std::vector<FileRecord> of_task(store::Connection& c, std::string_view task_id) {
  return store::all(c.query(kOfTask, task_id, kMaxFilesOfTask), kFile);
}

std::optional<KeptFile> find(store::Connection& c, std::string_view task_id, std::int64_t step, std::int64_t place) {
  auto file = store::one(c.query(kFind, task_id, step, place), kFile);
  if (!file) return std::nullopt;
  KeptFile kept{.file = *std::move(file), .content = {}};
  auto rows = c.query(kContent, task_id, step, place);
  if (!rows.next()) return std::nullopt;
  rows >> store::blob(kept.content);
  return kept;
}

Taken before_step(store::Connection& c, std::string_view task_id, std::int64_t before) {
  Taken taken;
  auto rows = c.query(kBeforeStep, task_id, before);
  if (rows.next()) rows >> taken.files >> taken.bytes;
  return taken;
}

void copy(store::Tx& tx, std::string_view from_task, std::string_view to_task, std::int64_t before) {
  tx.run(kCopy, from_task, before, to_task);
}

}  // namespace troupe::assistant::tasks::file_store
