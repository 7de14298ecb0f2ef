#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>

#include "store/damage.h"
#include "store/durable_file.h"
#include "store/fault_plan.h"
#include "store/log_writes.h"
#include "store/page_cache.h"

namespace troupe::store {
namespace {

constexpr int kBusyTimeoutMs = 5'000;
constexpr std::size_t kShownSqlBytes = 200;

constexpr const char* kCommonPragmas =
    "PRAGMA foreign_keys=OFF;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA temp_store=MEMORY;";
// page_size and auto_vacuum count only for a new file, before its first table.
constexpr const char* kWriterPragmas =
    "PRAGMA page_size=4096;"
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA wal_autocheckpoint=0;"
    "PRAGMA journal_size_limit=134217728;"
    "PRAGMA cache_size=-16384;";
constexpr const char* kReaderPragmas = "PRAGMA query_only=ON; PRAGMA cache_size=-1024;";
constexpr const char* kCheckpointerPragmas =
    "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-256;";

void initialise_sqlite() {
  static const int done = [] {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // its counters would put one mutex around every allocation
    spare_page_cache_walks();
    return sqlite3_initialize();
  }();
  if (done != SQLITE_OK) throw SqlError("SQLite did not start", false);
}

bool is_transient(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_PROTOCOL:
    case SQLITE_CANTOPEN:
      return true;
    default:
      return false;
  }
}

bool is_damage(int code) { return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB; }

bool starts_with_word(std::string_view sql, std::string_view word) {
  return sql.size() >= word.size() && sqlite3_strnicmp(sql.data(), word.data(), static_cast<int>(word.size())) == 0;
}

std::string_view trimmed(std::string_view sql) {
  const auto at = sql.find_first_not_of(" \t\r\n;");
  return at == sql.npos ? std::string_view{} : sql.substr(at);
}

/// Whether a statement that is not read-only changes something other than rows.
bool is_structural(std::string_view sql) {
  for (std::string_view word :
       {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"}) {
    if (starts_with_word(trimmed(sql), word)) return false;
  }
  return true;
}

}  // namespace

SqliteConnection::~SqliteConnection() {
  statements_.clear();
  if (db_) sqlite3_close_v2(db_);
}

SqliteConnection::SqliteConnection(const std::filesystem::path& file, Use use) {
  try {
    open(file, use);
  } catch (const SqlError&) {
    sqlite3_close_v2(db_);  // no destructor runs for what was not made
    throw;
  }
}

void SqliteConnection::open(const std::filesystem::path& file, Use use) {
  initialise_sqlite();
  if (use == Use::writer) {  // made here so that only the owner may read it; SQLite gives the log the same mode
    const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_CLOEXEC | O_RDWR, 0600);
    if (made >= 0) {
      ::close(made);
      if (auto named = sync_folder(file.has_parent_path() ? file.parent_path() : "."); !named) {
        throw SqlError(named.error().message(), true);
      }
    }
  }
  const int code = sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                   use == Use::writer ? gathering_log_writes() : nullptr);
  if (code != SQLITE_OK) fail(code, "open");
  sqlite3_extended_result_codes(db_, 1);
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  add_functions();
  const auto pragmas = [&](const char* text) {
    const int failed = sqlite3_exec(db_, text, nullptr, nullptr, nullptr);
    if (failed != SQLITE_OK) fail(failed, text);
  };
  if (use == Use::writer) pragmas(kWriterPragmas);
  pragmas(kCommonPragmas);
  if (use == Use::reader) pragmas(kReaderPragmas);
  if (use == Use::checkpointer) pragmas(kCheckpointerPragmas);
  // On SQLite 3.40 a checkpoint on a connection that has never read silently does nothing.
  pragmas("SELECT count(*) FROM sqlite_schema");
}

/// What portable SQL has and SQLite before 3.43 has not.
void SqliteConnection::add_functions() {
  const auto octet_length = [](sqlite3_context* context, int, sqlite3_value** values) {
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite3_result_null(context);
    sqlite3_result_int64(context, sqlite3_value_bytes(values[0]));
  };
  constexpr int kTraits = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  const int code =
      sqlite3_create_function_v2(db_, "octet_length", 1, kTraits, nullptr, octet_length, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, "octet_length");
}

void SqliteConnection::fail(int code, std::string_view sql) const {
  const char* what = db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code);
  throw SqlError(fmt::format("{} (code {}) in: {}", what, code, sql.substr(0, kShownSqlBytes)), is_transient(code),
                 is_damage(code) ? kDataCorrupted : "");
}

void SqliteConnection::check_alive(std::string_view sql) const {
  if (cancelled_.load(std::memory_order_relaxed)) [[unlikely]] {
    throw SqlError(fmt::format("cancelled: open for too long, in: {}", sql.substr(0, kShownSqlBytes)), true);
  }
}

