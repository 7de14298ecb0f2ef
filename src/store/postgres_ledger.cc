#include "store/postgres_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/crypto.h"
#include "base/log.h"
#include "store/columns.h"
#include "store/format.h"

namespace troupe::store {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view kBegin = "BEGIN";
constexpr auto kReadStream = sql("SELECT head, reserved, notes, pruned, schema_changes FROM stream WHERE id = 1");
constexpr auto kLockStream = sql(kReadStream, " FOR UPDATE");
constexpr std::string_view kCountChange = "UPDATE stream SET schema_changes = schema_changes + 1 WHERE id = 1";
constexpr std::string_view kUpdateStream = "UPDATE stream SET head = ?1, reserved = ?2, notes = ?3 WHERE id = 1";
constexpr std::string_view kPutBatch =
    "INSERT INTO stream_writer (writer, batch, seen_ms) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, seen_ms = excluded.seen_ms";
constexpr std::string_view kForgetWriters = "DELETE FROM stream_writer WHERE seen_ms < ?1";
constexpr std::string_view kPutNote =
    "INSERT INTO stream_note (note, writer, topic, bytes, made_ms) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr std::string_view kMarkPruned =
    "UPDATE stream SET pruned = COALESCE((SELECT MAX(note) FROM stream_note WHERE made_ms < ?1), pruned) WHERE id = 1";
constexpr std::string_view kPrune = "DELETE FROM stream_note WHERE note <= (SELECT pruned FROM stream WHERE id = 1)";
/// A server process of ours that outlived its connection may hold the stream, or still be committing.
constexpr std::string_view kEndOldSelf =
    "SELECT COUNT(CASE WHEN pg_terminate_backend(pid) THEN 1 END) FROM pg_stat_activity "
    "WHERE application_name = ?1 AND usename = current_user AND datname = current_database() "
    "AND pid <> pg_backend_pid()";

/// Nobody could get the stream for as long as anybody waits: whose program does not go on with its transaction has
/// frozen where the server's own patience (idle_in_transaction_session_timeout) does not count, in the middle of what
/// it sends. One that works, a long migration for example, waits for no client.
constexpr std::string_view kEndFrozen =
    "SELECT COUNT(CASE WHEN pg_terminate_backend(pid) THEN 1 END) FROM pg_stat_activity "
    "WHERE application_name LIKE 'troupe writer %' AND usename = current_user AND datname = current_database() "
    "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND wait_event = 'ClientRead' "
    "AND query_start < now() - interval '4 seconds'";
constexpr std::string_view kLockTimeout = "55P03";  // PostgreSQL appendix A: lock_not_available

/// How long notes are kept: Database::on_announcement says so to everybody.
constexpr std::chrono::minutes kKeepNotes{10};
constexpr std::chrono::minutes kPruneInterval{1};
/// Whoever has not looked for this long looks before it locks: others must not wait while it catches up.
constexpr std::chrono::seconds kOldLook{5};
/// The same with more notes than this to hear.
constexpr std::int64_t kManyNotes = 1'000;
/// A process that has not committed anything for so long will not ask about its last commit any more.
constexpr std::chrono::days kKeepWriters{30};

/// Injected faults are meant for writing.
class NoFaults {
 public:
  explicit NoFaults(Connection::Impl& connection)
      : connection_(connection), faults_(std::exchange(connection.faults, nullptr)) {}
  ~NoFaults() { connection_.faults = faults_; }
  NoFaults(const NoFaults&) = delete;
  NoFaults& operator=(const NoFaults&) = delete;

 private:
  Connection::Impl& connection_;
  FaultPlan* faults_;
};

std::int64_t wall_ms(std::chrono::milliseconds ago = {}) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - ago.count();
}

}  // namespace

