#include "store/postgres_connection.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <optional>

#include "store/fault_plan.h"
#include "store/postgres_rows.h"
#include "store/postgres_values.h"

namespace troupe::store {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kShownStatementBytes = 200;
constexpr std::string_view kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr std::string_view kCommit = "COMMIT";
constexpr std::string_view kRollback = "ROLLBACK";
constexpr std::size_t kMaxParameters = 100;

/// A statement may run half a minute; the server ends it before we give the connection up.
constexpr const char* kSettings =
    "-c statement_timeout=30000 -c jit=off -c client_min_messages=warning -c standard_conforming_strings=on";
/// A read holds nobody up.
constexpr const char* kReaderSettings = " -c lock_timeout=15000 -c idle_in_transaction_session_timeout=30000";
/// A batch's transaction holds every process up, and lasts some 20 ms: one whose program has frozen inside it is ended
/// after four seconds. Who waits for it waits longer than that, so that it gets its turn instead of an error. The
/// numbers stand in docs/several-processes.md.
constexpr const char* kWriterSettings = " -c lock_timeout=6000 -c idle_in_transaction_session_timeout=4000";
/// libpq sends by itself whenever 8 KiB have come together. The server's patience with a transaction that is idle
/// begins at a sync only: what was sent must be followed by one, or a program that freezes between the two would hold
/// the stream for longer.
constexpr std::size_t kSyncAfterBytes = 7U << 10;
constexpr std::size_t kStatementBytes = 200;  ///< what a statement costs besides its values, roughly
constexpr std::chrono::milliseconds kPatience{45'000};

/// Worth trying again: the server is in trouble, stops, is out of space, or somebody held a lock for too long.
/// Spec: PostgreSQL appendix A, error codes.
bool is_transient(std::string_view state) {
  if (state.size() != 5) return true;  // no answer of the server
  const auto kind = state.substr(0, 2);
  return kind == "08" || kind == "40" || kind == "53" || kind == "57" || kind == "58" || state == "55P03" ||
         state == "25P03";
}

std::string first_line(const char* text) {
  std::string_view line = text ? text : "";
  return std::string(line.substr(0, line.find('\n')));
}

SqlError error_of(const PGresult* result, std::string_view sql) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {fmt::format("{} (code {}) in: {}", message ? message : first_line(PQresultErrorMessage(result)),
                      state ? state : "none", sql.substr(0, kShownStatementBytes)),
          is_transient(state ? state : ""), state ? state : ""};
}

Oid type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::integer:
      return pg_type::kInt8;
    case Value::Kind::text:
      return pg_type::kText;
    case Value::Kind::blob:
      return pg_type::kBytea;
    case Value::Kind::null:
      break;
  }
  return 0;
}

/// What libpq is told: the address, then our own settings, which win.
struct ConnectParameters {
  ConnectParameters(const PostgresUrl& url, Use use, const std::string& name)
      : given(PQconninfoParse(url.url.c_str(), nullptr), &PQconninfoFree), options(kSettings) {
    options += use == Use::writer ? kWriterSettings : kReaderSettings;
    if (!given) throw SqlError("the database address is malformed", false);
    if (!url.schema.empty()) options += " -c search_path=" + url.schema;
    add("connect_timeout", "5");
    add("keepalives_idle", "10");
    add("keepalives_interval", "5");
    add("keepalives_count", "3");
    add("tcp_user_timeout", "20000");
    for (const auto* option = given.get(); option->keyword; ++option) {
      if (!option->val) continue;
      if (std::string_view(option->keyword) == "options") {
        options = std::string(option->val) + " " + options;
      } else {
        add(option->keyword, option->val);
      }
    }
    add("options", options.c_str());
    add("application_name", name.c_str());
    add("client_encoding", "UTF8");
    keywords.push_back(nullptr);
    values.push_back(nullptr);
  }
  void add(const char* keyword, const char* value) {
    const auto known = std::ranges::find_if(keywords, [&](auto k) { return std::string_view(k) == keyword; });
    if (known == keywords.end()) {
      keywords.push_back(keyword);
      values.push_back(value);
    } else {
      values[static_cast<std::size_t>(known - keywords.begin())] = value;
    }
  }
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> given;
  std::string options;
  std::vector<const char*> keywords;
  std::vector<const char*> values;
};

}  // namespace

