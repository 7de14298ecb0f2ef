#include "meetings/commands/post.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "base/utc.h"
#include "meetings/commands/channels.h"
#include "meetings/life/secrets.h"

namespace troupe::meetings::commands {
namespace {

namespace json = boost::json;

/// In UTC, without saying so, as Vexa's clients compare it.
std::string now_text() {
  const auto now =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch());
  constexpr std::int64_t kPerMs = 1'000, kPerSecond = 1'000'000;
  return fmt::format("{}.{:06}", base::utc_text(now.count() / kPerMs, base::kIsoSeconds), now.count() % kPerSecond);
}

std::string status_body(const Meeting& meeting) {
  return json::serialize(json::object{
      {"type", "meeting.status"},
      {"meeting", {{"id", meeting.id}, {"platform", to_string(meeting.platform)}, {"native_id", meeting.native_id}}},
      {"payload", {{"status", vexa_status(meeting.life.state, meeting.life.phase)}}},
      {"ts", now_text()}});
}

}  // namespace

std::string Post::address_for(const std::string& token) const {
  guard_.good(life::hash_of_token(token));
  if (redis_.load() && !handed_.empty()) return handed_;
  const auto* listener = listener_.load();
  return listener ? listener->address_for(token) : std::string();
}

void Post::use(bus::RedisChannels& redis, std::string handed) {
  handed_ = std::move(handed);
  redis_ = &redis;
}

Task<std::int64_t> Post::tell(life::Order order) {
  const auto* listener = listener_.load();
  auto* redis = redis_.load();
  std::int64_t heard = 0;
  std::optional<Error> failed;
  for (const auto& channel : command_channels(order.meeting, order.connection_id)) {
    if (listener) heard += listener->publish(channel, order.body);
    if (!redis) continue;
    const auto there = co_await redis->publish(channel, order.body);
    if (there) heard += *there;
    if (!there) failed = there.error();
  }
  if (heard == 0 && failed) co_return *std::move(failed);
  co_return heard;
}

void Post::announce(const Meeting& meeting) {
  auto* redis = redis_.load();
  if (!redis) return;
  const auto body = status_body(meeting);
  for (const auto& channel : status_channels(meeting)) redis->post(channel, body);
}

}  // namespace troupe::meetings::commands
