#include "fleet/brains/late_answers.h"

#include <boost/asio/this_coro.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/async.h"
#include "base/crypto.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::string_view kChannel = "fleet.late";
/// How often a waiter looks without being rung: the bell may be lost with the bus.
constexpr std::chrono::milliseconds kLookForLateEvery{1'000};
constexpr std::size_t kLateTokenBytes = 43;
constexpr base::UnixMs kAnswerKeptMs = 24 * 3'600'000;

std::string late_hash_of(std::string_view text) {
  auto digest = base::sha256(text);
  return base::hex(base::Bytes(digest.data(), digest.size()));
}

boost::json::object parse_answer(const std::string& text) {
  boost::system::error_code ec;
  auto json = boost::json::parse(text, ec);
  return json.is_object() ? std::move(json.get_object()) : boost::json::object();
}

}  // namespace

Task<LateAnswers::Issued> LateAnswers::issue(std::string bot_user_id, std::string event_id,
                                             std::chrono::milliseconds lifetime) {
  auto now = clock_.unix_ms();
  Issued issued{.token = base::random_token(""), .expires_ms = now + lifetime.count()};
  LateRow row{.token_hash = late_hash_of(issued.token),
              .bot_user_id = std::move(bot_user_id),
              .event_id = std::move(event_id),
              .expires_ms = issued.expires_ms,
              .answer = std::nullopt,
              .answer_hash = {}};
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    insert_late(tx, row, now);
    return Unit{};
  };
  CO_TRY(co_await db_.write(write));
  co_return issued;
}

Task<Unit> LateAnswers::accept(std::string token) {
  auto hashed = late_hash_of(token);
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    accept_late(tx, hashed);
    return Unit{};
  };
  co_return co_await db_.write(write);
}

Task<std::optional<LateAnswers::Known>> LateAnswers::known(std::string bot_user_id, std::string event_id) {
  auto look = [&](store::Connection& c) -> Result<std::optional<LateRow>> {
    return late_of_question(c, bot_user_id, event_id);
  };
  CO_TRY(auto row, co_await db_.read(look));
  if (!row) co_return std::nullopt;
  Known known{.answer = std::nullopt, .accepted = row->accepted, .expires_ms = row->expires_ms};
  if (row->answer) known.answer = parse_answer(*row->answer);
  co_return known;
}

Task<boost::json::object> LateAnswers::wait(std::string bot_user_id, std::string event_id, base::UnixMs expires_ms,
                                            std::function<bool()> wanted) {
  base::Notify wakeup(co_await asio::this_coro::executor);
  // Listen first, look second: an answer in between is not missed.
  auto subscription =
      bus_.subscribe(std::string(kChannel), [notify = wakeup.notifier(), event_id](std::string_view which) {
        if (which == event_id) notify();
      });
  while (wanted()) {
    CO_TRY(auto found, co_await known(bot_user_id, event_id));
    if (found && found->answer) co_return *std::move(found->answer);
    auto left = expires_ms - clock_.unix_ms();
    if (left <= 0) {
      // In the writer's order: an answer that was accepted in this moment counts, a later one is refused.
      auto look = [&](store::Tx& tx) -> Result<std::optional<LateRow>> {
        return late_of_question(tx, bot_user_id, event_id);
      };
      CO_TRY(auto last, co_await db_.write(look));
      if (last && last->answer) co_return parse_answer(*last->answer);
      co_return Error(Errc::timed_out, "The webhook said that it would answer later and did not.");
    }
    co_await wakeup.wait(std::min(kLookForLateEvery, std::chrono::milliseconds(left)));
  }
  // The token stays good: after a restart the question is asked again and finds its answer.
  co_return Error(Errc::unavailable, "The answer is not wanted any more.");
}

Task<bool> LateAnswers::submit(std::string token, boost::json::object answer) {
  if (token.size() != kLateTokenBytes) co_return Error(Errc::not_found, "There is no such token.");
  auto hashed = late_hash_of(token);
  auto text = boost::json::serialize(answer);
  auto answer_hash = late_hash_of(text);
  struct Outcome {
    std::string event_id;
    bool duplicate = false;
  };
  const auto now = clock_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Outcome> {
    auto row = late_by_token(tx, hashed);
    if (!row) return Error(Errc::not_found, "There is no such token.");
    auto known = late_of_question(tx, row->bot_user_id, row->event_id);
    if (known && known->answer) {
      if (known->answer_hash == answer_hash) return Outcome{row->event_id, true};
      return Error(Errc::conflict, "The question has been answered already.");
    }
    if (row->expires_ms <= now) {
      return Error(Errc::not_found, "The token has expired: nobody waits for the answer any more.").with_status(410);
    }
    answer_late(tx, hashed, text, answer_hash);
    return Outcome{row->event_id, false};
  };
  CO_TRY(auto outcome, co_await db_.write(write));
  bus_.publish(kChannel, outcome.event_id);
  co_return outcome.duplicate;
}

Task<Unit> LateAnswers::tidy(base::UnixMs aged) {
  auto before = aged - kAnswerKeptMs;
  auto prune = [before](store::Tx& tx) -> Result<Unit> {
    prune_late(tx, before, 1'000);
    return Unit{};
  };
  co_return co_await db_.write(prune, {.lane = store::Lane::bulk});
}

}  // namespace troupe::fleet::brains
