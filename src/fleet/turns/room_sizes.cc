#include "fleet/turns/room_sizes.h"

#include "base/log.h"

namespace troupe::fleet::turns {
namespace {

constexpr std::chrono::milliseconds kLongestRetry{10'000};
/// The log says once that a room is not known for so long.
constexpr std::chrono::minutes kLong{1};

}  // namespace

RoomSizes::RoomSizes(term::Term& term, matrix::RoomActions& homeserver, term::Roster& roster,
                     std::chrono::milliseconds first_retry, std::function<void(const std::string&)> known)
    : term_(term), homeserver_(homeserver), roster_(roster), first_retry_(first_retry), known_(std::move(known)) {}

const RoomSize* RoomSizes::find(std::string_view room_id) const {
  auto found = rooms_.find(room_id);
  return found == rooms_.end() || !found->second.size ? nullptr : &*found->second.size;
}

void RoomSizes::forget(std::string_view room_id) {
  auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  auto& entry = found->second;
  ++entry.changes;
  // One more or less: what is surely a group stays one.
  if (entry.size && --entry.size->joined_members <= 2) entry.size.reset();
  if (!entry.asked && roster_.room(room_id) == nullptr) rooms_.erase(found);
}

void RoomSizes::want(const std::string& room_id) {
  auto& entry = rooms_[room_id];
  if (entry.size || entry.asked) return;
  entry.asked = true;
  entry.since = std::chrono::steady_clock::now();
  term_.tasks.spawn("room size", pursue(room_id));
}

struct RoomSizes::Asker {
  explicit Asker(RoomSizes& of) : sizes(of), bell(of.term_.home()) { sizes.askers_.insert(this); }
  ~Asker() { sizes.askers_.erase(this); }
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  RoomSizes& sizes;
  base::Notify bell;
};

asio::awaitable<void> RoomSizes::ask(std::set<std::string> rooms, std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  for (const auto& room_id : rooms) want(room_id);
  Asker asker(*this);
  while (!term_.stopping() &&
         std::ranges::any_of(rooms, [&](const auto& room_id) { return find(room_id) == nullptr; })) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) co_return;
    (void)co_await asker.bell.wait(left);
  }
}

asio::awaitable<void> RoomSizes::pursue(std::string room_id) {
  auto pause = first_retry_;
  bool told = false;
  while (!term_.stopping()) {
    const auto changes = rooms_[room_id].changes;
    auto summary = co_await homeserver_.room(room_id);
    auto& entry = rooms_[room_id];
    // Each change since it was asked may be in the count or not: at least so many are there.
    const auto since = entry.changes - changes;
    if (summary && (since == 0 || summary->joined_members - since > 2)) {
      entry.size = {.joined_members = summary->joined_members - since, .encrypted = summary->encrypted};
      entry.asked = false;
      for (const auto* asker : askers_) asker->bell.notify();
      known_(room_id);
      co_return;
    }
    const std::string reason = summary ? "who is in it has changed" : summary.error().message();
    base::log_debug("fleet", "A room could not be asked for; trying again.",
                    {{"room_id", room_id}, {"reason", reason}});
    if (!told && std::chrono::steady_clock::now() - entry.since >= kLong) {
      told = true;
      base::log_warning("fleet", "How many are in a room could not be learnt for a minute; its messages wait.",
                        {{"room_id", room_id}, {"reason", reason}});
    }
    if (!co_await term_.stop.sleep(pause)) co_return;
    pause = std::min<std::chrono::milliseconds>(pause * 2, kLongestRetry);
    if (roster_.room(room_id) == nullptr) {
      rooms_.erase(room_id);  // no bot is there any more
      co_return;
    }
  }
}

}  // namespace troupe::fleet::turns
