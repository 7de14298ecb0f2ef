// Rooms in memory: their events in one stream, who is in them, and what passes in them without being kept.
#pragma once
#include <map>

#include "base/clock.h"
#include "base/mutex.h"
#include "bus/bus.h"
#include "kit/fake_homeserver/elsewhere.h"
#include "matrix/ephemeral_feed.h"
#include "matrix/feed.h"
#include "matrix/room_actions.h"
#include "matrix/room_powers.h"

namespace troupe::kit {

class FakeRooms : public matrix::RoomActions,
                  public matrix::RoomPowers,
                  public matrix::Feed,
                  public matrix::EphemeralFeed {
 public:
  FakeRooms(bus::Bus& bus, const base::Clock& clock) : bus_(bus), clock_(clock) {}

  // For tests.
  struct Sent {
    std::string room_id, sender, body, event_id, answers, msgtype;
    matrix::JsonObject content;
  };
  /// All m.room.message events in order.
  std::vector<Sent> messages(std::string_view sender = {}) const;
  /// How many events of a type somebody has sent.
  std::int64_t count(std::string_view type, std::string_view sender) const;
  bool is_joined(const std::string& room_id, const std::string& user_id) const;
  /// Appends an event as its sender's client would, without asking the rules; yields its id.
  std::string put(const std::string& room_id, const std::string& sender, std::string type, matrix::JsonObject content,
                  std::optional<std::string> state_key = std::nullopt);
  std::string say(const std::string& room_id, const std::string& sender, std::string_view body);
  /// The content of an event goes, as a redaction does it.
  void prune(const std::string& event_id);
  void set_topic(const std::string& room_id, std::string topic);
  /// A private room with these invited.
  Task<std::string> make_room(std::string creator, std::vector<std::string> invite = {});
  /// Into a room, whatever its rules; nothing happens to who is in there. Error: not_found.
  Result<Unit> add_member(const std::string& room_id, const std::string& user_id);
  /// Out of all rooms.
  void leave_all(const std::string& user_id);
  /// Tells the observers of somebody's presence.
  void set_presence(matrix::PresenceEdu presence);
  /// What asking for a room comes to from now on: no answer until that changes, or an error.
  enum class RoomAnswer { well, never, unavailable };
  void set_room_answer(const std::string& room_id, RoomAnswer answer);
  /// The next `count` sends fail with this error.
  void fail_sends(int count, Errc code);
  /// The next `count` readings of the feed fail.
  void fail_reads(int count);
  int sends() const;
  /// How often somebody asked who is in a room.
  int members_asked() const;
  /// Whether members may set state, apart from whoever made the room; at first they may not.
  void let_members_set_state(bool let);
  int refused_states() const;  ///< how often somebody tried who may not
  /// The present state of a type: contents by state key.
  std::map<std::string, matrix::JsonObject> state(const std::string& room_id, std::string_view type) const;
  /// What set_typing was told, in order.
  std::vector<std::pair<std::string, bool>> typing() const;

  // The port.
  Task<std::string> create_room(matrix::NewRoom wanted) override;
  Task<std::string> resolve_alias(std::string alias_or_id) override;
  Task<Unit> join(std::string user_id, std::string room_id) override;
  Task<Unit> leave(std::string user_id, std::string room_id) override;
  Task<Unit> invite(std::string sender, std::string room_id, std::string target) override;
  Task<std::vector<matrix::JoinedRoom>> joined_rooms(std::string user_id) override;
  Task<std::vector<std::string>> invited_rooms(std::string user_id) override;
  Task<matrix::RoomSummary> room(std::string room_id) override;
  Task<std::vector<std::string>> joined_members(std::string room_id) override;
  Task<StreamPos> members_version(std::string room_id) override;
  Task<Unit> check_may_send(std::string user_id, std::string room_id, std::string type) override;
  Task<matrix::SentEvent> send(matrix::NewEvent event) override;
  Task<Unit> set_state(matrix::NewState state) override;
  /// Notices end when they are told to; nobody's time runs out.
  Task<Unit> set_typing(std::string room_id, std::string user_id, bool typing, std::chrono::milliseconds) override;
  Task<Unit> mark_read(std::string room_id, std::string user_id, std::string event_id) override;
  Task<std::vector<matrix::RoomMessage>> recent_messages(std::string room_id, std::string user_id,
                                                         std::size_t limit) override;
  Task<matrix::FeedPage> events_after(StreamPos cursor, std::size_t limit) override;
  StreamPos head() const override;
  base::SubscriptionPtr observe(std::function<void(const matrix::Edu&)> receive) override;

 private:
  struct Member {
    std::string membership;
    StreamPos joined_at = 0;
  };
  struct Room {
    std::string name, topic, alias;
    bool is_public = false;
    bool encrypted = false;
    std::map<std::string, Member> members;
    StreamPos members_version = 0;
    std::vector<std::string> typing;
    std::string creator;
    std::map<std::pair<std::string, std::string>, matrix::JsonObject> state;  ///< by type and state key
  };
  Result<Room*> find(const std::string& room_id) REQUIRES(mutex_);
  /// Error: forbidden, when there is no such room, or the user is not in it.
  Result<Room*> find_joined(const std::string& room_id, const std::string& user_id) REQUIRES(mutex_);
  static std::string membership(const Room& room, const std::string& user_id);
  static std::int64_t joined(const Room& room);
  static matrix::JsonObject encryption_of(const Room& room);
  static Result<Unit> check_power(const Room& room, const std::string& user_id, const std::string& type);
  std::string append(const std::string& room_id, const std::string& sender, std::string type,
                     matrix::JsonObject content, std::optional<std::string> state_key) REQUIRES(mutex_);
  static void apply(Room& room, const matrix::FeedEvent& event);

  RoomAnswer room_answer(const std::string& room_id) const;
  Task<Unit> change(std::string sender, std::string room_id, std::string target, std::string to);
  void ring() { bus_.ring(bus::Topic::events, head()); }

  bus::Bus& bus_;
  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  std::map<std::string, Room> rooms_ GUARDED_BY(mutex_);
  std::map<std::string, RoomAnswer> room_answers_ GUARDED_BY(mutex_);
  std::vector<matrix::FeedEvent> feed_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> transactions_ GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, bool>> typing_ GUARDED_BY(mutex_);
  base::Observers<const matrix::Edu&> observers_;
  StreamPos head_ = 0;
  int sends_ = 0;
  int members_asked_ = 0;
  bool members_set_state_ = false;
  int refused_states_ = 0;
  int failing_sends_ = 0;
  int failing_reads_ = 0;
  Errc send_error_ = Errc::unavailable;
};

}  // namespace troupe::kit
