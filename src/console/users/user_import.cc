#include "console/users/user_import.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "api/reply.h"
#include "base/crypto.h"
#include "base/log.h"
#include "console/users/import_store.h"
#include "matrix/ids.h"

namespace troupe::console {
namespace {

constexpr std::size_t kRowsAtOnce = 250;
/// Each password takes a core some 15 ms or more to hash: small steps keep the progress moving.
constexpr std::size_t kPasswordsAtOnce = 10;
constexpr int kTries = 30;
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr std::int64_t kPublishEveryMs = 200;
constexpr std::chrono::seconds kStopPatience{10};
/// A running import stores its numbers after each step and between tries: much more often than this.
constexpr std::int64_t kDeadAfterMs = 120'000;
/// How long passwords wait to be taken.
constexpr std::int64_t kPasswordsKeptMs = 24LL * 3'600'000;
constexpr std::size_t kGeneratedPasswordLength = 16;

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

/// Belongs to the coroutine that works on it, but for `cancelled`.
struct UserImports::Run {
  ImportPlan plan;
  ImportOrder order;
  ImportStatus status;
  std::size_t stored_errors = 0;  ///< of status.errors
  base::UnixMs published_ms = 0;
  std::atomic<bool> cancelled{false};
  bool disowned = false;  ///< somebody took this process for dead
};

boost::json::object import_view(const ImportStatus& status, bool with_errors) {
  boost::json::object view{{"import_id", status.import_id}, {"state", state_name(status.state)},
                           {"dry_run", status.dry_run},     {"total", status.total},
                           {"done", status.done},           {"created", status.created},
                           {"existed", status.existed},     {"failed", status.errors.size()},
                           {"joined", status.joined},       {"started_at", api::rfc3339(status.started_ms)}};
  if (status.passwords > 0) view["passwords"] = status.passwords;
  if (status.room_id) view["room_id"] = *status.room_id;
  if (status.reason == ImportStatus::Reason::cancelled) view["reason"] = "cancelled";
  if (status.reason == ImportStatus::Reason::interrupted) view["reason"] = "interrupted";
  if (!status.error.empty()) view["error"] = status.error;
  if (status.finished_ms) view["finished_at"] = api::rfc3339(*status.finished_ms);
  if (!with_errors) return view;
  boost::json::array errors;
  for (const auto& [line, message] : status.errors) errors.push_back({{"line", line}, {"message", message}});
  view["errors"] = std::move(errors);
  return view;
}

void generate_passwords(ImportPlan& plan) {
  for (auto& row : plan.rows) {
    if (row.password) continue;
    row.password = base::random_alphanumeric(kGeneratedPasswordLength);
    row.generated = true;
  }
}

Result<Unit> UserImports::recover_now() {
  const auto now = parts_.clock.unix_ms();
  return parts_.db.write_now([&](store::Tx& tx) -> Result<Unit> {
    import_store::interrupt(tx, parts_.holder, now - kDeadAfterMs, now);
    return Unit{};
  });
}

Task<Unit> UserImports::recover(base::UnixMs aged) {
  const auto now = parts_.clock.unix_ms();
  auto mark = [&](store::Tx& tx) -> Result<Unit> {
    import_store::interrupt(tx, std::nullopt, now - kDeadAfterMs, now);
    import_store::forget_passwords(tx, aged - kPasswordsKeptMs);
    return Unit{};
  };
  co_return co_await parts_.db.write(mark, {.lane = store::Lane::bulk});
}

Task<ImportStatus> UserImports::start(ImportPlan plan, ImportOrder order) {
  auto run = std::make_shared<Run>();
  const auto now = parts_.clock.unix_ms();
  auto& status = run->status;
  status.import_id = base::random_alphanumeric(16);
  status.tenant_id = order.who.tenant_id;
  status.dry_run = order.dry_run;
  status.room_id = order.room_id;
  status.total = plan.rows.size() + plan.errors.size();
  status.done = plan.errors.size();
  status.errors = plan.errors;
  status.started_ms = now;
  run->stored_errors = status.errors.size();
  run->plan = std::move(plan);
  run->order = std::move(order);
  auto insert = [&](store::Tx& tx) -> Result<Unit> {
    import_store::interrupt(tx, std::nullopt, now - kDeadAfterMs, now);
    if (import_store::any_running(tx)) {
      return Error(Errc::conflict, "Another import is running. Wait until it is done, or cancel it.");
    }
    import_store::insert(tx, status, parts_.holder, now);
    return Unit{};
  };
  {
    std::lock_guard lock(mutex_);
    if (stopping_) co_return Error(Errc::unavailable, "The server is stopping.");
    ++open_;
  }
  auto stored = co_await parts_.db.write(insert, {.savepoint = true});
  {
    std::lock_guard lock(mutex_);
    if (stored) {
      running_ = run;
    } else {
      --open_;
    }
  }
  if (!stored) co_return std::unexpected(std::move(stored).error());
  const ImportStatus first = status;
  auto ended = [](const std::exception_ptr& failure) {
    if (failure) base::log_error("console", "an import ended by an exception", {});
  };
  asio::co_spawn(parts_.io.next(), this->run(std::move(run)), ended);
  co_return first;
}

Task<ImportStatus> UserImports::find(std::int64_t tenant_id, std::string import_id) {
  auto look = [&](store::Connection& c) -> Result<ImportStatus> {
    auto found = import_store::find(c, tenant_id, import_id);
    if (!found) {
      return Error(Errc::not_found,
                   "No such import is remembered; the last ten are. The same file may be sent again: what exists is "
                   "left as it is.");
    }
    return *std::move(found);
  };
  co_return co_await parts_.db.read(look);
}

Task<std::vector<ImportStatus>> UserImports::list(std::int64_t tenant_id) {
  auto look = [&](store::Connection& c) -> Result<std::vector<ImportStatus>> {
    return import_store::list(c, tenant_id);
  };
  co_return co_await parts_.db.read(look);
}

Task<ImportStatus> UserImports::cancel(std::int64_t tenant_id, std::string import_id) {
  auto mark = [&](store::Tx& tx) -> Result<bool> { return import_store::cancel(tx, tenant_id, import_id); };
  CO_TRY(const bool asked, co_await parts_.db.write(mark));
  CO_TRY(auto status, co_await find(tenant_id, import_id));
  if (!asked) co_return Error(Errc::conflict, "This import has ended already.");
  std::lock_guard lock(mutex_);
  if (running_ && running_->status.import_id == import_id) running_->cancelled = true;
  co_return status;
}

Task<std::vector<UserImports::HandedOut>> UserImports::take_passwords(std::int64_t tenant_id, std::string import_id,
                                                                      bool limited) {
  CO_TRY(auto status, co_await find(tenant_id, import_id));
  if (status.state == ImportStatus::State::running) {
    co_return Error(Errc::conflict, "The import is still running. Its passwords can be taken when it has ended.");
  }
  const auto none_left = [] {
    return Error(Errc::not_found,
                 "There are no passwords to hand out: none were made, or they were taken, which is possible once and "
                 "within a day.");
  };
  auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
    return import_store::passwords(c, import_id);
  };
  CO_TRY(auto parts, co_await parts_.db.read(look));
  std::vector<HandedOut> found;
  std::set<std::string> seen;  // a step that was tried twice kept them twice
  for (const auto& part : parts) {
    CO_TRY(auto opened, parts_.sealing_key.open(part));
    for (const auto& pair : boost::json::parse(opened).as_array()) {
      HandedOut one{.username = std::string(pair.at(0).as_string()), .password = std::string(pair.at(1).as_string())};
      if (!seen.insert(one.username).second) continue;
      auto account =
          co_await parts_.homeserver.account(matrix::make_user_id(one.username, parts_.homeserver.server_name()));
      if (!account && account.error().code() == Errc::not_found) continue;  // it could not be made
      CO_TRY(auto there, std::move(account));
      if (status.finished_ms && there.created_ms > *status.finished_ms) continue;  // somebody else's, made later
      CO_TRY(auto principal, co_await parts_.principals.for_account(there));
      if (principal.tenant_id != tenant_id) continue;  // moved meanwhile: not this tenant's to know
      if (limited && principal.role == net::Role::admin) {
        co_return Error(Errc::forbidden,
                        "There are administrators among them, and a key that is limited to scopes gets hold of none.");
      }
      found.push_back(std::move(one));
    }
  }
  // Only after all were opened; of two who come at once one takes them.
  auto drop = [&](store::Tx& tx) -> Result<bool> { return import_store::drop_passwords(tx, import_id); };
  CO_TRY(const bool ours, co_await parts_.db.write(drop));
  if (!ours || found.empty()) co_return none_left();
  co_return found;
}

Task<Unit> UserImports::keep_passwords(Run& run, std::span<const ImportRow> rows, const std::vector<Standing>& there) {
  boost::json::array made;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].generated && there[i] == Standing::free)
      made.push_back(boost::json::array{rows[i].username, *rows[i].password});
  }
  if (made.empty()) co_return Unit{};
  auto sealed = parts_.sealing_key.seal(boost::json::serialize(made));
  auto keep = [&](store::Tx& tx) -> Result<Unit> {
    import_store::keep_passwords(tx, run.status.import_id, sealed, made.size(), parts_.clock.unix_ms());
    return Unit{};
  };
  co_return co_await parts_.db.write(keep);
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
      if (open_ == 0) co_return Unit{};
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
  const auto time = parts_.clock.unix_ms();
  if (!now && time - run.published_ms < kPublishEveryMs) return;
  run.published_ms = time;
  parts_.bus.publish(kImportChannel, boost::json::serialize(import_view(run.status, false)));
}

