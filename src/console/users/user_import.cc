#include "console/users/user_import.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/log.h"
#include "console/shapes/views.h"
#include "matrix/ids.h"

namespace troupe::console {
namespace {

constexpr std::size_t kRowsAtOnce = 250;
/// Each password takes a core some 15 ms or more to hash: small steps keep the progress moving.
constexpr std::size_t kPasswordsAtOnce = 10;
constexpr std::size_t kRemembered = 10;
constexpr int kTries = 30;
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr std::int64_t kPublishEveryMs = 200;
constexpr std::chrono::seconds kStopPatience{10};

std::string_view state_name(ImportStatus::State state) {
  switch (state) {
    case ImportStatus::State::running:
      return "running";
    case ImportStatus::State::done:
      return "done";
    case ImportStatus::State::failed:
      return "failed";
  }
  return "failed";
}

bool may_pass(const Error& error) {
  return error.code() == Errc::unavailable || error.code() == Errc::limit_exceeded || error.code() == Errc::timed_out;
}

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

struct UserImports::Run {
  ImportPlan plan;
  ImportOrder order;
  ImportStatus status;  ///< under the service's mutex
  base::UnixMs published_ms = 0;
};

boost::json::object import_view(const ImportStatus& status, bool with_errors) {
  boost::json::object view{{"import_id", status.import_id}, {"state", state_name(status.state)},
                           {"dry_run", status.dry_run},     {"total", status.total},
                           {"done", status.done},           {"created", status.created},
                           {"existed", status.existed},     {"failed", status.errors.size()},
                           {"joined", status.joined},       {"started_at", rfc3339(status.started_ms)}};
  if (status.room_id) view["room_id"] = *status.room_id;
  if (!status.error.empty()) view["error"] = status.error;
  if (status.finished_ms) view["finished_at"] = rfc3339(*status.finished_ms);
  if (!with_errors) return view;
  boost::json::array errors;
  for (const auto& [line, message] : status.errors) errors.push_back({{"line", line}, {"message", message}});
  view["errors"] = std::move(errors);
  return view;
}

Result<ImportStatus> UserImports::start(ImportPlan plan, ImportOrder order) {
  auto run = std::make_shared<Run>();
  auto& status = run->status;
  status.import_id = base::random_alphanumeric(16);
  status.tenant_id = order.who.tenant_id;
  status.dry_run = order.dry_run;
  status.room_id = order.room_id;
  status.total = plan.rows.size() + plan.errors.size();
  status.done = plan.errors.size();
  status.errors = plan.errors;
  status.started_ms = parts_.clock.unix_ms();
  run->plan = std::move(plan);
  run->order = std::move(order);
  ImportStatus first;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return Error(Errc::unavailable, "The server is stopping.");
    if (!runs_.empty() && runs_.front()->status.state == ImportStatus::State::running) {
      return Error(Errc::conflict, "Another import is running. Wait until it is done.");
    }
    runs_.push_front(run);
    if (runs_.size() > kRemembered) runs_.pop_back();
    first = run->status;
  }
  auto ended = [](const std::exception_ptr& failure) {
    if (failure) base::log_error("console", "an import ended by an exception", {});
  };
  asio::co_spawn(parts_.io.next(), this->run(std::move(run)), ended);
  return first;
}

std::optional<ImportStatus> UserImports::find(std::int64_t tenant_id, std::string_view import_id) const {
  std::lock_guard lock(mutex_);
  for (const auto& run : runs_) {
    if (run->status.import_id == import_id && run->status.tenant_id == tenant_id) return run->status;
  }
  return std::nullopt;
}

std::vector<ImportStatus> UserImports::list(std::int64_t tenant_id) const {
  std::lock_guard lock(mutex_);
  std::vector<ImportStatus> found;
  for (const auto& run : runs_) {
    if (run->status.tenant_id == tenant_id) found.push_back(run->status);
  }
  return found;
}

bool UserImports::is_stopping() const {
  std::lock_guard lock(mutex_);
  return stopping_;
}

Task<Unit> UserImports::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const auto until = std::chrono::steady_clock::now() + kStopPatience;
  for (;;) {
    {
      std::lock_guard lock(mutex_);
      if (runs_.empty() || runs_.front()->status.state != ImportStatus::State::running) co_return Unit{};
    }
    if (std::chrono::steady_clock::now() >= until) {
      co_return Error(Errc::timed_out, "An import of users did not end in time.");
    }
    co_await pause(std::chrono::milliseconds(20));
  }
}

