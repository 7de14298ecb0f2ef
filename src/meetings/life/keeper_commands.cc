// What the Keeper has bots told, and how long it waits for them to follow.
#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "meetings/life/keeper_live.h"

namespace troupe::meetings::life {

namespace json = boost::json;

std::string leave_body(MeetingId meeting) {
  return json::serialize(json::object{{"action", "leave"}, {"meeting_id", meeting}});
}

std::string reconfigure_body(const Meeting& meeting, const std::string& connection_id) {
  json::object body{{"action", "reconfigure"}, {"uid", connection_id}, {"language", nullptr}};
  if (!meeting.wanted_language.empty()) body["language"] = meeting.wanted_language;
  body["task"] = meeting.wanted_task;
  body["meeting_id"] = meeting.id;
  return json::serialize(body);
}

void Keeper::announce(const Outcome& outcome) const {
  if (uses_.courier && outcome.shows) uses_.courier->announce(outcome.kept.meeting);
}

asio::awaitable<bool> Keeper::is_told(const records::Kept& kept, std::string body) {
  if (!uses_.courier) co_return false;
  const auto heard = co_await uses_.courier->tell(
      {.meeting = kept.meeting.id, .connection_id = kept.attempt->connection_id, .body = std::move(body)});
  if (!heard) {
    base::log_warning("meetings", "A bot could not be told; that is tried again.",
                      {{"meeting", kept.meeting.id}, {"reason", heard.error().message()}});
  }
  co_return heard && *heard > 0;
}

asio::awaitable<Keeper::Wait> Keeper::reconfigure(records::Kept kept, LivePtr live) {
  const auto& meeting = kept.meeting;
  const Wait waited(uses_.clock.unix_ms() - meeting.waiting_ms);
  // Before it was told, too: then the wall clock was set back, and nobody knows how long it has been.
  if (waited >= timing_.reconfigure || waited < Wait(0)) {
    const bool was_heard = live->told_change == meeting.transitions;
    co_return co_await recorded(
        meeting.id, {.input = {.kind = Input::Kind::not_applied},
                     .actor = {.label = std::string(kOwnActor)},
                     .cause = was_heard ? "its bot heard of it, and did not follow in time; what was goes on"
                                        : "its bot does not listen to commands; what was goes on",
                     .attempt = meeting.life.attempts});
  }
  if (live->told_change != meeting.transitions) {
    const auto change = meeting.transitions;
    if (co_await is_told(kept, reconfigure_body(meeting, kept.attempt->connection_id))) live->told_change = change;
  }
  if (stopping_.stop_requested() || !is_mine()) co_return timing_.ask_again;
  const bool is_heard = live->told_change == meeting.transitions;
  const auto at_most = is_heard ? timing_.reconfigure - waited : timing_.ask_again;
  co_return std::min(co_await watch(std::move(kept), std::move(live)), at_most);
}

asio::awaitable<std::optional<Keeper::Wait>> Keeper::ask_to_leave(const records::Kept& kept, LivePtr live) {
  const auto& attempt = *kept.attempt;
  const auto& life = kept.meeting.life;
  // One that ends by itself needs no word, and one that is not known to have started hears none.
  const bool is_asked = life.evidence == Evidence::clock || life.evidence == Evidence::user;
  if (!reaches_bots() || !attempt.started_ms || !is_asked || is_terminal(life.state)) co_return std::nullopt;
  const Wait waited(uses_.clock.unix_ms() - attempt.leaving_ms.value_or(0));
  if (waited < Wait(0) || waited >= timing_.grace) co_return std::nullopt;
  if (live->left != attempt.number) {
    if (co_await is_told(kept, leave_body(kept.meeting.id))) {
      live->left = attempt.number;
    } else if (waited >= std::min(timing_.reach, timing_.grace)) {
      co_return std::nullopt;  // SIGTERM is the word to leave for those that do not listen
    }
    if (stopping_.stop_requested() || !is_mine()) co_return timing_.ask_again;
  }
  auto* driver = driver_of(kept.meeting);
  if (!driver) co_return std::nullopt;
  if (live->recovered != attempt.number) {
    const auto found = co_await find_task(kept, driver);
    if (!found || !*found) co_return std::nullopt;
    live->recovered = attempt.number;
  }
  const auto status = co_await driver->inspect(attempt.task_id);
  if (!status || status->state != runtime::TaskState::running) co_return std::nullopt;
  if (live->left != attempt.number) co_return timing_.ask_again;
  // Its driver says when it has ended.
  co_return std::clamp(timing_.grace - waited, Wait(1), timing_.look_every);
}

}  // namespace troupe::meetings::life
