// The database as a term of the fleet uses it: only the process that holds the fleet writes, and what must not be lost
// is tried again until the term ends.
#pragma once
#include "base/until_available.h"
#include "fleet/term/term.h"
#include "store/database.h"

namespace troupe::fleet::term {

/// Whether this process holds the fleet. Where there is no other process it always does.
class Holding {
 public:
  virtual ~Holding() = default;
  /// Asked inside each write. Error: conflict.
  virtual Result<Unit> check(store::Tx&) const { return Unit{}; }
  /// As far as it is known without asking the database: for what cannot be taken back.
  virtual bool seems_held() const { return true; }
};

/// On the fleet's executor; check_holder on the database's writer thread.
class TermStore {
 public:
  /// `first_retry`: of persist(); doubled up to ten seconds.
  TermStore(store::Database& db, Term& term, const Holding& holding, std::chrono::milliseconds first_retry)
      : db_(db), term_(term), holding_(holding), first_retry_(first_retry) {}

  /// For what writes by itself, and asks check_holder() inside.
  store::Database& database() { return db_; }
  /// Inside every write of the fleet: only the process that holds the fleet may write. Error: conflict.
  Result<Unit> check_holder(store::Tx& tx) const { return holding_.check(tx); }
  bool seems_held() const { return holding_.seems_held(); }

  /// One try at a write.
  template <class F>
  auto write(F operation, store::WriteOptions options = {}) -> asio::awaitable<std::invoke_result_t<F&, store::Tx&>> {
    auto as_holder = [&](store::Tx& tx) -> std::invoke_result_t<F&, store::Tx&> {
      TRY(check_holder(tx));
      return operation(tx);
    };
    co_return co_await db_.write(as_holder, options);
  }
  /// Writes until it works or the term ends: for outcomes that must not be lost. The operation's own errors (other than
  /// unavailable) are passed on.
  template <class F>
  auto persist(F operation) -> asio::awaitable<std::invoke_result_t<F&, store::Tx&>> {
    auto ask = [&] { return write(operation); };
    co_return co_await base::until_available(ask, [this](auto time) { return term_.stop.sleep(time); },
                                             {.first = first_retry_, .longest = std::chrono::seconds(10)});
  }
  /// One try at a read.
  template <class F>
  auto look(F query) -> asio::awaitable<std::invoke_result_t<F&, store::Connection&>> {
    return db_.read(std::move(query));
  }
  /// Reads until it works or the term ends: for what an answer would be wrong without.
  template <class F>
  auto read(F query) -> asio::awaitable<std::invoke_result_t<F&, store::Connection&>> {
    auto ask = [&] { return db_.read(query); };
    co_return co_await base::until_available(ask, [this](auto time) { return term_.stop.sleep(time); });
  }

 private:
  store::Database& db_;
  Term& term_;
  const Holding& holding_;
  std::chrono::milliseconds first_retry_;
};

}  // namespace troupe::fleet::term
