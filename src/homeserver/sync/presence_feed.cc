#include "homeserver/sync/presence_feed.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <unordered_set>

#include "base/log.h"
#include "store/async_gate.h"

namespace troupe::homeserver::sync {
namespace {

using memory::UserViewPtr;

/// People whose changes are told in one go.
constexpr std::size_t kBatch = 64;

/// Who is to hear of some changes; everybody once.
struct Readers {
  std::vector<UserViewPtr> wake;
  std::vector<UserViewPtr> later;
  std::unordered_set<const memory::UserView*> known;

  void add(const std::vector<UserViewPtr>& views, bool wakes) {
    for (const auto& view : views) {
      if (known.insert(view.get()).second) (wakes ? wake : later).push_back(view);
    }
  }
};

}  // namespace

struct PresenceFeed::Impl : std::enable_shared_from_this<PresenceFeed::Impl> {
  using Time = std::chrono::steady_clock::time_point;

  Impl(store::Database& database, memory::Rooms& all_rooms, memory::Users& all_users, Presence& who,
       const base::Clock& time, const asio::any_io_executor& on)
      : db(database), rooms(all_rooms), users(all_users), presence(who), clock(time), executor(on), timer(on) {}

  void observed(const std::string& user_id) {
    const base::Lock lock(mutex);
    if (stopped || !is_waiting.insert(user_id).second) return;
    waiting.push_back(user_id);
    arm(clock.steady());
  }