std::string UserImports::user_id(const ImportRow& row) const {
  return matrix::make_user_id(row.username, parts_.homeserver.server_name());
}

void UserImports::publish(Run& run, bool now) {
  std::string text;
  {
    std::lock_guard lock(mutex_);
    auto time = parts_.clock.unix_ms();
    if (!now && time - run.published_ms < kPublishEveryMs) return;
    run.published_ms = time;
    text = boost::json::serialize(import_view(run.status, false));
  }
  parts_.bus.publish(kImportChannel, text);
}

asio::awaitable<void> UserImports::run(std::shared_ptr<Run> run) {
  publish(*run, true);
  Result<Unit> outcome = Error(Errc::internal);
  try {
    outcome = co_await make_all(*run);
  } catch (const std::exception& error) {
    outcome = Error(Errc::internal, "The import failed inside the server.", error.what());
  }
  if (!outcome) {
    base::log_warning("console", "an import of users stopped",
                      {{"reason", outcome.error().message()}, {"detail", outcome.error().detail()}});
  }
  identity::AuditRecord record = run->order.who;
  {
    std::lock_guard lock(mutex_);
    auto& status = run->status;
    if (!outcome) status.error = outcome.error().message();
    record.detail = {{"import_id", status.import_id}, {"rows", status.total},           {"created", status.created},
                     {"existed", status.existed},     {"failed", status.errors.size()}, {"joined", status.joined}};
    if (!outcome) record.detail["error"] = status.error;
  }
  if (!run->order.dry_run) {
    record.action = "user.import_end";
    auto written = co_await parts_.audit.record(std::move(record));
    if (!written)
      base::log_error("console", "a line of the audit log is missing", {{"reason", written.error().message()}});
  }
  {
    std::lock_guard lock(mutex_);
    std::ranges::sort(run->status.errors, {}, &LineError::line);
    run->status.finished_ms = parts_.clock.unix_ms();
    run->status.state = outcome ? ImportStatus::State::done : ImportStatus::State::failed;
    run->plan = {};  // passwords are in there
  }
  publish(*run, true);
  parts_.bus.ring(bus::Topic::users, 0);
}

Task<Unit> UserImports::make_all(Run& run) {
  std::span<const ImportRow> rest(run.plan.rows);
  while (!rest.empty()) {
    if (is_stopping()) co_return Error(Errc::unavailable, "The server was stopped. The same file goes on from here.");
    // Rows of one sort, in the order of the file.
    const bool hashed = rest.front().password.has_value() && !run.order.dry_run;
    const auto most = std::min(rest.size(), hashed ? kPasswordsAtOnce : kRowsAtOnce);
    std::size_t count = 1;
    while (count < most && (run.order.dry_run || rest[count].password.has_value() == hashed)) ++count;
    const auto part = rest.subspan(0, count);
    if (run.order.dry_run) {
      CO_TRY([[maybe_unused]] auto looked, co_await look_only(run, part));
    } else {
      CO_TRY([[maybe_unused]] auto made, co_await make_some(run, part));
    }
    publish(run, false);
    rest = rest.subspan(count);
  }
  co_return Unit{};
}

