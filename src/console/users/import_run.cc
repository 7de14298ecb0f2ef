#include "console/users/import_run.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "console/users/import_store.h"
#include "console/users/user_shapes.h"
#include "matrix/ids.h"

namespace troupe::console::users {
namespace {

constexpr std::size_t kRowsAtOnce = 250;
/// Each password takes a core some 15 ms or more to hash: small steps keep the progress moving.
constexpr std::size_t kPasswordsAtOnce = 10;
constexpr int kTries = 30;
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr std::int64_t kPublishEveryMs = 200;

bool may_pass(const Error& error) {
  return error.code() == Errc::unavailable || error.code() == Errc::limit_exceeded || error.code() == Errc::timed_out;
}

asio::awaitable<void> rest(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

template <class Attempt>
std::invoke_result_t<Attempt&> ImportRun::insist(Attempt attempt) {
  auto wait = kFirstPause;
  for (int tries = 1;; ++tries, wait = std::min(wait * 2, kLongestPause)) {
    auto outcome = co_await attempt();
    if (outcome || tries == kTries || !may_pass(outcome.error()) || !go_on()) co_return outcome;
    co_await rest(wait);
    CO_TRY(co_await save());
  }
}

asio::awaitable<void> ImportRun::run() {
  publish(true);
  Result<Unit> outcome = Error(Errc::internal);
  try {
    outcome = co_await make_all();
  } catch (const std::exception& error) {
    outcome = Error(Errc::internal, "The import failed inside the server.", error.what());
  }
  plan_ = {};  // passwords are in there
  if (!outcome) {
    status_.error = outcome.error().message();
    base::log_warning("console", "an import of users stopped",
                      {{"reason", status_.error}, {"detail", outcome.error().detail()}});
  }
  status_.finished_ms = parts_.clock.unix_ms();
  status_.state = outcome ? ImportStatus::State::done : ImportStatus::State::failed;
  if (auto stored = co_await finish(); !stored) {
    // It stands there as running, and is called interrupted before long.
    base::log_error("console", "the end of an import of users could not be stored",
                    {{"reason", stored.error().message()}, {"detail", stored.error().detail()}});
  }
  publish(true);
  parts_.bus.ring(bus::Topic::users, 0);
}

Task<Unit> ImportRun::make_all() {
  std::span<const ImportRow> rest(plan_.rows);
  while (!rest.empty()) {
    CO_TRY(go_on());
    // Rows of one sort, in the order of the file.
    const bool hashed = rest.front().password.has_value() && !order_.dry_run;
    const auto most = std::min(rest.size(), hashed ? kPasswordsAtOnce : kRowsAtOnce);
    std::size_t count = 1;
    while (count < most && (order_.dry_run || rest[count].password.has_value() == hashed)) ++count;
    const auto part = rest.subspan(0, count);
    if (order_.dry_run) {
      CO_TRY(co_await look_only(part));
    } else {
      CO_TRY(co_await make_some(part));
    }
    rest = rest.subspan(count);
    if (!rest.empty()) {
      CO_TRY(co_await save());
    }
    publish(false);
  }
  co_return Unit{};
}

Task<Unit> ImportRun::look_only(std::span<const ImportRow> rows) {
  CO_TRY(auto reached, co_await within_reach(rows));
  CO_TRY(auto there, co_await standing(reached));
  const auto existed = static_cast<std::size_t>(std::ranges::count(there, Standing::ours));
  status_.done += reached.size();
  status_.existed += existed;
  status_.created += reached.size() - existed;
  co_return Unit{};
}

Task<Unit> ImportRun::make_some(std::span<const ImportRow> all) {
  CO_TRY(const auto rows, co_await within_reach(all));
  if (rows.empty()) co_return Unit{};
  // What exists beforehand is what existed, also when a try fails after it made some.
  CO_TRY(auto there, co_await standing(rows));
  const bool flags = order_.who.tenant_id == identity::kDefaultTenant;
  CO_TRY(co_await insist([&] { return keep_passwords(rows, there); }));
  std::vector<matrix::NewAccount> wanted;
  wanted.reserve(rows.size());
  for (const auto& row : rows) {
    wanted.push_back({.localpart = row.username,
                      .password = row.password,
                      .kind = matrix::AccountKind::person,
                      .admin = flags && row.role == net::route::Role::admin,
                      .display_name = row.display_name});
  }
  int tries = 0;
  auto make = [&] {
    ++tries;
    return parts_.accounts.create_accounts(wanted, order_.room_id, {});
  };
  auto made = co_await insist(make);
  if (!made && rows.size() > 1 && made.error().code() == Errc::invalid_param) {
    // One of them is not to the homeserver's taste: alone, each answers for itself.
    for (const auto& row : rows) {
      CO_TRY(co_await make_some(std::span(&row, 1)));
    }
    co_return Unit{};
  }
  if (!made && made.error().code() == Errc::invalid_param) {
    ++status_.done;
    status_.errors.push_back({.line = rows.front().line, .message = made.error().message()});
    co_return Unit{};
  }
  CO_TRY(auto now, co_await standing(rows));
  std::vector<bool> fresh(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    fresh[i] = there[i] == Standing::free && now[i] != Standing::free;
    // Somebody else may have taken the name in this moment: it is ours only if we made it.
    if (made && tries == 1) fresh[i] = (*made)[i].created;
  }
  CO_TRY(co_await settle(rows, fresh));
  status_.created += static_cast<std::size_t>(std::ranges::count(fresh, true));
  if (!made) {
    status_.existed += static_cast<std::size_t>(std::ranges::count(there, Standing::ours));
    status_.done += rows.size() - static_cast<std::size_t>(std::ranges::count(now, Standing::free));
    co_return std::unexpected(std::move(made).error());
  }
  status_.done += rows.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& one = (*made)[i];
    if (!fresh[i]) ++status_.existed;
    if (one.joined) ++status_.joined;
    if (order_.room_id && !one.joined) {
      status_.errors.push_back(
          {.line = rows[i].line, .message = rows[i].username + " could not enter the room: banned there, or closed"});
      // It counts as failed, not twice.
      --(fresh[i] ? status_.created : status_.existed);
    }
  }
  co_return Unit{};
}

Task<std::vector<ImportRun::Standing>> ImportRun::standing(std::span<const ImportRow> rows) {
  const auto house = order_.who.tenant_id;
  std::vector<Standing> found;
  for (const auto& row : rows) {
    auto account = co_await insist([&] { return parts_.accounts.account(user_id(row)); });
    if (!account && account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
    found.push_back(account ? Standing::ours : Standing::free);
    if (!account || order_.whole_server) continue;
    CO_TRY(auto of, co_await insist([&] { return parts_.principals.tenant_of(user_id(row)); }));
    if (of != house) found.back() = Standing::elsewhere;
  }
  co_return found;
}

Task<std::vector<ImportRow>> ImportRun::within_reach(std::span<const ImportRow> rows) {
  CO_TRY(auto there, co_await standing(rows));
  std::vector<ImportRow> reached;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (there[i] != Standing::elsewhere) {
      reached.push_back(rows[i]);
      continue;
    }
    ++status_.done;
    status_.errors.push_back(
        {.line = rows[i].line, .message = rows[i].username + " is taken by somebody who is not yours"});
  }
  co_return reached;
}

Task<Unit> ImportRun::keep_passwords(std::span<const ImportRow> rows, const std::vector<Standing>& there) {
  boost::json::array made;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].generated && there[i] == Standing::free)
      made.push_back(boost::json::array{rows[i].username, *rows[i].password});
  }
  if (made.empty()) co_return Unit{};
  auto sealed = parts_.sealing_key.seal(boost::json::serialize(made));
  const auto now = parts_.clock.unix_ms();
  auto keep = [&](store::Tx& tx) -> Result<Unit> {
    import_store::keep_passwords(tx, import_id_, sealed, made.size(), now);
    return Unit{};
  };
  co_return co_await parts_.db.write(keep);
}

