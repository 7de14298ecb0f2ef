#include "remote/account_sync.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"

namespace troupe::remote {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongPoll = 30'000ms;
constexpr auto kPatienceBeyond = 15'000ms;
constexpr auto kFirstPause = 500ms;
constexpr auto kLongestPause = 30'000ms;
constexpr int kGapPages = 10;
constexpr int kGapPage = 100;
constexpr auto kStopPatience = 5'000ms;
/// Little more than the timeline: the feed needs messages, memberships and redactions.
constexpr std::string_view kFilter =
    R"({"presence":{"not_types":["*"]},"account_data":{"not_types":["*"]},"room":{"ephemeral":{"not_types":["*"]},)"
    R"("account_data":{"not_types":["*"]},"state":{"lazy_load_members":true},"timeline":{"limit":100}}})";
/// The same while somebody observes what is ephemeral.
constexpr std::string_view kFilterWithEphemeral =
    R"({"account_data":{"not_types":["*"]},"room":{"ephemeral":{"types":["m.typing","m.receipt"]},)"
    R"("account_data":{"not_types":["*"]},"state":{"lazy_load_members":true},"timeline":{"limit":100}}})";

}  // namespace

AccountSync::AccountSync(Parts parts)
    : parts_(std::move(parts)),
      tasks_(parts_.home),
      stop_(parts_.home),
      events_total_(
          parts_.metrics.counter("troupe_remote_events_total", "Events that came from the other homeserver.", {"by"})
              .with({"sync"})) {}

Task<Unit> AccountSync::start() {
  auto look = [](store::Connection& c) -> Result<std::vector<std::string>> { return syncing_accounts(c); };
  CO_TRY(auto accounts, co_await parts_.db.read(look));
  for (auto& user_id : accounts) add(std::move(user_id));
  co_return Unit{};
}

void AccountSync::add(std::string user_id) {
  if (stop_.stop_requested() || !followed_.insert(user_id).second) return;
  tasks_.spawn("sync", follow(std::move(user_id)));
}

asio::awaitable<void> AccountSync::stop() {
  stop_.request_stop();
  for (auto& signal : signals_) signal.emit(asio::cancellation_type::terminal);
  if (!co_await tasks_.join(kStopPatience)) base::log_warning("remote", "some /sync requests did not end in time");
}

asio::awaitable<void> AccountSync::follow(std::string user_id) {
  auto& signal = signals_.emplace_back();
  auto pause = std::chrono::milliseconds(kFirstPause);
  while (!stop_.stop_requested()) {
    auto [failed, done] = co_await asio::co_spawn(
        parts_.home, step(user_id), asio::bind_cancellation_slot(signal.slot(), asio::as_tuple(asio::use_awaitable)));
    if (stop_.stop_requested()) co_return;
    if (failed) std::rethrow_exception(failed);
    if (done) {
      failing_.erase(user_id);
      pause = kFirstPause;
      continue;
    }
    if (failing_.insert(user_id).second) {
      base::log_warning("remote", "The homeserver's /sync fails; trying again.",
                        {{"user", user_id}, {"reason", done.error().message()}, {"detail", done.error().detail()}});
    }
    if (done.error().detail().starts_with("HTTP 401")) static_cast<void>(co_await parts_.tokens.drop(user_id));
    if (!co_await stop_.sleep(std::max(pause, done.error().retry_after()))) co_return;
    pause = std::min<std::chrono::milliseconds>(pause * 2, kLongestPause);
  }
}

Task<Unit> AccountSync::step(const std::string& user_id) {
  auto look = [&](store::Connection& c) -> Result<std::string> {
    auto account = find_account(c, user_id);
    if (!account) return Error(Errc::not_found, "The account " + user_id + " is not kept here any more.");
    return account->since;
  };
  CO_TRY(auto since, co_await parts_.db.read(look));
  CO_TRY(auto acting, co_await parts_.tokens.acting_as(user_id));
  const bool first = since.empty();
  const bool observed = !parts_.observers.empty();
  ApiCall call{.path = "/_matrix/client/v3/sync", .token = acting.token, .patience = kLongPoll + kPatienceBeyond};
  call.query = {{"filter", std::string(observed ? kFilterWithEphemeral : kFilter)}, {"set_presence", "offline"}};
  call.query.emplace_back("timeout", first || failing_.contains(user_id) ? "0" : std::to_string(kLongPoll.count()));
  if (!first) call.query.emplace_back("since", since);
  if (!acting.as_user.empty()) call.query.emplace_back("user_id", acting.as_user);
  CO_TRY(auto answer, co_await parts_.api.call(std::move(call)));
  CO_TRY(auto batch, read_sync(answer, user_id, first));
  std::vector<Incoming> events;
  auto member_of = [&](store::Connection& c) -> Result<Unit> {
    // What was said in a room before the account came is none of its business.
    std::erase_if(batch.gaps, [&](const Gap& gap) { return !is_joined(c, user_id, gap.room_id); });
    return Unit{};
  };
  CO_TRY(co_await parts_.db.read(member_of));
  for (auto& gap : batch.gaps) {
    CO_TRY(auto older, co_await fill(acting, std::move(gap)));
    std::ranges::move(older, std::back_inserter(events));
  }
  std::ranges::move(batch.events, std::back_inserter(events));
  if (batch.next_batch == since && events.empty()) co_return Unit{};
  auto write = [&, now = parts_.clock.unix_ms()](store::Tx& tx) -> Result<Unit> {
    insert_events(tx, events, now);
    update_since(tx, user_id, batch.next_batch);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(write));
  events_total_.add(static_cast<std::int64_t>(events.size()));
  // What was under way before the account was looked at first is no news.
  if (observed && !first) {
    for (const auto& edu : read_sync_ephemeral(answer)) parts_.observers.tell(edu);
  }
  co_return Unit{};
}

Task<std::vector<Incoming>> AccountSync::fill(const Acting& acting, Gap gap) {
  std::vector<Incoming> found;  // newest first
  auto from = gap.before;
  for (int page = 0; page < kGapPages; ++page) {
    ApiCall call{.path = "/_matrix/client/v3/rooms" + segments({gap.room_id}) + "/messages", .token = acting.token};
    call.query = {{"dir", "b"}, {"from", from}, {"limit", std::to_string(kGapPage)}};
    if (!acting.as_user.empty()) call.query.emplace_back("user_id", acting.as_user);
    CO_TRY(auto answer, co_await parts_.api.call(std::move(call)));
    const auto* chunk = matrix::find_array(answer, "chunk");
    if (!chunk || chunk->empty()) break;
    std::vector<Incoming> events;
    for (const auto& value : *chunk) {
      if (!value.is_object()) continue;
      if (auto event = read_event(value.get_object(), gap.room_id)) events.push_back(*std::move(event));
    }
    auto known = [&](store::Connection& c) -> Result<std::size_t> {
      std::size_t at = 0;
      while (at < events.size() && !has_event(c, events[at].key)) ++at;
      return at;
    };
    CO_TRY(auto fresh, co_await parts_.db.read(known));
    const bool met = fresh < events.size();
    for (std::size_t i = 0; i < fresh; ++i) found.push_back(std::move(events[i]));
    const auto end = matrix::find_string(answer, "end");
    if (met || !end) break;
    from = *end;
  }
  std::ranges::reverse(found);
  co_return found;
}

}  // namespace troupe::remote
