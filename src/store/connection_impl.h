// The SQLite inside a Connection. Only src/store includes this.
#pragma once
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/types.h"
#include "store/connection.h"
#include "store/database.h"

namespace troupe::store {

class FaultPlan;

/// What a connection is for decides its page cache and what it may do.
enum class Use { writer, reader, checkpointer };

/// A prepared statement; the connection keeps it until it closes.
struct Rows::Impl {
  ~Impl() { sqlite3_finalize(statement); }
  Connection::Impl* owner = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::string sql;
  bool open = false;        ///< a Rows of it exists
  bool finished = false;    ///< that Rows has passed its last row
  bool structural = false;  ///< changes something that sqlite3_total_changes does not count (CREATE, ALTER, …)
};

/// The part of the batch that a Tx lets operations see.
struct TxState {
  StreamPos last = 0;      ///< handed out
  StreamPos reserved = 0;  ///< may be handed out without reserving more
  std::vector<std::function<void()>> after_commit;
};

inline constexpr StreamPos kReservedBlock = 10'000;

struct Connection::Impl {
  using Statement = Rows::Impl;
  ~Impl();

  /// Throws SqlError.
  void open(const std::filesystem::path& file, Use use);
  Statement& prepare(std::string_view sql);
  /// Gives the values to a statement that is not open. `copy` when they may die before the statement has run.
  void bind(Statement& statement, std::span<const Value> values, bool copy);
  bool step(Statement& statement);  ///< whether there is a row
  [[noreturn]] void fail(int code, std::string_view sql) const;
  void check_alive(std::string_view sql) const;
  bool in_transaction() const { return sqlite3_get_autocommit(db) == 0; }
  /// Grows with everything that changed the database through this connection.
  std::int64_t change_mark() const { return sqlite3_total_changes64(db) + structural_changes; }

  sqlite3* db = nullptr;
  FaultPlan* faults = nullptr;
  TxState* tx = nullptr;
  std::int64_t structural_changes = 0;
  /// Set by another thread to end what runs here; statements throw until it is cleared.
  std::atomic<bool> cancelled{false};

 private:
  struct Slot {
    const char* text = nullptr;
    std::size_t length = 0;
    Statement* statement = nullptr;
  };
  static constexpr std::size_t kSlots = 256;
  static constexpr std::size_t kMaxStatements = 512;
  /// Found by the address of the text first: SQL is nearly always a constant.
  std::array<Slot, kSlots> slots_{};
  std::unordered_map<std::string_view, std::unique_ptr<Statement>> statements_;
};

/// A connection that the store itself opens.
class SqliteConnection final : public Connection {
 public:
  SqliteConnection() = default;
  Impl& impl() { return *impl_; }
};

/// The writer's connection.
class WriteTx final : public Tx {
 public:
  WriteTx() = default;
  Impl& impl() { return *impl_; }
};

/// What an SqlError is called outside the store.
Error to_error(const SqlError& error);

}  // namespace troupe::store