PostgresConnection::PostgresConnection(const PostgresUrl& url, Use use, const std::string& name)
    : patience_(kPatience) {
  const ConnectParameters parameters(url, use, name);
  connection_ = PQconnectdbParams(parameters.keywords.data(), parameters.values.data(), 0);
  const auto refuse = [&](const std::string& why, bool transient) {
    PQfinish(connection_);
    throw SqlError(why, transient);
  };
  if (PQstatus(connection_) != CONNECTION_OK) {
    // libpq names the host, the user and the reason, never the password.
    refuse(first_line(PQerrorMessage(connection_)), true);
  }
  const char* encoding = PQparameterStatus(connection_, "server_encoding");
  if (!encoding || std::string_view(encoding) != "UTF8") {
    refuse(fmt::format("the database has the encoding {}; create it with ENCODING 'UTF8'", encoding ? encoding : "?"),
           false);
  }
  PQsetNoticeProcessor(connection_, [](void*, const char*) {}, nullptr);  // would go to standard error
  cancel_ = PQgetCancel(connection_);
  if (use == Use::writer) {  // an acknowledgement means durable, whatever the server's default
    ResultPtr set(PQexec(connection_,
                         "SELECT set_config('synchronous_commit', 'on', false) "
                         "WHERE current_setting('synchronous_commit') = 'off'"));
    if (PQresultStatus(set.get()) != PGRES_TUPLES_OK) refuse("synchronous_commit cannot be set", true);
  }
  if (PQenterPipelineMode(connection_) != 1) refuse("the connection has no pipeline", false);
}

PostgresConnection::~PostgresConnection() {
  PQfreeCancel(cancel_);
  PQfinish(connection_);
}

void PostgresConnection::fail_connection(std::string_view sql) {
  lost_ = true;
  pending_.clear();
  const auto why = first_line(PQerrorMessage(connection_));
  throw SqlError(
      fmt::format("the connection to the database broke: {} in: {}", why, sql.substr(0, kShownStatementBytes)), true);
}

void PostgresConnection::check_alive(std::string_view sql) const {
  if (lost_) throw SqlError("the connection to the database is broken", true);
  if (cancelled_.load(std::memory_order_relaxed)) [[unlikely]] {
    throw SqlError(fmt::format("cancelled: open for too long, in: {}", sql.substr(0, kShownStatementBytes)), true);
  }
}

void PostgresConnection::check_fresh() {
  if (lost_) throw SqlError("the connection to the database is broken", true);
  // An idle connection has nothing to say, except that the server closes it: first the reason, then the end.
  pollfd fd{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
  while (poll(&fd, 1, 0) > 0) {
    if (PQconsumeInput(connection_) != 1 || PQstatus(connection_) != CONNECTION_OK)
      fail_connection("an idle connection");
  }
}

bool PostgresConnection::alive() noexcept {
  try {
    check_fresh();
    return true;
  } catch (const SqlError&) {
    return false;
  }
}

PostgresConnection::Statement& PostgresConnection::find(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) return *found->second;
  if (statements_.size() >= kMaxStatements) forget_statements();
  auto made = std::make_unique<Statement>();
  made->sql = sql;
  made->translated = to_postgres(sql);
  const std::string_view key = made->sql;
  return *statements_.emplace(key, std::move(made)).first->second;
}

void PostgresConnection::forget_statements() {
  settle();
  if (spoiled_) return;  // DEALLOCATE would fail, too
  statements_.clear();
  if (PQsendQueryParams(connection_, "DEALLOCATE ALL", 0, nullptr, nullptr, nullptr, nullptr, 1) != 1) {
    fail_connection("DEALLOCATE ALL");
  }
  pending_.push_back({Pending::Kind::execute, nullptr, "DEALLOCATE ALL"});
  sync_sent_ = false;
  finish();
}

PostgresConnection::Variant& PostgresConnection::variant_for(Statement& statement, std::span<const Value> values) {
  if (values.size() != static_cast<std::size_t>(statement.translated.parameters) || values.size() > kMaxParameters) {
    throw SqlError(fmt::format("{} values given for {} parameters in: {}", values.size(),
                               statement.translated.parameters, statement.sql),
                   false);
  }
  const auto fits = [&](const auto& variant) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].kind() != Value::Kind::null && variant->types[i] != type_of(values[i])) return false;
    }
    return true;
  };
  auto found = std::ranges::find_if(statement.variants, fits);
  if (found == statement.variants.end()) {
    auto made = std::make_unique<Variant>();
    made->name = "s" + std::to_string(next_name_++);
    for (const auto& value : values) made->types.push_back(type_of(value));
    statement.variants.push_back(std::move(made));
    found = std::prev(statement.variants.end());
  }
  return **found;
}