Result<Unit> UserImports::go_on(Run& run) {
  if (run.cancelled) {
    run.status.reason = ImportStatus::Reason::cancelled;
    return Error(Errc::conflict, "It was cancelled. What was made until then stays; the same file goes on from there.");
  }
  if (is_stopping()) {
    run.status.reason = ImportStatus::Reason::interrupted;
    return Error(Errc::unavailable, "The server was stopped. The same file goes on from here.");
  }
  if (run.disowned) return Error(Errc::conflict, "Another process took this one for dead and ended the import.");
  return Unit{};
}

Task<Unit> UserImports::save(Run& run) {
  const std::span<const LineError> fresh = std::span(run.status.errors).subspan(run.stored_errors);
  auto put = [&](store::Tx& tx) -> Result<std::optional<bool>> {
    return import_store::progress(tx, run.status, fresh, parts_.clock.unix_ms());
  };
  auto cancelled = co_await parts_.db.write(put, {.lane = store::Lane::bulk});
  if (!cancelled && !may_pass(cancelled.error())) co_return std::unexpected(std::move(cancelled).error());
  if (cancelled) {
    run.stored_errors = run.status.errors.size();
    run.disowned = !cancelled->has_value();
    if (cancelled->value_or(false)) run.cancelled = true;
  }
  co_return go_on(run);
}