Task<std::vector<bool>> UserImports::exists(std::span<const ImportRow> rows) {
  std::vector<bool> found;
  for (const auto& row : rows) {
    auto account = co_await parts_.homeserver.account(user_id(row));
    if (!account && account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
    found.push_back(account.has_value());
  }
  co_return found;
}

Task<Unit> UserImports::look_only(Run& run, std::span<const ImportRow> rows) {
  CO_TRY(auto there, co_await exists(rows));
  const auto existed = static_cast<std::size_t>(std::ranges::count(there, true));
  std::lock_guard lock(mutex_);
  run.status.done += rows.size();
  run.status.existed += existed;
  run.status.created += rows.size() - existed;
  co_return Unit{};
}

Task<Unit> UserImports::make_some(Run& run, std::span<const ImportRow> rows) {
  // What exists beforehand is what existed, also when a try fails after it made some.
  CO_TRY(auto there, co_await exists(rows));
  std::vector<matrix::NewAccount> wanted;
  for (const auto& row : rows) {
    wanted.push_back({.localpart = row.username,
                      .password = row.password,
                      .kind = matrix::AccountKind::person,
                      .admin = row.role == net::Role::admin,
                      .display_name = row.display_name});
  }
  Result<std::vector<matrix::BulkAccount>> made = Error(Errc::internal);
  auto wait = kFirstPause;
  for (int tries = 0; tries < kTries; ++tries, wait = std::min(wait * 2, kLongestPause)) {
    made = co_await parts_.homeserver.make_accounts(wanted, run.order.room_id, {});
    if (made || !may_pass(made.error()) || is_stopping()) break;
    co_await pause(wait);
  }
  if (!made && rows.size() > 1 && made.error().code() == Errc::invalid_param) {
    // One of them is not to the homeserver's taste: alone, each answers for itself.
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CO_TRY([[maybe_unused]] auto alone, co_await make_some(run, rows.subspan(i, 1)));
    }
    co_return Unit{};
  }
  if (!made && made.error().code() == Errc::invalid_param) {
    std::lock_guard lock(mutex_);
    ++run.status.done;
    run.status.errors.push_back({.line = rows.front().line, .message = made.error().message()});
    co_return Unit{};
  }
  CO_TRY(auto now, co_await exists(rows));
  std::vector<bool> fresh(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) fresh[i] = now[i] && !there[i];
  CO_TRY([[maybe_unused]] auto settled, co_await settle(rows, fresh, run.order.who.tenant_id));
  std::lock_guard lock(mutex_);
  auto& status = run.status;
  status.created += static_cast<std::size_t>(std::ranges::count(fresh, true));
  if (!made) {
    status.existed += static_cast<std::size_t>(std::ranges::count(there, true));
    status.done += static_cast<std::size_t>(std::ranges::count(now, true));
    co_return std::unexpected(std::move(made).error());
  }
  status.done += rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& one = (*made)[i];
    if (there[i]) ++status.existed;
    if (one.joined) ++status.joined;
    if (run.order.room_id && !one.joined) {
      status.errors.push_back(
          {.line = rows[i].line, .message = rows[i].username + " could not enter the room: banned there, or closed"});
      // It counts as failed, not twice.
      --(there[i] ? status.existed : status.created);
    }
  }
  co_return Unit{};
}

Task<Unit> UserImports::settle(std::span<const ImportRow> rows, std::vector<bool> made, std::int64_t tenant_id) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool elsewhere = tenant_id != identity::kDefaultTenant;
    if (!made[i] || (rows[i].role != net::Role::operator_ && !elsewhere)) continue;
    CO_TRY(auto account, co_await parts_.homeserver.account(user_id(rows[i])));
    CO_TRY(auto principal, co_await parts_.principals.for_account(std::move(account)));
    if (rows[i].role == net::Role::operator_) {
      CO_TRY([[maybe_unused]] auto changed, co_await parts_.principals.set_role(principal.user_id, rows[i].role));
    }
    if (elsewhere) {
      CO_TRY([[maybe_unused]] auto moved, co_await parts_.tenants.move(principal.user_id, tenant_id));
    }
  }
  co_return Unit{};
}

}  // namespace troupe::console