SqliteConnection::Statement& SqliteConnection::prepare(std::string_view sql) {
  auto& slot = slots_[((reinterpret_cast<std::uintptr_t>(sql.data()) >> 3) ^ sql.size()) % kSlots];
  // The address may have been reused for another text of the same length: compare before believing it.
  if (slot.text == sql.data() && slot.length == sql.size() && slot.statement->sql == sql) return *slot.statement;
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    if (statements_.size() >= kMaxStatements) {  // somebody builds SQL text: keep memory bounded
      slots_ = {};
      std::erase_if(statements_, [](const auto& entry) { return !entry.second->open; });
    }
    auto made = std::make_unique<Statement>();
    made->owner = this;
    made->sql = sql;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v3(db_, made->sql.c_str(), static_cast<int>(made->sql.size() + 1),
                                        SQLITE_PREPARE_PERSISTENT, &made->statement, &tail);
    if (code != SQLITE_OK) fail(code, sql);
    if (!made->statement || (tail && !trimmed(tail).empty())) {
      throw SqlError(fmt::format("exactly one statement expected in: {}", sql.substr(0, kShownSqlBytes)), false);
    }
    made->structural = !sqlite3_stmt_readonly(made->statement) && is_structural(sql);
    const std::string_view key = made->sql;
    found = statements_.emplace(key, std::move(made)).first;
  }
  slot = {sql.data(), sql.size(), found->second.get()};
  return *found->second;
}

void SqliteConnection::bind(Statement& statement, std::span<const Value> values, bool copy) {
  if (statement.open) {
    throw SqlError(fmt::format("this query is already open: {}", std::string_view(statement.sql).substr(0, 200)),
                   false);
  }
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(statement.statement)) != values.size()) {
    throw SqlError(fmt::format("{} values given for {} parameters in: {}", values.size(),
                               sqlite3_bind_parameter_count(statement.statement), statement.sql),
                   false);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    const int at = static_cast<int>(i) + 1;
    // An empty view may have no address, which SQLite would take for NULL.
    const char* data = value.bytes().data() ? value.bytes().data() : "";
    const auto lifetime = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
    int code = SQLITE_OK;
    switch (value.kind()) {
      case Value::Kind::null:
        code = sqlite3_bind_null(statement.statement, at);
        break;
      case Value::Kind::integer:
        code = sqlite3_bind_int64(statement.statement, at, value.integer());
        break;
      case Value::Kind::text:
        code = sqlite3_bind_text64(statement.statement, at, data, value.bytes().size(), lifetime, SQLITE_UTF8);
        break;
      case Value::Kind::blob:
        code = sqlite3_bind_blob64(statement.statement, at, data, value.bytes().size(), lifetime);
        break;
    }
    if (code != SQLITE_OK) fail(code, statement.sql);
  }
}

bool SqliteConnection::step(Statement& statement) {
  check_alive(statement.sql);
  const int code = sqlite3_step(statement.statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  // fail() reads the message first: reset would keep the code, but not always the text.
  try {
    fail(code, statement.sql);
  } catch (...) {
    sqlite3_reset(statement.statement);
    throw;
  }
}

std::int64_t SqliteConnection::run(std::string_view sql, std::span<const Value> values) {
  auto& statement = prepare(sql);
  bind(statement, values, false);
  if (faults) [[unlikely]]
    faults->before_statement(sql);
  const auto before = sqlite3_total_changes64(db_);
  if (statement.structural) ++structural_changes_;
  while (step(statement)) {
  }
  // COMMIT reports its failure from step(); reset() only repeats it.
  sqlite3_reset(statement.statement);
  return sqlite3_total_changes64(db_) == before ? 0 : sqlite3_changes64(db_);
}

Connection::Impl::OpenRows* SqliteConnection::query(std::string_view sql, std::span<const Value> values) {
  auto& statement = prepare(sql);
  bind(statement, values, true);
  if (faults) [[unlikely]]
    faults->before_statement(sql);
  if (statement.structural) ++structural_changes_;
  statement.open = true;
  statement.finished = false;
  return &statement;
}

void SqliteConnection::script(std::string_view sql) {
  if (faults) [[unlikely]]
    faults->before_statement(sql);
  check_alive(sql);
  ++structural_changes_;
  const int code = sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, sql);
}

void SqliteConnection::begin_read() { run("BEGIN", {}); }

void SqliteConnection::end_read() noexcept {
  // Not through run(): a cancelled connection refuses statements, and its snapshot must end all the same.
  if (in_transaction()) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool SqliteConnection::cancel() {
  if (cancelled_.exchange(true)) return false;
  sqlite3_interrupt(db_);
  return true;
}

bool SqliteConnection::Statement::next() {
  if (finished) return false;  // stepping on would start the query again
  if (owner->step(*this)) return true;
  finished = true;
  sqlite3_reset(statement);  // lets go of its cursors now
  return false;
}

std::string_view SqliteConnection::Statement::text(int column) {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (!bytes) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

std::string_view SqliteConnection::Statement::blob(int column) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  if (!bytes) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

void SqliteConnection::Statement::release() noexcept {
  sqlite3_reset(statement);
  open = false;
}

}  // namespace troupe::store