template <class Attempt>
std::invoke_result_t<Attempt&> UserImports::insist(Run& run, Attempt attempt) {
  auto wait = kFirstPause;
  for (int tries = 1;; ++tries, wait = std::min(wait * 2, kLongestPause)) {
    auto outcome = co_await attempt();
    if (outcome || tries == kTries || !may_pass(outcome.error()) || !go_on(run)) co_return outcome;
    co_await pause(wait);
    CO_TRY(co_await save(run));
  }
}

Task<Unit> UserImports::finish(Run& run) {
  auto& status = run.status;
  identity::AuditRecord record = run.order.who;
  record.action = "user.import_end";
  record.detail = {{"import_id", status.import_id}, {"rows", status.total},           {"created", status.created},
                   {"existed", status.existed},     {"failed", status.errors.size()}, {"joined", status.joined}};
  if (!status.error.empty()) record.detail["error"] = status.error;
  const std::span<const LineError> fresh = std::span(status.errors).subspan(run.stored_errors);
  auto put = [&](store::Tx& tx) -> Result<Unit> {
    if (import_store::finish(tx, status, fresh) && !status.dry_run) parts_.audit.append(tx, record);
    return Unit{};
  };
  Result<Unit> stored = Unit{};
  auto wait = kFirstPause;
  for (int tries = 0; tries < kTries; ++tries, wait = std::min(wait * 2, kLongestPause)) {
    stored = co_await parts_.db.write(put);
    if (stored || !may_pass(stored.error()) || is_stopping()) break;
    co_await pause(wait);
  }
  parts_.bus.ring(bus::Topic::audit, 0);
  co_return stored;
}