Result<std::unique_ptr<Ledger>> PostgresLedger::open(const PostgresUrl& url, const base::Clock& clock) {
  TRY(auto start, prepare_postgres(url, clock.unix_ms()));
  // Unlike any other, also of servers in other schemas: by this name it finds its own old connection.
  const auto name = "troupe writer " + std::to_string(start.writer) + " " + base::random_alphanumeric(12);
  try {
    auto tx = std::make_unique<WriteTx>(std::make_unique<PostgresConnection>(url, Use::writer, name));
    return std::unique_ptr<Ledger>(new PostgresLedger(url, name, start, std::move(tx)));
  } catch (const SqlError& error) {
    return Error(Errc::unavailable, "The database " + url.shown + " cannot be opened: " + error.what());
  }
}

OpenReader PostgresLedger::reader_of(const PostgresUrl& url) {
  return [url] {
    return std::make_unique<OwnConnection>(std::make_unique<PostgresConnection>(url, Use::reader, "troupe reader"));
  };
}

PostgresLedger::PostgresLedger(PostgresUrl url, std::string name, const PostgresStart& start,
                               std::unique_ptr<WriteTx> tx)
    : Ledger(std::move(tx)),
      url_(std::move(url)),
      name_(std::move(name)),
      writer_(start.writer),
      notes_(start.notes),
      heard_(start.notes),
      known_head_(start.head) {
  state_.last = start.head;
  state_.reserved = start.reserved;
}

void PostgresLedger::connect_again() {
  if (postgres().alive()) return;
  tx_->replace(std::make_unique<PostgresConnection>(url_, Use::writer, name_));
  auto ended = tx_->query(kEndOldSelf, name_);
  ended.next();
  base::log_info("store", "connected to the database again", {{"database", url_.shown}});
}

PostgresLedger::Stream PostgresLedger::read_stream(std::string_view sql) {
  auto rows = tx_->query(sql);
  if (!rows.next()) throw SqlError("the stream row is missing", false);
  Stream stream;
  rows >> stream.head >> stream.reserved >> stream.notes >> stream.pruned >> stream.schema_changes;
  return stream;
}

void PostgresLedger::know_migrations(std::string_view module, int last) {
  const base::Lock lock(migrations_mutex_);
  migrations_.insert_or_assign(std::string(module), last);
}

void PostgresLedger::check_schema(const Stream& stream) {
  if (stream.schema_changes == schema_changes_) return;
  std::map<std::string, int, std::less<>> known;
  {
    const base::Lock lock(migrations_mutex_);
    known = migrations_;
  }
  for (const auto& [module, last] : known) {
    auto rows = tx_->query(
        "SELECT number, name FROM schema_migrations WHERE module = ?1 AND number > ?2 "
        "ORDER BY number DESC LIMIT 1",
        module, last);
    if (!rows.next()) continue;
    const auto number = rows.take<std::int64_t>();
    throw SqlError(fmt::format("a newer Troupe has changed the database (migration {} \"{}\" of {}): this process has "
                               "stopped writing; stop it and start that version",
                               number, rows.take<std::string_view>(), module),
                   true);
  }
  if (auto known_format = check_format(*tx_, url_.shown); !known_format) {
    throw SqlError(known_format.error().message(), true);
  }
  schema_changes_ = stream.schema_changes;
}

PostgresLedger::Stream PostgresLedger::lock_stream(bool precise) {
  const auto try_once = [&]() REQUIRES(writer_thread) {
    postgres().begin(kBegin);
    postgres().set_deferring(!precise);
    return read_stream(kLockStream);
  };
  try {
    return try_once();
  } catch (const SqlError& error) {
    if (error.state() != kLockTimeout) throw;
  }
  postgres().roll_back();
  if (end_frozen() == 0) throw SqlError("another process has held the stream for too long", true);
  return try_once();
}

std::int64_t PostgresLedger::end_frozen() {
  const auto ended = number(tx_->query(kEndFrozen));
  base::log_warning("store", "another process held the stream of positions for too long",
                    {{"connections_ended", ended}});
  return ended;
}

bool PostgresLedger::far_behind(const Stream& stream) const {
  return heard_ < stream.pruned || stream.notes - heard_ > kManyNotes;
}

