#include "assistant/tasks/worker_store.h"

#include "store/columns.h"

namespace troupe::assistant::tasks::worker_store {
namespace {

using store::column;
using store::sql;

constexpr auto kWorker =
    store::columns(column("holder", &Worker::holder), column("epoch", &Worker::epoch), column("beat", &Worker::beat));
constexpr auto kWorkers = sql("SELECT ", kWorker, " FROM as_worker ORDER BY holder");

}  // namespace

std::int64_t next_epoch(store::Tx& tx, std::string_view holder, std::int64_t first) {
  return store::number(
      tx.query("INSERT INTO as_worker (holder, epoch, beat) VALUES (?1, ?2, 1) ON CONFLICT (holder) DO UPDATE "
               "SET epoch = as_worker.epoch + 1, beat = 1 RETURNING epoch",
               holder, first));
}

bool beat(store::Tx& tx, std::string_view holder, std::int64_t epoch) {
  return tx.run("UPDATE as_worker SET beat = beat + 1 WHERE holder = ?1 AND epoch = ?2", holder, epoch) == 1;
}

bool end(store::Tx& tx, const Worker& seen) {
  return tx.run("UPDATE as_worker SET epoch = epoch + 1, beat = 0 WHERE holder = ?1 AND epoch = ?2 AND beat = ?3",
                seen.holder, seen.epoch, seen.beat) == 1;
}

void give_up(store::Tx& tx, std::string_view holder, std::int64_t epoch) {
  tx.run("UPDATE as_worker SET epoch = epoch + 1, beat = 0 WHERE holder = ?1 AND epoch = ?2", holder, epoch);
}

std::vector<Worker> all(store::Connection& c) { return store::all(c.query(kWorkers), kWorker); }

}  // namespace troupe::assistant::tasks::worker_store