Task<Unit> ImportRun::settle(std::span<const ImportRow> rows, std::vector<bool> made) {
  const auto house = order_.who.tenant_id;
  const bool elsewhere = house != identity::kDefaultTenant;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    if (!made[i] || (row.role != net::route::Role::operator_ && !elsewhere)) continue;
    CO_TRY(auto account, co_await insist([&] { return parts_.accounts.account(user_id(row)); }));
    CO_TRY(auto principal, co_await insist([&] { return parts_.principals.for_account(account, house); }));
    if (principal.tenant_id != house) {  // somebody saw it first
      CO_TRY(co_await insist([&] { return parts_.tenants.move(principal.user_id, house); }));
    }
    if (row.role == net::route::Role::member) continue;
    CO_TRY(co_await insist([&] { return parts_.principals.set_role(principal.user_id, row.role); }));
  }
  co_return Unit{};
}

Result<Unit> ImportRun::go_on() {
  if (cancelled_) {
    status_.reason = ImportStatus::Reason::cancelled;
    return Error(Errc::conflict, "It was cancelled. What was made until then stays; the same file goes on from there.");
  }
  if (stopping_) {
    status_.reason = ImportStatus::Reason::interrupted;
    return Error(Errc::unavailable, "The server was stopped. The same file goes on from here.");
  }
  if (disowned_) return Error(Errc::conflict, "Another process took this one for dead and ended the import.");
  return Unit{};
}

