// The program's one way to its database: one writer that commits in batches, a pool of readers, one stream of
// positions, and word of what other processes commit to the same database.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/task.h"
#include "base/types.h"
#include "store/connection.h"

namespace troupe::store {

class FaultPlan;

/// Which operations the writer takes first when more wait than fit in one batch.
enum class Lane { send, receipts, bulk };

struct WriteOptions {
  Lane lane = Lane::send;
  /// Run inside a savepoint, because the operation may fail after its first change. Costs a few microseconds.
  /// An operation without it that fails after a change makes the writer roll the batch back and run it again with
  /// savepoints: correct, but slow.
  bool savepoint = false;
};

/// The write transaction of the current batch, seen by one operation. Lives on the writer thread only.
class Tx : public Connection {
 public:
  /// The next position of the stream; counts only when the batch commits. Never used twice, also across restarts.
  StreamPos next_pos();
  /// The last position handed out, in this batch or before.
  StreamPos last_pos() const;
  /// Runs on the writer thread after the commit that holds this operation, before its caller is told.
  /// Dropped when the operation or the batch fails.
  void after_commit(std::function<void()> action);
  /// Leaves a note that every other process on this database is given, once this operation has committed: see
  /// Database::on_announcement. Part of the operation: it goes when the operation or the batch fails. Topic 1 to 64
  /// bytes, `bytes` at most 1 MiB (throws SqlError beyond). Costs nothing and goes nowhere on SQLite, where there is no
  /// other process; make the bytes only when Database::shared().
  void announce(std::string_view topic, std::string_view bytes);
  /// For migrate(): has programs that run and do not know this migration notice it (Database::know_migrations).
  void schema_changed();

