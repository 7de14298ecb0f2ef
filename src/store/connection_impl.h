// What a database must do to stand behind Connection and Rows. Only src/store includes this.
#pragma once
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "store/connection.h"
#include "store/database.h"

namespace troupe::store {

class FaultPlan;

/// What a connection is for decides its page cache and what it may do.
enum class Use { writer, reader, checkpointer };

/// Keeps what an operation tells other processes. On the writer thread.
class Announcer {
 public:
  virtual ~Announcer() = default;
  virtual void announce(std::string_view topic, std::string_view bytes) = 0;
};

/// The part of the batch that a Tx lets operations see.
struct TxState {
  explicit TxState(Announcer& to) : announcer(to) {}
  Announcer& announcer;
  StreamPos last = 0;           ///< handed out
  StreamPos reserved = 0;       ///< may be handed out without reserving more
  bool schema_changed = false;  ///< by a migration in this batch
  std::vector<std::function<void()>> after_commit;
};

inline constexpr StreamPos kReservedBlock = 10'000;

/// An open query. Its connection owns it; release() ends it.
struct Rows::Impl {
  virtual ~Impl() = default;
  virtual bool next() = 0;
  virtual std::int64_t integer(int column) = 0;
  virtual std::string_view text(int column) = 0;
  virtual std::string_view blob(int column) = 0;
  virtual bool is_null(int column) = 0;
  virtual int width() = 0;  ///< how many columns
  virtual void release() noexcept = 0;
};

struct Connection::Impl {
  using OpenRows = Rows::Impl;
  virtual ~Impl() = default;

  virtual std::int64_t run(std::string_view sql, std::span<const Value> values) = 0;
  virtual OpenRows* query(std::string_view sql, std::span<const Value> values) = 0;
  virtual void script(std::string_view sql) = 0;

  /// One read transaction: everything between the two sees one snapshot. end_read() never throws, also on a broken or
  /// cancelled connection.
  virtual void begin_read() = 0;
  virtual void end_read() noexcept = 0;

  /// Whether a transaction that was begun can still go on to its commit or to a savepoint.
  virtual bool in_transaction() const = 0;
  /// Whether a failed statement has spoiled the transaction: it must go back to a savepoint, or be rolled back.
  virtual bool spoiled() const { return false; }
  /// Waits until every statement has really run; throws SqlError for one that failed.
  virtual void settle() {}
  /// Grows with everything that changed the database through this connection.
  virtual std::int64_t change_mark() const = 0;
  /// Whether the connection is of no more use and must be replaced.
  virtual bool lost() const { return false; }

  /// Any thread: ends what runs here; statements throw until clear_cancelled(). False when it was cancelled already.
  virtual bool cancel() = 0;
  virtual bool clear_cancelled() = 0;  ///< whether it had been cancelled
  virtual void release_memory() {}     ///< nothing is to do: give caches back

  FaultPlan* faults = nullptr;
  TxState* tx = nullptr;
};

/// A connection for reading, or for the store's own business.
class OwnConnection final : public Connection {
 public:
  explicit OwnConnection(std::unique_ptr<Impl> impl) { impl_ = std::move(impl); }
  Impl& impl() { return *impl_; }
};

/// The writer's connection. On PostgreSQL what is behind it may be replaced.
class WriteTx final : public Tx {
 public:
  explicit WriteTx(std::unique_ptr<Impl> impl) { impl_ = std::move(impl); }
  Impl& impl() { return *impl_; }
  void replace(std::unique_ptr<Impl> impl) {
    impl->faults = impl_->faults;
    impl->tx = impl_->tx;
    impl_ = std::move(impl);
  }
};

/// What an SqlError is called outside the store.
Error to_error(const SqlError& error);

}  // namespace troupe::store
