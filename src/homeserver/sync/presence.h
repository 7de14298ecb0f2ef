// Who is there: what their devices say, and what their silence says (Client-Server API #presence). In memory; a job
// writes it down, so that a start goes on from it. Processes of one server tell each other over the bus.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "bus/bus.h"
#include "homeserver/sync/presence_store.h"
#include "matrix/ephemeral_feed.h"

namespace troupe::homeserver::sync {

/// In the order in which one device's word stands over another's.
enum class Availability : std::uint8_t { offline, unavailable, online };
/// Nothing when it is none of the three words.
std::optional<Availability> availability_of(std::string_view word);
std::string_view word_of(Availability availability);

struct PresenceState {
  Availability availability = Availability::offline;
  std::string status_msg;
  std::optional<std::int64_t> last_active_ago_ms;  ///< nothing: not known to have done anything
  bool currently_active() const { return availability == Availability::online; }
};

/// One per server; callable from any thread. A person is what the most present of their devices is. Switched off
/// (HomeserverSettings::presence) everybody is offline and nothing is kept.
class Presence {
 public:
  static constexpr std::int64_t kIdleMs = 5 * 60'000;  ///< online, and did nothing: unavailable
  /// A device that says nothing is gone. It asks every half minute, and other processes hear of that every minute.
  static constexpr std::int64_t kGoneMs = 2 * 60'000;
  static constexpr std::int64_t kTellEveryMs = 60'000;  ///< the other processes, while nothing changes
  static constexpr std::size_t kMaxUsers = 50'000;
  static constexpr std::size_t kMaxDevices = 8;  ///< of one person; the longest silent one goes

  Presence(bus::Bus& bus, const base::Clock& clock, bool enabled);

  bool enabled() const { return enabled_; }
  /// What a person says themselves, on one of their devices.
  void set(const std::string& user_id, std::string_view device_id, Availability availability, std::string status_msg);
  /// A device asks for news and says how it is; keeps the status message.
  void touch(const std::string& user_id, std::string_view device_id, Availability availability);
  /// They did something: sent, typed, read. Says nothing of people who are not there.
  void acted(const std::string& user_id);
  PresenceState get(const std::string& user_id) const;
  /// Everybody who is not offline.
  std::vector<std::string> present() const;

  /// Everybody's presence whenever it changes, in order. Callbacks run under a lock of this object.
  [[nodiscard]] base::SubscriptionPtr observe(std::function<void(const matrix::PresenceEdu&)> receive);
  /// Tells the observers of those whose silence made them unavailable or offline. From a job.
  void tell_of_silent();

  /// What changed here and is to be written down, at most `limit`; who is offline without a message has neither.
  std::vector<PresenceRow> take_unsaved(std::size_t limit);
  /// They could not be written: they will be taken again.
  void not_saved(const std::vector<PresenceRow>& rows);
  /// At the start: takes them as present until they stay silent. Nobody is told.
  void restore(const std::vector<PresenceRow>& rows);

 private:
  /// A device's last word.
  struct Sign {
    std::uint64_t device = 0;  ///< hash of its id; kRestored: a row
    Availability availability = Availability::offline;
    std::int64_t seen_ms = 0;  ///< steady, as all here
    std::int64_t told_ms = 0;  ///< when the other processes last heard of it from here
  };
  struct Entry {
    std::vector<Sign> signs;
    std::string status_msg;
    std::optional<std::int64_t> active_ms;
    Availability known = Availability::offline;  ///< to the observers
    std::string known_status;
  };
  struct Said {
    std::uint64_t device = 0;
    Availability availability = Availability::offline;
    std::optional<std::string> status_msg;  ///< nothing: as it was
  };
  static constexpr std::uint64_t kRestored = 0;

  void say(const std::string& user_id, Said said);
  /// Yields whether the other processes should hear of it.
  bool put(Entry& entry, const Said& said, std::int64_t now_ms);
  Entry& entry(const std::string& user_id) REQUIRES(mutex_);
  std::string news(const std::string& user_id, const Entry& entry, const Said& said) const;
  void heard(std::string_view bytes);
  static Availability availability(const Entry& entry, std::int64_t now_ms);
  /// Tells the observers what they do not know yet. `here`: it is for this process to write down.
  void tell(const std::string& user_id, Entry& entry, bool here) REQUIRES(mutex_);
  std::int64_t now_ms() const;

  bus::Bus& bus_;
  const base::Clock& clock_;
  const bool enabled_;
  const std::string process_;  ///< names this one on the bus
  base::Observers<const matrix::PresenceEdu&> observers_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Entry> by_user_ GUARDED_BY(mutex_);
  std::set<std::string> unsaved_ GUARDED_BY(mutex_);
  bus::SubscriptionPtr others_;  // the last: it must end before what it changes
};

}  // namespace troupe::homeserver::sync