Task<Unit> ImportRun::save() {
  const std::span<const LineError> fresh = std::span(status_.errors).subspan(stored_errors_);
  const auto now = parts_.clock.unix_ms();
  auto put = [&](store::Tx& tx) -> Result<std::optional<bool>> {
    return import_store::progress(tx, status_, fresh, now);
  };
  auto cancelled = co_await parts_.db.write(put, {.lane = store::Lane::bulk});
  if (!cancelled && !may_pass(cancelled.error())) co_return std::unexpected(std::move(cancelled).error());
  if (cancelled) {
    stored_errors_ = status_.errors.size();
    disowned_ = !cancelled->has_value();
    if (cancelled->value_or(false)) cancelled_ = true;
  }
  co_return go_on();
}

Task<Unit> ImportRun::finish() {
  identity::AuditRecord record = order_.who;
  record.action = "user.import_end";
  record.detail = {{"import_id", import_id_},    {"rows", status_.total},           {"created", status_.created},
                   {"existed", status_.existed}, {"failed", status_.errors.size()}, {"joined", status_.joined}};
  if (!status_.error.empty()) record.detail["error"] = status_.error;
  const std::span<const LineError> fresh = std::span(status_.errors).subspan(stored_errors_);
  const auto now = parts_.clock.unix_ms();
  auto put = [&](store::Tx& tx) -> Result<Unit> {
    if (import_store::finish(tx, status_, fresh) && !status_.dry_run) parts_.audit.append(tx, record, now);
    return Unit{};
  };
  Result<Unit> stored = Unit{};
  auto wait = kFirstPause;
  for (int tries = 0; tries < kTries; ++tries, wait = std::min(wait * 2, kLongestPause)) {
    stored = co_await parts_.db.write(put);
    if (stored || !may_pass(stored.error()) || stopping_) break;
    co_await rest(wait);
  }
  parts_.bus.ring(bus::Topic::audit, 0);
  co_return stored;
}

std::string ImportRun::user_id(const ImportRow& row) const {
  return matrix::make_user_id(row.username, parts_.accounts.server_name());
}

void ImportRun::publish(bool now) {
  const auto time = parts_.clock.unix_ms();
  if (!now && time - published_ms_ < kPublishEveryMs) return;
  published_ms_ = time;
  auto shown = api::write(status_);
  shown.erase("errors");
  parts_.bus.publish(kImportChannel, boost::json::serialize(shown));
}

}  // namespace troupe::console::users
