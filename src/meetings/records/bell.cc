#include "meetings/records/bell.h"

#include <charconv>

namespace troupe::meetings::records {
namespace {

constexpr std::string_view kAllChannel = "meetings.changed";

std::string channel_of(MeetingId id) { return "meetings.changed." + std::to_string(id); }

}  // namespace

void Bell::ring(MeetingId id) const {
  bus_.publish(channel_of(id), {});
  bus_.publish(kAllChannel, std::to_string(id));
}

bus::SubscriptionPtr Bell::listen(MeetingId id, std::function<void()> heard) const {
  return bus_.subscribe(channel_of(id), [heard = std::move(heard)](std::string_view) { heard(); });
}

bus::SubscriptionPtr Bell::listen_to_all(std::function<void(MeetingId)> heard) const {
  return bus_.subscribe(std::string(kAllChannel), [heard = std::move(heard)](std::string_view text) {
    MeetingId id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    if (id > 0) heard(id);
  });
}

}  // namespace troupe::meetings::records