void PostgresLedger::begin(bool precise) {
  connect_again();
  if (Steady::now() - last_look_ > kOldLook) follow();
  auto stream = lock_stream(precise);
  if (far_behind(stream)) {
    postgres().roll_back();
    follow();
    stream = lock_stream(precise);
  }
  check_schema(stream);
  take_foreign(stream);
  state_.schema_changed = false;
  // Behind what a failed batch of ours had handed out: this process uses no position twice.
  state_.last = std::max(state_.last, stream.head);
  state_.reserved = stream.reserved;
  while (state_.reserved < state_.last) state_.reserved += kReservedBlock;
  stored_head_ = stream.head;
  stored_notes_ = notes_ = stream.notes;
}

void PostgresLedger::take_foreign(const Stream& stream) {
  const bool lost = heard_ < stream.pruned;
  bool delivered = false;
  // heard_ moves at the end only: a handler that throws anywhere here gets everything again, and what is lost stays
  // lost until whoever keeps memory has read it again.
  auto heard = heard_;
  while (heard < stream.notes) {
    auto rows = tx_->query(
        "SELECT note, writer, topic, bytes FROM stream_note WHERE note > ?1 AND note <= ?2 "
        "ORDER BY note LIMIT 1000",
        heard, stream.notes);
    bool any = false;
    while (rows.next()) {
      any = true;
      std::int64_t position = 0;
      std::int64_t writer = 0;
      Announcement note;
      rows >> position >> writer >> note.topic >> blob(note.bytes);
      if (writer != writer_) {
        delivered = true;
        if (sink_) sink_->announcement(*tx_, note);
      }
      heard = position;
    }
    if (!any) heard = stream.notes;
  }
  if (stream.head != known_head_ || delivered || lost) {
    if (sink_) sink_->foreign_head(*tx_, {.head = stream.head, .announcements_lost = lost});
    known_head_ = stream.head;
  }
  heard_ = std::max(heard_, heard);
  last_look_ = Steady::now();
}

void PostgresLedger::announce(std::string_view topic, std::string_view bytes) {
  writer_thread.assert_here();  // operations run there
  postgres().run(kPutNote, std::to_array<Value>({++notes_, writer_, topic, Value::blob(bytes), wall_ms()}));
}

void PostgresLedger::commit() {
  if (state_.last != stored_head_ || notes_ != stored_notes_) {
    postgres().post(kUpdateStream, state_.last, state_.reserved, notes_);
  }
  if (state_.schema_changed) postgres().post(kCountChange);
  postgres().post(kPutBatch, writer_, ++batch_, wall_ms());
  if (Steady::now() >= next_prune_) prune_notes();
  postgres().commit();
  known_head_ = state_.last;
  heard_ = notes_;
}

void PostgresLedger::prune_notes() {
  next_prune_ = Steady::now() + kPruneInterval;
  postgres().post(kMarkPruned, wall_ms(kKeepNotes));
  postgres().post(kPrune);
  postgres().post(kForgetWriters, wall_ms(kKeepWriters));
}

bool PostgresLedger::resolve() {
  connect_again();
  // Whoever of us still holds the row is committing: wait for it.
  postgres().begin(kBegin);
  read_stream(kLockStream);
  const auto last = number(tx_->query("SELECT batch FROM stream_writer WHERE writer = ?1", writer_));
  postgres().roll_back();
  if (last != batch_) return false;
  known_head_ = state_.last;
  heard_ = notes_;
  return true;
}

void PostgresLedger::roll_back() noexcept { postgres().roll_back(); }

void PostgresLedger::follow() {
  connect_again();
  NoFaults looking(connection());
  const auto now = read_stream(kReadStream);
  if (now.head == known_head_ && now.notes == heard_ && now.pruned <= heard_) {
    last_look_ = Steady::now();
    return;
  }
  postgres().begin_read();
  try {
    take_foreign(read_stream(kReadStream));
  } catch (...) {
    postgres().end_read();
    throw;
  }
  postgres().end_read();
  state_.last = std::max(state_.last, known_head_);
}

}  // namespace troupe::store
