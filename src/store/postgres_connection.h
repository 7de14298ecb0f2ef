// The PostgreSQL inside a Connection, by libpq in pipeline mode. Only src/store includes this.
#pragma once
#include <libpq-fe.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/connection_impl.h"
#include "store/dialect.h"
#include "store/ledger.h"
#include "store/postgres_url.h"

namespace troupe::store {

struct FreeResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, FreeResult>;

/// Statements are sent as they come and answered when somebody needs the answer: an INSERT of one row, BEGIN and
/// SAVEPOINT wait for nobody. A statement that fails behind the caller's back spoils the transaction and is thrown by
/// the next one that waits.
class PostgresConnection final : public Connection::Impl {
 public:
  /// `name` is what pg_stat_activity shows. Throws SqlError; its text holds no password.
  PostgresConnection(const PostgresUrl& url, Use use, const std::string& name);
  ~PostgresConnection() override;

  std::int64_t run(std::string_view sql, std::span<const Value> values) override;
  OpenRows* query(std::string_view sql, std::span<const Value> values) override;
  void script(std::string_view sql) override;
  void begin_read() override;
  void end_read() noexcept override;
  bool in_transaction() const override { return begun_ && !lost_; }
  bool spoiled() const override { return spoiled_; }
  void settle() override;
  std::int64_t change_mark() const override { return changes_; }
  bool lost() const override { return lost_; }
  bool cancel() override;
  bool clear_cancelled() override { return cancelled_.exchange(false); }

  /// Outside a transaction: whether the server still is at the other end, as far as this end knows.
  bool alive() noexcept;
  /// Whether inserts may be sent without waiting for them. Off at first.
  void set_deferring(bool on) { deferring_ = on; }
  /// Starts a transaction; waits for nothing. Throws SqlError when the connection turns out to be dead.
  void begin(std::string_view sql);
  /// Sends a statement whose number of rows does not matter.
  template <class... Args>
  void post(std::string_view sql, const Args&... args) {
    const Value values[] = {Value(args)..., Value(nullptr)};
    send(sql, std::span(values, sizeof...(args)));
  }
  /// Throws SqlError when the transaction was rolled back instead, UnknownOutcome when the connection broke after
  /// COMMIT was sent.
  void commit();
  void roll_back() noexcept;

 private:
  /// A statement prepared for parameters of certain types; an open type (0) fits only NULL.
  struct Variant {
    std::string name;
    std::vector<Oid> types;
    bool prepared = false;
  };
  struct Statement {
    std::string sql;
    PostgresSql translated;
    std::vector<std::unique_ptr<Variant>> variants;
  };
  /// What was sent and not answered yet.
  struct Pending {
    enum class Kind { prepare, execute, sync } kind;
    Variant* variant = nullptr;
    std::string sql{};   ///< its beginning, for messages
    bool quiet = false;  ///< its failure concerns nobody
  };

  Statement& find(std::string_view sql);
  Variant& variant_for(Statement& statement, std::span<const Value> values);
  Statement& send(std::string_view sql, std::span<const Value> values, bool quiet = false);
  void send_sync();
  /// Waits for everything that was sent; the answer of the last statement. Throws the first failure.
  ResultPtr finish();
  ResultPtr next_result();
  void check_alive(std::string_view sql) const;
  void check_fresh();
  [[noreturn]] void fail_connection(std::string_view sql);
  void forget_statements();

  static constexpr std::size_t kMaxStatements = 512;
  static constexpr std::size_t kMaxPending = 128;

  PGconn* connection_ = nullptr;
  PGcancel* cancel_ = nullptr;
  std::chrono::milliseconds patience_;  ///< with one answer
  bool begun_ = false;
  bool spoiled_ = false;
  bool lost_ = false;
  bool deferring_ = false;
  bool sync_sent_ = false;  ///< nothing was sent after the last sync
  std::size_t unsynced_bytes_ = 0;
  std::int64_t changes_ = 0;
  std::uint64_t next_name_ = 0;
  std::deque<Pending> pending_;
  std::atomic<bool> cancelled_{false};
  std::unordered_map<std::string_view, std::unique_ptr<Statement>> statements_;
};

}  // namespace troupe::store