asio::awaitable<void> UserImports::run(std::shared_ptr<Run> run) {
  publish(*run, true);
  Result<Unit> outcome = Error(Errc::internal);
  try {
    outcome = co_await make_all(*run);
  } catch (const std::exception& error) {
    outcome = Error(Errc::internal, "The import failed inside the server.", error.what());
  }
  auto& status = run->status;
  run->plan = {};  // passwords are in there
  if (!outcome) {
    status.error = outcome.error().message();
    base::log_warning("console", "an import of users stopped",
                      {{"reason", status.error}, {"detail", outcome.error().detail()}});
  }
  status.finished_ms = parts_.clock.unix_ms();
  status.state = outcome ? ImportStatus::State::done : ImportStatus::State::failed;
  if (auto stored = co_await finish(*run); !stored) {
    // It stands there as running, and is called interrupted before long.
    base::log_error("console", "the end of an import of users could not be stored",
                    {{"reason", stored.error().message()}, {"detail", stored.error().detail()}});
  }
  publish(*run, true);
  parts_.bus.ring(bus::Topic::users, 0);
  std::lock_guard lock(mutex_);
  --open_;
  if (running_ == run) running_ = nullptr;
}

Task<Unit> UserImports::make_all(Run& run) {
  std::span<const ImportRow> rest(run.plan.rows);
  while (!rest.empty()) {
    CO_TRY(go_on(run));
    // Rows of one sort, in the order of the file.
    const bool hashed = rest.front().password.has_value() && !run.order.dry_run;
    const auto most = std::min(rest.size(), hashed ? kPasswordsAtOnce : kRowsAtOnce);
    std::size_t count = 1;
    while (count < most && (run.order.dry_run || rest[count].password.has_value() == hashed)) ++count;
    const auto part = rest.subspan(0, count);
    if (run.order.dry_run) {
      CO_TRY(co_await look_only(run, part));
    } else {
      CO_TRY(co_await make_some(run, part));
    }
    rest = rest.subspan(count);
    if (!rest.empty()) {
      CO_TRY(co_await save(run));
    }
    publish(run, false);
  }
  co_return Unit{};
}

Task<std::vector<UserImports::Standing>> UserImports::standing(Run& run, std::span<const ImportRow> rows) {
  const auto house = run.order.who.tenant_id;
  std::vector<Standing> found;
  for (const auto& row : rows) {
    auto account = co_await insist(run, [&] { return parts_.homeserver.account(user_id(row)); });
    if (!account && account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
    found.push_back(account ? Standing::ours : Standing::free);
    if (!account || run.order.whole_server) continue;
    CO_TRY(auto of, co_await insist(run, [&] { return parts_.principals.tenant_of(user_id(row)); }));
    if (of != house) found.back() = Standing::elsewhere;
  }
  co_return found;
}

Task<std::vector<ImportRow>> UserImports::within_reach(Run& run, std::span<const ImportRow> rows) {
  CO_TRY(auto there, co_await standing(run, rows));
  std::vector<ImportRow> reached;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (there[i] != Standing::elsewhere) {
      reached.push_back(rows[i]);
      continue;
    }
    ++run.status.done;
    run.status.errors.push_back(
        {.line = rows[i].line, .message = rows[i].username + " is taken by somebody who is not yours"});
  }
  co_return reached;
}

