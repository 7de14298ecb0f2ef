#include "store/database.h"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <semaphore>

#include "store/checkpointer.h"
#include "store/damage.h"
#include "store/format.h"
#include "store/postgres_ledger.h"
#include "store/postgres_url.h"
#include "store/read_pool.h"
#include "store/sqlite_ledger.h"
#include "store/write_log.h"
#include "store/writer.h"

namespace troupe::store {
namespace {

/// The queue of writes and the queue of reads in front of whatever database.
class QueuedDatabase : public Database {
 public:
  QueuedDatabase(const DatabaseOptions& options, std::unique_ptr<Ledger> ledger, OpenReader open_reader,
                 base::MetricRegistry& metrics)
      : writer_(options, std::move(ledger), metrics), readers_(options, std::move(open_reader), metrics) {
    writer_.note_damage_in(damage_);
    readers_.note_damage_in(damage_);
  }
  ~QueuedDatabase() override { stop_threads(); }

  void start() {
    readers_.start();
    writer_.start();
  }

  Result<Unit> write_now(std::function<Result<Unit>(Tx&)> operation, WriteOptions options) override {
    if (writer_.on_writer_thread()) return Error(Errc::internal, "write_now was called on the writer thread.");
    TRY(writer_.admit(options.lane));
    WriteOp op{std::move(operation), options};
    std::binary_semaphore done(0);
    op.waiter = Waiter{{}, [&] { done.release(); }};
    writer_.enqueue(op);
    done.acquire();
    return std::move(op.outcome);
  }

  Result<Unit> read_now(std::function<Result<Unit>(Connection&)> query) override {
    TRY(readers_.admit());
    ReadOp op{std::move(query)};
    std::binary_semaphore done(0);
    op.waiter = Waiter{{}, [&] { done.release(); }};
    readers_.enqueue(op);
    done.acquire();
    return std::move(op.outcome);
  }

  StreamPos head() const override { return writer_.head(); }
  std::optional<std::string> trouble(Trouble what) const override {
    switch (what) {
      case Trouble::writing:
        return writer_.trouble();
      case Trouble::damage:
        return damage_.trouble();
      case Trouble::slow:
        return writer_.slow_trouble();
      case Trouble::checkpoint:
        break;
    }
    return std::nullopt;
  }
  void add_participant(Participant& participant) override { writer_.add_participant(participant); }
  void on_head(std::function<void(StreamPos)> ring) override { writer_.on_head(std::move(ring)); }
  void stop() override { stop_threads(); }

 protected:
  Task<Unit> submit_write(std::function<Result<Unit>(Tx&)> operation, WriteOptions options) override {
    CO_TRY(writer_.admit(options.lane));
    WriteOp op{std::move(operation), options};
    auto enqueue = [this, &op](Waiter waiter) {
      op.waiter = std::move(waiter);
      writer_.enqueue(op);
    };
    co_await wait_for(enqueue);
    co_return std::move(op.outcome);
  }

  Task<Unit> submit_read(std::function<Result<Unit>(Connection&)> query) override {
    CO_TRY(readers_.admit());
    ReadOp op{std::move(query)};
    auto enqueue = [this, &op](Waiter waiter) {
      op.waiter = std::move(waiter);
      readers_.enqueue(op);
    };
    co_await wait_for(enqueue);
    co_return std::move(op.outcome);
  }

  void stop_threads() {
    readers_.stop();
    writer_.stop();
  }
  Damage damage_;
  Writer writer_;
  ReadPool readers_;
};

class SqliteDatabase final : public QueuedDatabase, public WriteLog {
 public:
  /// `known` is what `ledger` points at.
  SqliteDatabase(const DatabaseOptions& options, SqliteLedger& known, std::unique_ptr<Ledger> ledger,
                 base::MetricRegistry& metrics)
      : QueuedDatabase(options, std::move(ledger), reader_of(options.file), metrics),
        checkpointer_(options, writer_, readers_, metrics) {
    known.attach(checkpointer_);
    checkpointer_.start(static_cast<SqliteConnection&>(known.connection()));
    start();
  }
  ~SqliteDatabase() override { stop(); }

