#include "fleet/turns/typing.h"

#include "base/log.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::chrono::milliseconds kShown{30'000};
constexpr std::chrono::milliseconds kRenewed{20'000};
/// Short sleeps, so that typing ends soon after the answer.
constexpr std::chrono::milliseconds kLook{250};

}  // namespace

Typing::Token Typing::begin(const term::LiveBotPtr& bot, const std::string& room_id) {
  Key key{bot->row.id, room_id};
  auto [entry, made] = shown_.try_emplace(key);
  if (auto token = entry->second.lock()) return token;
  auto token = std::make_shared<bool>(true);
  entry->second = token;
  if (made) term_.tasks.spawn("typing", show(bot, std::move(key)));
  return token;
}

asio::awaitable<void> Typing::show(term::LiveBotPtr bot, Key key) {
  auto since = kRenewed;
  bool shown = false;
  while (!shown_[key].expired() && !term_.stopping()) {
    if (since >= kRenewed) {
      since = std::chrono::milliseconds(0);
      auto told = co_await rooms_.set_typing(key.second, bot->row.user_id, true, kShown);
      if (!told) base::log_debug("fleet", "Typing could not be shown.", {{"reason", told.error().message()}});
      shown = told.has_value();
      bus_.publish(kTypingChannel, key.second + " 1");
    }
    if (shown_[key].expired() || !co_await term_.stop.sleep(kLook)) break;
    since += kLook;
  }
  shown_.erase(key);
  if (!shown) co_return;
  auto told = co_await rooms_.set_typing(key.second, bot->row.user_id, false, std::chrono::milliseconds(0));
  if (!told) base::log_debug("fleet", "Typing could not be ended.", {{"reason", told.error().message()}});
  bus_.publish(kTypingChannel, key.second + " 0");
}

}  // namespace troupe::fleet::turns
