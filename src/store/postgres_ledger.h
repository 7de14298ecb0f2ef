// The ledger in a PostgreSQL database that several processes write to.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "store/ledger.h"
#include "store/postgres_connection.h"
#include "store/postgres_schema.h"
#include "store/postgres_url.h"

namespace troupe::store {

/// A batch begins by locking the one row of `stream`: that puts the commits of all processes in one order, makes
/// positions visible in order, and shows what others have committed since. See docs/storage.md,
/// "The ledger".
class PostgresLedger final : public Ledger {
 public:
  /// Errors: as prepare_postgres().
  static Result<std::unique_ptr<Ledger>> open(const PostgresUrl& url, const base::Clock& clock);
  static OpenReader reader_of(const PostgresUrl& url);

  void begin(bool precise) override REQUIRES(writer_thread);
  void commit() override REQUIRES(writer_thread);
  bool resolve() override REQUIRES(writer_thread);
  void roll_back() noexcept override REQUIRES(writer_thread);
  void between_batches(bool) override {}
  std::optional<std::chrono::milliseconds> follow_interval() const override { return std::chrono::milliseconds(500); }
  void follow() override REQUIRES(writer_thread);
  void know_migrations(std::string_view module, int last) override;

 private:
  /// What the stream row says.
  struct Stream {
    StreamPos head = 0;
    StreamPos reserved = 0;
    std::int64_t notes = 0;
    std::int64_t pruned = 0;
    std::int64_t schema_changes = 0;  ///< counts the migrations of every program
  };

  PostgresLedger(PostgresUrl url, std::string name, const PostgresStart& start, std::unique_ptr<WriteTx> tx);
  PostgresConnection& postgres() REQUIRES(writer_thread) { return static_cast<PostgresConnection&>(connection()); }
  void connect_again() REQUIRES(writer_thread);
  Stream read_stream(std::string_view sql) REQUIRES(writer_thread);
  Stream lock_stream(bool precise) REQUIRES(writer_thread);
  /// Ends connections whose program has frozen inside a batch; how many.
  std::int64_t end_frozen() REQUIRES(writer_thread);
  /// Whether so much is to be heard that it must not be heard while every process waits for this one's batch.
  bool far_behind(const Stream& stream) const REQUIRES(writer_thread);
  /// Throws SqlError (transient) when a newer program has changed the schema.
  void check_schema(const Stream& stream) REQUIRES(writer_thread);
  /// Tells the sink of everything up to `stream` that it has not heard.
  void take_foreign(const Stream& stream) REQUIRES(writer_thread);
  void announce(std::string_view topic, std::string_view bytes) override;
  void prune_notes() REQUIRES(writer_thread);

  const PostgresUrl url_;
  const std::string name_;  ///< of the connection, in pg_stat_activity
  const std::int64_t writer_;
  std::int64_t batch_ GUARDED_BY(writer_thread) = 0;  ///< of this process, counted up by each commit that was tried
  std::int64_t notes_ GUARDED_BY(writer_thread) = 0;  ///< the last note's number, this batch's own included
  std::int64_t heard_ GUARDED_BY(writer_thread) =
      0;  ///< every note up to here is known, and whoever keeps memory has followed
  StreamPos known_head_ GUARDED_BY(writer_thread) = 0;   ///< told to the sink or committed here
  StreamPos stored_head_ GUARDED_BY(writer_thread) = 0;  ///< in the row, as this batch found it
  std::int64_t stored_notes_ GUARDED_BY(writer_thread) = 0;
  std::chrono::steady_clock::time_point next_prune_ GUARDED_BY(writer_thread){};
  /// All was heard then.
  std::chrono::steady_clock::time_point last_look_ GUARDED_BY(writer_thread) = std::chrono::steady_clock::now();
  std::int64_t schema_changes_ GUARDED_BY(writer_thread) = -1;  ///< looked at last, and found to be known

  base::Mutex migrations_mutex_;
  std::map<std::string, int, std::less<>> migrations_
      GUARDED_BY(migrations_mutex_);  ///< last known number of each module
};

}  // namespace troupe::store