 protected:
  friend class Writer;
  Tx() = default;
};

/// A note that an operation of another process left with Tx::announce. The views live as long as the call.
struct Announcement {
  std::string_view topic;
  std::string_view bytes;
};

/// Where the database stands after other processes have written to it.
struct ForeignCommits {
  StreamPos head = 0;  ///< everything up to here is committed and visible to new reads
  /// This process was away (stopped, cut off) for longer than notes are kept, 10 minutes: some were never delivered, so
  /// whoever keeps memory must read it again from its tables.
  bool announcements_lost = false;
};

/// Somebody who keeps memory beside the database and must follow the fate of operations and batches (the rooms).
/// All calls come from the writer thread.
class Participant {
 public:
  virtual ~Participant() = default;
  virtual void operation_succeeded() = 0;            ///< keep what the operation staged, for the batch
  virtual void operation_failed() = 0;               ///< forget what the operation staged
  virtual void batch_committed(StreamPos head) = 0;  ///< durable now: publish to readers; head is published right after
  virtual void batch_failed() = 0;                   ///< forget all that was staged
};

/// What may be wrong with the database, each under its own name in the health check.
enum class Trouble {
  writing,     ///< commits fail: full disk, I/O error, no connection, a newer program has changed the schema
  checkpoint,  ///< the write-ahead log grows and does not get into the file
  slow,        ///< a commit took, or takes, longer than a couple of seconds
  damage,      ///< a read or a write met a damaged page
};

struct DatabaseOptions {
  std::filesystem::path file{};                   ///< troupe.db; created when missing
  std::string url{};                              ///< postgres://… (then `file` is not used); empty: SQLite
  std::size_t readers = 4;                        ///< read threads, each with a connection
  std::size_t queue_limit = 4096;                 ///< waiting operations; more get `unavailable` with retry_after 1 s
  std::size_t batch_limit = 256;                  ///< operations a commit
  std::uint64_t wal_restart_bytes = 64ULL << 20;  ///< the writer starts the write-ahead log over beyond this
  std::uint64_t wal_cancel_bytes = 256ULL << 20;  ///< readers older than reader_patience are cancelled beyond this
  /// So much of the log that no checkpoint has copied yet makes the writer refuse Lane::bulk: what people say goes on
  /// for as long as the disk has room, imports and the like do not use that room up.
  std::uint64_t wal_refuse_bulk_bytes = 512ULL << 20;
  std::chrono::milliseconds slow_commit{2'000};  ///< a commit beyond this is trouble
  std::chrono::milliseconds reader_patience{30'000};
  std::chrono::milliseconds first_back_off{100};  ///< after a failed commit; doubles up to 5 s
  FaultPlan* faults = nullptr;                    ///< tests only: fails chosen statements; must outlive the database
};

/// Callable from any thread. Destruction finishes what is queued, then closes; the io_contexts of all waiting callers
/// must still exist then. Never call write_now, read_now or stop from an operation, a query or a callback. When a
/// commit fails (disk full, I/O error) its callers get `unavailable` with retry_after, reads go on, and after a
/// back-off of 0.1 to 5 s the next write is tried again. docs/storage.md, "The ledger".
class Database {
 public:
  /// Opens or creates the file, checks that no newer program owns it, starts the writer and the readers.
  /// Errors: unavailable (cannot open), conflict (another format or a newer program).
  static Result<std::unique_ptr<Database>> open(DatabaseOptions options, const base::Clock& clock,
                                                base::MetricRegistry& metrics);
  virtual ~Database() = default;

  /// Runs `operation` (a callable Result<T>(Tx&)) on the writer thread, in the order of its lane, inside a batch;
  /// completes when the batch is durable. Ignores cancellation. The operation may run more than once: it must not touch
  /// anything but the Tx and a Participant's memory. SQL errors inside become `unavailable` or `internal`.
  /// Errors besides the operation's own: unavailable (queue full, disk full, stopping).
  template <class F>
  auto write(F operation, WriteOptions options = {}) -> asio::awaitable<std::invoke_result_t<F&, Tx&>> {
    std::invoke_result_t<F&, Tx&> outcome = Error(Errc::internal, "The operation did not run.");
    auto keep_outcome = [&](Tx& tx) -> Result<Unit> {
      outcome = operation(tx);
      if (!outcome) return std::unexpected(outcome.error());
      return Unit{};
    };
    auto status = co_await submit_write(keep_outcome, options);
    if (!status) co_return std::unexpected(std::move(status).error());
    co_return outcome;
  }

  /// Runs `query` (a callable Result<T>(Connection&)) on a read thread inside one read transaction.
  template <class F>
  auto read(F query) -> asio::awaitable<std::invoke_result_t<F&, Connection&>> {
    std::invoke_result_t<F&, Connection&> outcome = Error(Errc::internal, "The query did not run.");
    auto keep_outcome = [&](Connection& c) -> Result<Unit> {
      outcome = query(c);
      if (!outcome) return std::unexpected(outcome.error());
      return Unit{};
    };
    auto status = co_await submit_read(keep_outcome);
    if (!status) co_return std::unexpected(std::move(status).error());
    co_return outcome;
  }

  /// The same two for start-up, tests and the command line: block the calling thread (never an I/O thread).
  virtual Result<Unit> write_now(std::function<Result<Unit>(Tx&)> operation, WriteOptions options = {}) = 0;
  virtual Result<Unit> read_now(std::function<Result<Unit>(Connection&)> query) = 0;

  /// The last committed and published position. Right after open() it is the end of the block that earlier runs
  /// reserved: at or above every position they used (0 for a new database), so positions may skip, but never repeat.
  virtual StreamPos head() const = 0;
  /// Nothing when all is well with that, else a short sentence for the health check (disk full, …). Any thread.
  virtual std::optional<std::string> trouble(Trouble = Trouble::writing) const { return std::nullopt; }
  /// This program knows the migrations of `module` up to number `last`. When another process applies a later one, a
  /// newer program has taken over: this one stops writing (`unavailable`, trouble() says why), reads go on. migrate()
  /// calls it. Nothing on SQLite, where the lock of the data folder keeps a second program away.
  virtual void know_migrations(std::string_view, int) {}
  /// Before the first write; the participant must outlive the database's last operation.
  virtual void add_participant(Participant& participant) = 0;
  /// Called on the writer thread once after each batch that moved the head, after publication. Must be quick.
  virtual void on_head(std::function<void(StreamPos)> ring) = 0;

  // ---- Other processes on the same database. On SQLite there are none: nothing below is ever called back. ----
  //
  // The commits of all processes have one order. Before a batch of this process runs its first operation, and soon
  // after others have committed while this process has nothing to write (follow()), the writer thread does, in turn:
  //   1. each announcement of other processes that is new, in the order of their commits, to the handlers of its topic;
  //   2. the handlers of on_foreign_head, when the head has moved or announcements were delivered or lost;
  //   3. publishes head() and calls the bells of on_head with it, exactly as after a commit of its own.
  // So an operation always finds memory that has heard of everything committed before it. Own announcements never come
  // back. A handler may read through its Connection (it sees at least what the announcement's commit wrote, and nothing
  // that is not committed) but not write. It must bear being called again with the same announcement: one that throws,
  // or whose connection breaks, gets it again, and the batch that waited fails with `unavailable`. What a handler has
  // changed stays when the batch that follows fails. Register before loading the memory that the handler keeps true.

  /// Whether other processes may write to this database.
  virtual bool shared() const { return false; }
  /// `handler` gets every announcement of `topic` on the writer thread. Any thread may register.
  virtual void on_announcement(std::string topic, std::function<void(Connection&, const Announcement&)> handler);
  /// `handler` is called on the writer thread after the announcements up to `head` were delivered, before head() says
  /// so.
  virtual void on_foreign_head(std::function<void(Connection&, const ForeignCommits&)> handler);
  /// Another process has committed, or may have (its doorbell rang): has the writer thread look soon. Any thread;
  /// cheap; calls are merged. Without it the writer looks by itself at least every 500 ms.
  virtual void follow() {}

  /// Refuses new operations, finishes the queued ones, stops the threads. Idempotent.
  virtual void stop() = 0;

 protected:
  virtual Task<Unit> submit_write(std::function<Result<Unit>(Tx&)> operation, WriteOptions options) = 0;
  virtual Task<Unit> submit_read(std::function<Result<Unit>(Connection&)> query) = 0;
};

}  // namespace troupe::store