PostgresConnection::Statement& PostgresConnection::send(std::string_view sql, std::span<const Value> values,
                                                        bool quiet) {
  check_alive(sql);
  auto& statement = find(sql);
  auto& variant = variant_for(statement, values);
  if (faults) [[unlikely]]
    faults->before_statement(sql);
  if (!variant.prepared) {
    if (PQsendPrepare(connection_, variant.name.c_str(), statement.translated.text.c_str(),
                      static_cast<int>(variant.types.size()), variant.types.data()) != 1) {
      fail_connection(sql);
    }
    variant.prepared = true;
    pending_.push_back({Pending::Kind::prepare, &variant, std::string(sql.substr(0, kShownStatementBytes)), quiet});
  }
  std::array<const char*, kMaxParameters> data{};
  std::array<int, kMaxParameters> lengths{};
  std::array<int, kMaxParameters> formats{};
  std::array<std::array<char, 8>, kMaxParameters> integers;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::deque<std::string> escaped;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& value = values[i];
    formats[i] = 1;
    if (value.kind() == Value::Kind::null) continue;
    if (value.kind() == Value::Kind::integer) {
      put_int8(value.integer(), integers[i].data());
      data[i] = integers[i].data();
      lengths[i] = 8;
      continue;
    }
    auto bytes = value.bytes();
    if (value.kind() == Value::Kind::text && needs_escape(bytes)) bytes = escaped.emplace_back(escape_text(bytes));
    data[i] = bytes.data() ? bytes.data() : "";  // no address would be NULL
    lengths[i] = static_cast<int>(bytes.size());
    unsynced_bytes_ += bytes.size();
  }
  unsynced_bytes_ += kStatementBytes;
  if (PQsendQueryPrepared(connection_, variant.name.c_str(), static_cast<int>(values.size()), data.data(),
                          lengths.data(), formats.data(), 1) != 1) {
    fail_connection(sql);
  }
  pending_.push_back({Pending::Kind::execute, &variant, std::string(sql.substr(0, kShownStatementBytes)), quiet});
  sync_sent_ = false;
  return statement;
}

void PostgresConnection::send_sync() {
  if (PQpipelineSync(connection_) != 1) fail_connection("sync");
  pending_.push_back({Pending::Kind::sync});
  sync_sent_ = true;
  unsynced_bytes_ = 0;
}

ResultPtr PostgresConnection::next_result() {
  const auto deadline = Steady::now() + patience_;
  while (PQisBusy(connection_) == 1) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()).count();
    pollfd fd{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? poll(&fd, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) fail_connection("waiting for an answer");
    if (PQconsumeInput(connection_) != 1) fail_connection("waiting for an answer");
  }
  return ResultPtr(PQgetResult(connection_));
}

ResultPtr PostgresConnection::finish() {
  if (!sync_sent_) send_sync();
  std::optional<SqlError> failure;
  ResultPtr answer;
  while (!pending_.empty()) {
    auto sent = std::move(pending_.front());
    pending_.pop_front();
    auto result = next_result();
    if (!result) fail_connection(sent.sql);
    const auto status = PQresultStatus(result.get());
    if (sent.kind == Pending::Kind::sync) {
      if (status != PGRES_PIPELINE_SYNC) fail_connection("sync");
      continue;
    }
    if (next_result()) fail_connection(sent.sql);  // the end of its answers
    const bool failed = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
    if (sent.kind == Pending::Kind::prepare) {
      if (failed) sent.variant->prepared = false;
    } else {
      answer = std::move(result);
    }
    if (!failed || sent.quiet) continue;
    if (PQstatus(connection_) == CONNECTION_BAD) fail_connection(sent.sql);
    const auto* shown = result ? result.get() : answer.get();
    if (status == PGRES_FATAL_ERROR && !failure) failure.emplace(error_of(shown, sent.sql));
    if (status == PGRES_EMPTY_QUERY && !failure) failure.emplace("a statement expected", false);
    if (status != PGRES_PIPELINE_ABORTED && !failure) {
      failure.emplace(fmt::format("an answer of an unknown kind in: {}", sent.sql), false);
    }
  }
  spoiled_ = PQtransactionStatus(connection_) == PQTRANS_INERROR;
  if (PQstatus(connection_) == CONNECTION_BAD) fail_connection("an answer");
  if (failure) throw SqlError(*failure);
  return answer;
}

