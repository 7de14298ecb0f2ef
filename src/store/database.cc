#include "store/database.h"

#include <fmt/format.h>

#include <semaphore>

#include "store/checkpointer.h"
#include "store/format.h"
#include "store/read_pool.h"
#include "store/writer.h"

namespace troupe::store {
namespace {

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const DatabaseOptions& options, std::unique_ptr<WriteTx> tx, StreamStart start,
                 base::MetricRegistry& metrics)
      : connection_(*tx),
        writer_(options, std::move(tx), start.head, start.reserved, metrics),
        readers_(options, metrics),
        checkpointer_(options, readers_, metrics) {
    writer_.attach(checkpointer_);
    checkpointer_.start(connection_);
    readers_.start();
    writer_.start();
  }
  ~SqliteDatabase() override { stop(); }

  Result<Unit> write_now(std::function<Result<Unit>(Tx&)> operation, WriteOptions options) override {
    if (writer_.on_writer_thread()) return Error(Errc::internal, "write_now was called on the writer thread.");
    TRY([[maybe_unused]] auto place, writer_.admit());
    WriteOp op{std::move(operation), options};
    std::binary_semaphore done(0);
    op.waiter = Waiter{{}, [&] { done.release(); }};
    writer_.enqueue(op);
    done.acquire();
    return std::move(op.outcome);
  }

  Result<Unit> read_now(std::function<Result<Unit>(Connection&)> query) override {
    TRY([[maybe_unused]] auto place, readers_.admit());
    ReadOp op{std::move(query)};
    std::binary_semaphore done(0);
    op.waiter = Waiter{{}, [&] { done.release(); }};
    readers_.enqueue(op);
    done.acquire();
    return std::move(op.outcome);
  }

  StreamPos head() const override { return writer_.head(); }
  std::optional<std::string> trouble() const override { return writer_.trouble(); }
  void add_participant(Participant& participant) override { writer_.add_participant(participant); }
  void on_head(std::function<void(StreamPos)> ring) override { writer_.on_head(std::move(ring)); }

  void stop() override {
    readers_.stop();
    writer_.stop();
    checkpointer_.stop();
  }

 protected:
  Task<Unit> submit_write(std::function<Result<Unit>(Tx&)> operation, WriteOptions options) override {
    CO_TRY([[maybe_unused]] auto place, writer_.admit());
    WriteOp op{std::move(operation), options};
    co_await wait_for([this, &op](Waiter waiter) {
      op.waiter = std::move(waiter);
      writer_.enqueue(op);
    });
    co_return std::move(op.outcome);
  }

  Task<Unit> submit_read(std::function<Result<Unit>(Connection&)> query) override {
    CO_TRY([[maybe_unused]] auto place, readers_.admit());
    ReadOp op{std::move(query)};
    co_await wait_for([this, &op](Waiter waiter) {
      op.waiter = std::move(waiter);
      readers_.enqueue(op);
    });
    co_return std::move(op.outcome);
  }

 private:
  WriteTx& connection_;
  Writer writer_;
  ReadPool readers_;
  Checkpointer checkpointer_;
};

}  // namespace

void Database::on_announcement(std::string, std::function<void(Connection&, const Announcement&)>) {}
void Database::on_foreign_head(std::function<void(Connection&, const ForeignCommits&)>) {}

Result<std::unique_ptr<Database>> Database::open(DatabaseOptions options, const base::Clock&,
                                                 base::MetricRegistry& metrics) {
  TRY([[maybe_unused]] auto ours, inspect_format(options.file));
  try {
    auto tx = std::make_unique<WriteTx>();
    tx->impl().open(options.file, Use::writer);
    const auto start = prepare_format(*tx);
    return std::make_unique<SqliteDatabase>(options, std::move(tx), start, metrics);
  } catch (const SqlError& error) {
    return Error(Errc::unavailable,
                 fmt::format("The database {} cannot be opened: {}", options.file.string(), error.what()));
  }
}

}  // namespace troupe::store