  /// One timer for everybody. It begins what publish() does at the time, or when the rate allows it.
  void arm(Time now) REQUIRES(mutex) {
    if (armed || stopped || waiting.empty()) return;
    armed = true;
    timer.expires_after(std::max(next - now, Time::duration::zero()));
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& cut) {
      const auto self = weak.lock();
      if (!self || cut) return;
      {
        const base::Lock lock(self->mutex);
        self->armed = false;
      }
      asio::co_spawn(
          self->executor, [self] { return self->publish(); },
          [self](std::exception_ptr failed) {
            if (failed) base::log_warning("homeserver", "presence could not be told", {});
          });
    });
  }

  std::vector<std::string> take() {
    std::vector<std::string> people;
    const base::Lock lock(mutex);
    if (clock.steady() < next) return people;
    while (!waiting.empty() && people.size() < kBatch) {
      is_waiting.erase(waiting.front());
      people.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
    return people;
  }

  asio::awaitable<void> publish() {
    const auto self = shared_from_this();
    // One after the other: who comes second returns when what the first has taken is told.
    const auto turn = co_await turns.enter();
    if (!turn) co_return;  // so many wait that theirs will do
    const auto people = take();
    if (!people.empty()) {
      Readers readers;
      std::vector<std::string> strangers;  // whose rooms are not in memory
      for (const auto& user_id : people) {
        if (const auto view = users.find(user_id))
          add_readers(readers, view);
        else
          strangers.push_back(user_id);
      }
      if (!strangers.empty()) co_await add_readers_of(readers, strangers);
      tell(people, readers);
    }
    const base::Lock lock(mutex);
    arm(clock.steady());
  }

  void add_room(Readers& readers, const memory::RoomPtr& room) const {
    const auto views = users.online_in(room);
    readers.add(views, views.size() <= kMaxReadersToWake);
  }

  void add_readers(Readers& readers, const UserViewPtr& view) const {
    readers.add({view}, true);  // their other devices
    std::vector<memory::RoomPtr> joined;
    {
      const base::Lock lock(view->mutex());
      for (const auto& [num, membership] : view->memberships()) {
        if (membership.membership == "join") joined.push_back(membership.room);
      }
    }
    for (const auto& room : joined) add_room(readers, room);
  }

  /// Only rooms in memory have readers.
  asio::awaitable<void> add_readers_of(Readers& readers, const std::vector<std::string>& strangers) {
    std::vector<memory::RoomNum> joined;
    auto look = [&](store::Connection& connection) -> Result<Unit> {
      joined.clear();
      for (const auto& user_id : strangers) {
        for (const auto& row : memory::event_store::memberships_of(connection, user_id)) {
          if (row.membership == "join") joined.push_back(row.room);
        }
      }
      return Unit{};
    };
    const auto read = co_await db.read(look);
    if (!read) co_return;  // they are told of it with other news
    std::ranges::sort(joined);
    const auto [last, end] = std::ranges::unique(joined);
    joined.erase(last, end);
    for (const auto num : joined) {
      if (const auto room = rooms.find(num)) add_room(readers, room);
    }
  }

  void tell(const std::vector<std::string>& people, const Readers& readers) {
    const base::Lock lock(mutex);
    // Whoever has read the number takes this lock to look, and finds the change.
    const auto number = users.touch_ephemeral(memory::WokenBy::presence, readers.wake, readers.later);
    auto& told = by_number[number];
    for (const auto& user_id : people) {
      auto& last = number_of[user_id];
      if (last != 0) {
        const auto before = by_number.find(last);
        std::erase(before->second, user_id);
        if (before->second.empty()) by_number.erase(before);
      }
      last = number;
      told.push_back(user_id);
    }
    while (number_of.size() > kMaxPeople) forget_oldest();
    const auto woken = std::min(readers.wake.size() * people.size(), kMaxWokenAtOnce);
    next = clock.steady() + std::chrono::milliseconds(woken * 1000 / kWokenPerSecond);
  }

  void forget_oldest() REQUIRES(mutex) {
    const auto oldest = by_number.begin();
    for (const auto& user_id : oldest->second) number_of.erase(user_id);
    by_number.erase(oldest);
  }

  store::Database& db;
  memory::Rooms& rooms;
  memory::Users& users;
  Presence& presence;
  const base::Clock& clock;
  const asio::any_io_executor executor;
  store::AsyncGate turns{1, 100};
  mutable base::Mutex mutex;
  asio::steady_timer timer GUARDED_BY(mutex);
  bool armed GUARDED_BY(mutex) = false;
  bool stopped GUARDED_BY(mutex) = false;
  Time next GUARDED_BY(mutex){};  ///< nobody is woken before
  std::deque<std::string> waiting GUARDED_BY(mutex);
  std::unordered_set<std::string> is_waiting GUARDED_BY(mutex);
  std::map<std::uint64_t, std::vector<std::string>> by_number GUARDED_BY(mutex);
  std::unordered_map<std::string, std::uint64_t> number_of GUARDED_BY(mutex);
};

PresenceFeed::PresenceFeed(store::Database& db, memory::Rooms& rooms, memory::Users& users, Presence& presence,
                           const base::Clock& clock, asio::any_io_executor executor)
    : impl_(std::make_shared<Impl>(db, rooms, users, presence, clock, executor)) {
  changes_ = presence.observe([weak = std::weak_ptr<Impl>(impl_)](const matrix::PresenceEdu& edu) {
    if (const auto impl = weak.lock()) impl->observed(edu.user_id);
  });
}

PresenceFeed::~PresenceFeed() { stop(); }

const Presence& PresenceFeed::presence() const { return impl_->presence; }

std::vector<std::string> PresenceFeed::changed(std::uint64_t since, std::uint64_t upto) const {
  std::vector<std::string> found;
  const auto& impl = *impl_;
  const base::Lock lock(impl.mutex);
  const auto& numbers = impl.by_number;
  for (auto at = numbers.upper_bound(upto); at != numbers.begin();) {
    --at;
    if (at->first <= since) break;
    found.insert(found.end(), at->second.begin(), at->second.end());
  }
  return found;
}

asio::awaitable<void> PresenceFeed::publish() { return impl_->publish(); }

void PresenceFeed::stop() {
  changes_.reset();
  const base::Lock lock(impl_->mutex);
  impl_->stopped = true;
  impl_->timer.cancel();
}

}  // namespace troupe::homeserver::sync