  std::optional<std::string> trouble(Trouble what) const override {
    return what == Trouble::checkpoint ? checkpointer_.trouble() : QueuedDatabase::trouble(what);
  }
  Task<Unit> empty_log() override {
    constexpr std::chrono::seconds kPatience{12};
    constexpr std::chrono::seconds kReaderPatience{5};
    constexpr std::chrono::milliseconds kLookAgain{20};
    const auto until = std::chrono::steady_clock::now() + kPatience;
    const auto ticket = checkpointer_.want_empty(until);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (std::chrono::steady_clock::now() < until) {
      // The writer looks between two batches, and without any it sleeps.
      auto nothing = [](Tx&) -> Result<Unit> { return Unit{}; };
      CO_TRY(co_await submit_write(nothing, {}));
      timer.expires_after(kLookAgain);
      co_await timer.async_wait(asio::use_awaitable);
      if (checkpointer_.was_emptied(ticket)) co_return Unit{};
      readers_.cancel_older_than(kReaderPatience);
    }
    co_return Error(Errc::unavailable, "The database's log could not begin anew, because it is being read.");
  }
  void keep_room_in_log(std::uint64_t at_first) override { checkpointer_.keep_room(at_first); }
  void stop() override {
    stop_threads();
    checkpointer_.stop();
  }

 private:
  static OpenReader reader_of(const std::filesystem::path& file) {
    return [file] { return std::make_unique<OwnConnection>(std::make_unique<SqliteConnection>(file, Use::reader)); };
  }

  Checkpointer checkpointer_;
};

class PostgresDatabase final : public QueuedDatabase {
 public:
  PostgresDatabase(const DatabaseOptions& options, const PostgresUrl& url, std::unique_ptr<Ledger> ledger,
                   base::MetricRegistry& metrics)
      : QueuedDatabase(options, std::move(ledger), PostgresLedger::reader_of(url), metrics) {
    start();
  }
  bool shared() const override { return true; }
  void on_announcement(std::string topic, std::function<void(Connection&, const Announcement&)> handler) override {
    writer_.on_announcement(std::move(topic), std::move(handler));
  }
  void on_foreign_head(std::function<void(Connection&, const ForeignCommits&)> handler) override {
    writer_.on_foreign_head(std::move(handler));
  }
  void follow() override { writer_.follow(); }
  void know_migrations(std::string_view module, int last) override { writer_.know_migrations(module, last); }
};

Result<std::unique_ptr<Database>> open_sqlite(const DatabaseOptions& options, const base::Clock& clock,
                                              base::MetricRegistry& metrics) {
  TRY(inspect_format(options.file));
  try {
    auto tx = std::make_unique<WriteTx>(std::make_unique<SqliteConnection>(options.file, Use::writer));
    const auto start = prepare_format(*tx, clock.unix_ms());
    auto ledger = std::make_unique<SqliteLedger>(std::move(tx), start);
    auto& known = *ledger;
    return std::make_unique<SqliteDatabase>(options, known, std::move(ledger), metrics);
  } catch (const SqlError& error) {
    return Error(Errc::unavailable,
                 fmt::format("The database {} cannot be opened: {}", options.file.string(), error.what()));
  }
}

Result<std::unique_ptr<Database>> open_postgres(const DatabaseOptions& options, const base::Clock& clock,
                                                base::MetricRegistry& metrics) {
  TRY(auto url, PostgresUrl::parse(options.url));
  TRY(auto ledger, PostgresLedger::open(url, clock));
  return std::make_unique<PostgresDatabase>(options, url, std::move(ledger), metrics);
}

}  // namespace

Task<Unit> empty_log(Database& db) {
  auto* log = dynamic_cast<WriteLog*>(&db);
  if (!log) co_return Unit{};
  co_return co_await log->empty_log();
}

void keep_room_in_log(Database& db, std::uint64_t at_first) {
  if (auto* log = dynamic_cast<WriteLog*>(&db)) log->keep_room_in_log(at_first);
}

void Database::on_announcement(std::string, std::function<void(Connection&, const Announcement&)>) {}
void Database::on_foreign_head(std::function<void(Connection&, const ForeignCommits&)>) {}

Result<std::unique_ptr<Database>> Database::open(DatabaseOptions options, const base::Clock& clock,
                                                 base::MetricRegistry& metrics) {
  return options.url.empty() ? open_sqlite(options, clock, metrics) : open_postgres(options, clock, metrics);
}

}  // namespace troupe::store