void PostgresConnection::settle() {
  if (lost_) throw SqlError("the connection to the database is broken", true);
  if (!pending_.empty()) finish();
}

std::int64_t PostgresConnection::run(std::string_view sql, std::span<const Value> values) {
  const auto& statement = send(sql, values);
  const auto& translated = statement.translated;
  if (translated.inserts_one || translated.opens) {
    if (translated.inserts_one) ++changes_;
    if (deferring_) {
      if (pending_.size() >= kMaxPending) {
        settle();
      } else if (unsynced_bytes_ >= kSyncAfterBytes) {
        send_sync();  // without waiting for it
      }
      return translated.inserts_one ? 1 : 0;
    }
  }
  const auto answer = finish();
  if (translated.inserts_one) return 1;
  const std::string_view rows = answer ? PQcmdTuples(answer.get()) : "";
  const auto count = translated.reads_only ? 0 : get_integer(pg_type::kText, rows);
  changes_ += translated.controls || translated.reads_only ? 0
              : rows.empty()                               ? 1
                                                           : count;  // no number: CREATE, ALTER, …
  return count;
}

Connection::Impl::OpenRows* PostgresConnection::query(std::string_view sql, std::span<const Value> values) {
  const auto& statement = send(sql, values);
  auto answer = finish();
  if (!statement.translated.reads_only) ++changes_;
  return new PostgresRows(std::move(answer));
}

void PostgresConnection::script(std::string_view sql) {
  check_alive(sql);
  settle();
  if (faults) [[unlikely]]
    faults->before_statement(sql);
  ++changes_;
  if (PQexitPipelineMode(connection_) != 1) fail_connection(sql);
  // A migration may take its time.
  const auto text = (begun_ ? "SET LOCAL statement_timeout = 0; " : "") + to_postgres(sql).text;
  ResultPtr result(PQexec(connection_, text.c_str()));
  const auto status = PQresultStatus(result.get());
  if (PQstatus(connection_) == CONNECTION_BAD) fail_connection(sql);
  if (PQenterPipelineMode(connection_) != 1) fail_connection(sql);
  spoiled_ = PQtransactionStatus(connection_) == PQTRANS_INERROR;
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    throw error_of(result.get(), sql);
  }
}

void PostgresConnection::begin(std::string_view sql) {
  check_fresh();
  send(sql, {});
  begun_ = true;
  spoiled_ = false;
}

void PostgresConnection::begin_read() { begin(kBeginRead); }

void PostgresConnection::end_read() noexcept {
  if (lost_ || !begun_) return;
  begun_ = false;
  try {  // the server ends the snapshot at once; its answer is read with the next one's
    const bool was_cancelled = cancelled_.exchange(false);
    send(kCommit, {}, true);
    send_sync();
    if (was_cancelled) cancelled_ = true;
  } catch (const SqlError&) {
    lost_ = true;
  }
}

void PostgresConnection::commit() {
  if (spoiled_) throw SqlError("a failed statement has spoiled the transaction", false);
  send(kCommit, {});
  try {
    const auto answer = finish();
    begun_ = false;
    if (std::string_view(PQcmdStatus(answer.get())) != kCommit) {
      throw SqlError("the database rolled the transaction back", true);
    }
  } catch (const SqlError& error) {
    if (lost_) throw UnknownOutcome(error.what(), true);
    throw;
  }
}

void PostgresConnection::roll_back() noexcept {
  if (lost_ || !begun_) return;
  begun_ = false;
  try {
    try {
      settle();
    } catch (const SqlError&) {  // its failure is why we roll back
      if (lost_) return;
    }
    send(kRollback, {});
    finish();
  } catch (const SqlError&) {
    lost_ = true;  // closing it rolls back
  }
  spoiled_ = false;
}

bool PostgresConnection::cancel() {
  if (cancelled_.exchange(true)) return false;
  std::array<char, 256> why{};
  PQcancel(cancel_, why.data(), static_cast<int>(why.size()));
  return true;
}

}  // namespace troupe::store
