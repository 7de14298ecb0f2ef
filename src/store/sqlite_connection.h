// The SQLite inside a Connection. Only src/store includes this.
#pragma once
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/connection_impl.h"

namespace troupe::store {

class SqliteConnection final : public Connection::Impl {
 public:
  /// Opens the file; the writer creates it. Throws SqlError.
  SqliteConnection(const std::filesystem::path& file, Use use);
  ~SqliteConnection() override;

  std::int64_t run(std::string_view sql, std::span<const Value> values) override;
  OpenRows* query(std::string_view sql, std::span<const Value> values) override;
  void script(std::string_view sql) override;
  void begin_read() override;
  void end_read() noexcept override;
  bool in_transaction() const override { return sqlite3_get_autocommit(db_) == 0; }
  std::int64_t change_mark() const override { return sqlite3_total_changes64(db_) + structural_changes_; }
  bool cancel() override;
  bool clear_cancelled() override { return cancelled_.exchange(false); }
  void release_memory() override { sqlite3_db_release_memory(db_); }

  sqlite3* db() { return db_; }

 private:
  void open(const std::filesystem::path& file, Use use);
  /// A prepared statement; the connection keeps it until it closes.
  struct Statement final : OpenRows {
    ~Statement() override { sqlite3_finalize(statement); }
    bool next() override;
    std::int64_t integer(int column) override { return sqlite3_column_int64(statement, column); }
    std::string_view text(int column) override;
    std::string_view blob(int column) override;
    bool is_null(int column) override { return sqlite3_column_type(statement, column) == SQLITE_NULL; }
    int width() override { return sqlite3_column_count(statement); }
    void release() noexcept override;

    SqliteConnection* owner = nullptr;
    sqlite3_stmt* statement = nullptr;
    std::string sql;
    bool open = false;        ///< a Rows of it exists
    bool finished = false;    ///< that Rows has passed its last row
    bool structural = false;  ///< changes something that sqlite3_total_changes does not count (CREATE, ALTER, …)
  };
  struct Slot {
    const char* text = nullptr;
    std::size_t length = 0;
    Statement* statement = nullptr;
  };

  Statement& prepare(std::string_view sql);
  /// Gives the values to a statement that is not open. `copy` when they may die before the statement has run.
  void bind(Statement& statement, std::span<const Value> values, bool copy);
  bool step(Statement& statement);  ///< whether there is a row
  void add_functions();
  [[noreturn]] void fail(int code, std::string_view sql) const;
  void check_alive(std::string_view sql) const;

  static constexpr std::size_t kSlots = 256;
  static constexpr std::size_t kMaxStatements = 512;

  sqlite3* db_ = nullptr;
  std::int64_t structural_changes_ = 0;
  /// Set by another thread to end what runs here; statements throw until it is cleared.
  std::atomic<bool> cancelled_{false};
  /// Found by the address of the text first: SQL is nearly always a constant.
  std::array<Slot, kSlots> slots_{};
  std::unordered_map<std::string_view, std::unique_ptr<Statement>> statements_;
};

}  // namespace troupe::store
