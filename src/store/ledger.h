// What the writer asks of the database behind it: a transaction for each batch, and word of what others committed.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "store/connection_impl.h"
#include "store/writer_thread.h"

namespace troupe::store {

/// The connection broke while a commit was under way: it may have happened or not. Ledger::resolve() tells.
class UnknownOutcome : public SqlError {
 public:
  using SqlError::SqlError;
};

/// Whom a ledger tells of other processes' commits. All calls come from inside begin() and follow().
class ForeignSink {
 public:
  virtual ~ForeignSink() = default;
  virtual void announcement(Connection& connection, const Announcement& announcement) REQUIRES(writer_thread) = 0;
  virtual void foreign_head(Connection& connection, const ForeignCommits& commits) REQUIRES(writer_thread) = 0;
};

/// The write side of one database. Belongs to the writer thread once that runs.
class Ledger : Announcer {
 public:
  explicit Ledger(std::unique_ptr<WriteTx> tx) : tx_(std::move(tx)), state_(*this) { tx_->impl().tx = &state_; }
  ~Ledger() override = default;

  WriteTx& tx() REQUIRES(writer_thread) { return *tx_; }
  Connection::Impl& connection() REQUIRES(writer_thread) { return tx_->impl(); }
  TxState& state() REQUIRES(writer_thread) { return state_; }

  /// Starts a batch's transaction, after which nobody else commits before it has ended, and tells the sink of what
  /// others committed before. `precise`: each statement fails at its own place, else it may be noticed later, at the
  /// latest by commit(). Throws SqlError.
  virtual void begin(bool precise) REQUIRES(writer_thread) = 0;
  /// Makes the batch durable. Throws SqlError when it is not, UnknownOutcome when that cannot be said now.
  virtual void commit() REQUIRES(writer_thread) = 0;
  /// After UnknownOutcome, again and again until it answers: whether the batch is there. Throws SqlError while the
  /// database cannot be asked.
  virtual bool resolve() REQUIRES(writer_thread) = 0;
  /// Ends the transaction, if there is one, without its changes.
  virtual void roll_back() noexcept REQUIRES(writer_thread) = 0;
  /// Outside a transaction: upkeep. `quiet`: nothing waits.
  virtual void between_batches(bool quiet) REQUIRES(writer_thread) = 0;
  /// Nothing has been written for a while: give memory back.
  virtual void release_memory() REQUIRES(writer_thread) { tx_->impl().release_memory(); }

  /// How often follow() is due at least while there is nothing to write. Nothing: there are no other processes.
  virtual std::optional<std::chrono::milliseconds> follow_interval() const { return std::nullopt; }
  /// Outside a transaction: tells the sink of what others have committed. Throws SqlError.
  virtual void follow() REQUIRES(writer_thread) {}
  /// Any thread. See Database::know_migrations.
  virtual void know_migrations(std::string_view, int) {}
  void set_sink(ForeignSink& sink) { sink_ = &sink; }

 protected:
  /// Nobody hears what a database of one process announces.
  void announce(std::string_view, std::string_view) override {}

  std::unique_ptr<WriteTx> tx_ PT_GUARDED_BY(writer_thread);
  TxState state_ GUARDED_BY(writer_thread);
  ForeignSink* sink_ = nullptr;
};

/// Opens one more connection for reading. Throws SqlError. Called on reader threads.
using OpenReader = std::function<std::unique_ptr<OwnConnection>()>;

}  // namespace troupe::store
