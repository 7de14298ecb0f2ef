#include "console/users/user_import.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <set>

#include "base/crypto.h"
#include "base/log.h"
#include "console/users/import_store.h"
#include "matrix/ids.h"

namespace troupe::console::users {
namespace {

constexpr std::chrono::seconds kStopPatience{10};
/// A running import stores its numbers after each step and between tries: much more often than this.
constexpr std::int64_t kDeadAfterMs = 120'000;
/// How long passwords wait to be taken.
constexpr std::int64_t kPasswordsKeptMs = 24LL * 3'600'000;

asio::awaitable<void> pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

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
  const auto now = parts_.clock.unix_ms();
  const ImportStatus first{.import_id = base::random_alphanumeric(16),
                           .tenant_id = order.who.tenant_id,
                           .dry_run = order.dry_run,
                           .room_id = order.room_id,
                           .total = plan.rows.size() + plan.errors.size(),
                           .done = plan.errors.size(),
                           .error = {},
                           .errors = plan.errors,
                           .started_ms = now,
                           .finished_ms = std::nullopt};
  auto run = std::make_shared<ImportRun>(parts_, stopping_, std::move(plan), std::move(order), first);
  auto insert = [&](store::Tx& tx) -> Result<Unit> {
    import_store::interrupt(tx, std::nullopt, now - kDeadAfterMs, now);
    if (import_store::any_running(tx)) {
      return Error(Errc::conflict, "Another import is running. Wait until it is done, or cancel it.");
    }
    import_store::insert(tx, first, parts_.holder, now);
    return Unit{};
  };
  {
    const base::Lock lock(mutex_);
    if (stopping_) co_return Error(Errc::unavailable, "The server is stopping.");
    ++open_;
  }
  auto stored = co_await parts_.db.write(insert, {.savepoint = true});
  {
    const base::Lock lock(mutex_);
    if (stored) {
      running_ = run;
    } else {
      --open_;
    }
  }
  if (!stored) co_return std::unexpected(std::move(stored).error());
  auto ended = [](const std::exception_ptr& failure) {
    if (failure) base::log_error("console", "an import ended by an exception", {});
  };
  asio::co_spawn(parts_.io.next(), work(std::move(run)), ended);
  co_return first;
}

asio::awaitable<void> UserImports::work(std::shared_ptr<ImportRun> run) {
  co_await run->run();
  const base::Lock lock(mutex_);
  --open_;
  if (running_ == run) running_ = nullptr;
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
  const base::Lock lock(mutex_);
  if (running_ && running_->import_id() == import_id) running_->cancel();
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
          co_await parts_.accounts.account(matrix::make_user_id(one.username, parts_.accounts.server_name()));
      if (!account && account.error().code() == Errc::not_found) continue;  // it could not be made
      CO_TRY(auto there, std::move(account));
      if (status.finished_ms && there.created_ms > *status.finished_ms) continue;  // somebody else's, made later
      CO_TRY(auto principal, co_await parts_.principals.for_account(there));
      if (principal.tenant_id != tenant_id) continue;  // moved meanwhile: not this tenant's to know
      if (limited && principal.role == net::route::Role::admin) {
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

Task<Unit> UserImports::stop() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  const auto until = std::chrono::steady_clock::now() + kStopPatience;
  for (;;) {
    {
      const base::Lock lock(mutex_);
      if (open_ == 0) co_return Unit{};
    }
    if (std::chrono::steady_clock::now() >= until) {
      co_return Error(Errc::timed_out, "An import of users did not end in time.");
    }
    co_await pause(std::chrono::milliseconds(20));
  }
}

}  // namespace troupe::console::users