Task<Unit> UserImports::look_only(Run& run, std::span<const ImportRow> rows) {
  CO_TRY(auto reached, co_await within_reach(run, rows));
  CO_TRY(auto there, co_await standing(run, reached));
  const auto existed = static_cast<std::size_t>(std::ranges::count(there, Standing::ours));
  run.status.done += reached.size();
  run.status.existed += existed;
  run.status.created += reached.size() - existed;
  co_return Unit{};
}

Task<Unit> UserImports::make_some(Run& run, std::span<const ImportRow> all) {
  CO_TRY(const auto rows, co_await within_reach(run, all));
  if (rows.empty()) co_return Unit{};
  // What exists beforehand is what existed, also when a try fails after it made some.
  CO_TRY(auto there, co_await standing(run, rows));
  const bool flags = run.order.who.tenant_id == identity::kDefaultTenant;
  CO_TRY(co_await insist(run, [&] { return keep_passwords(run, rows, there); }));
  std::vector<matrix::NewAccount> wanted;
  for (const auto& row : rows) {
    wanted.push_back({.localpart = row.username,
                      .password = row.password,
                      .kind = matrix::AccountKind::person,
                      .admin = flags && row.role == net::Role::admin,
                      .display_name = row.display_name});
  }
  int tries = 0;
  auto made = co_await insist(run, [&] {
    ++tries;
    return parts_.homeserver.make_accounts(wanted, run.order.room_id, {});
  });
  if (!made && rows.size() > 1 && made.error().code() == Errc::invalid_param) {
    // One of them is not to the homeserver's taste: alone, each answers for itself.
    for (const auto& row : rows) {
      CO_TRY(co_await make_some(run, std::span(&row, 1)));
    }
    co_return Unit{};
  }
  if (!made && made.error().code() == Errc::invalid_param) {
    ++run.status.done;
    run.status.errors.push_back({.line = rows.front().line, .message = made.error().message()});
    co_return Unit{};
  }
  CO_TRY(auto now, co_await standing(run, rows));
  std::vector<bool> fresh(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    fresh[i] = there[i] == Standing::free && now[i] != Standing::free;
    // Somebody else may have taken the name in this moment: it is ours only if we made it.
    if (made && tries == 1) fresh[i] = (*made)[i].created;
  }
  CO_TRY(co_await settle(run, rows, fresh));
  auto& status = run.status;
  status.created += static_cast<std::size_t>(std::ranges::count(fresh, true));
  if (!made) {
    status.existed += static_cast<std::size_t>(std::ranges::count(there, Standing::ours));
    status.done += rows.size() - static_cast<std::size_t>(std::ranges::count(now, Standing::free));
    co_return std::unexpected(std::move(made).error());
  }
  status.done += rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& one = (*made)[i];
    if (!fresh[i]) ++status.existed;
    if (one.joined) ++status.joined;
    if (run.order.room_id && !one.joined) {
      status.errors.push_back(
          {.line = rows[i].line, .message = rows[i].username + " could not enter the room: banned there, or closed"});
      // It counts as failed, not twice.
      --(fresh[i] ? status.created : status.existed);
    }
  }
  co_return Unit{};
}

Task<Unit> UserImports::settle(Run& run, std::span<const ImportRow> rows, std::vector<bool> made) {
  const auto house = run.order.who.tenant_id;
  const bool elsewhere = house != identity::kDefaultTenant;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    if (!made[i] || (row.role != net::Role::operator_ && !elsewhere)) continue;
    CO_TRY(auto account, co_await insist(run, [&] { return parts_.homeserver.account(user_id(row)); }));
    CO_TRY(auto principal, co_await insist(run, [&] { return parts_.principals.for_account(account, house); }));
    if (principal.tenant_id != house) {  // somebody saw it first
      CO_TRY(co_await insist(run, [&] { return parts_.tenants.move(principal.user_id, house); }));
    }
    if (row.role == net::Role::member) continue;
    CO_TRY(co_await insist(run, [&] { return parts_.principals.set_role(principal.user_id, row.role); }));
  }
  co_return Unit{};
}

}  // namespace troupe::console
