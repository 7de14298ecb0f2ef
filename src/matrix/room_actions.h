// The port's rooms: what accounts do in them, and what they see there.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/task.h"
#include "base/types.h"
#include "matrix/json.h"

namespace troupe::matrix {

struct NewRoom {
  std::string creator;  ///< user id
  std::string name;
  std::string topic;
  bool is_public = false;
  bool is_direct = false;  ///< the invites say that it is a conversation of two
  std::vector<std::string> invite;
  std::string version;     ///< empty: the default
  std::string alias = {};  ///< local part of its address; empty: none
};

struct NewEvent {
  std::string room_id;
  std::string sender;
  std::string type;
  JsonObject content;
  /// The same key from the same sender again gives the first event id and writes nothing. At most 255 bytes; required.
  std::string txn_id;
  /// What it says is plain: it must not get into a room that is encrypted (Error: conflict, kEncryptedRoom).
  bool plain_rooms_only = false;
};
/// The code of the error that refuses an event because its room is encrypted. A twin without a KeyExchange never does.
inline constexpr std::string_view kEncryptedRoom = "ORG.TROUPE.ENCRYPTED_ROOM";
struct NewState {
  std::string room_id;
  std::string sender;
  std::string type;
  std::string state_key;
  JsonObject content;
};
struct SentEvent {
  std::string event_id;
  StreamPos pos = 0;
  bool duplicate = false;
};

struct JoinedRoom {
  std::string room_id;
  StreamPos joined_at = 0;  ///< position of the membership event
  std::int64_t joined_members = 0;
  bool encrypted = false;
};

struct RoomMessage {
  std::string event_id;
  std::string sender;
  std::string type;
  std::int64_t origin_server_ts = 0;
  JsonObject content;   ///< of an edited message the newest
  bool edited = false;  ///< `content` came later than the message
};

struct RoomSummary {
  std::string room_id;
  std::string name;
  std::string canonical_alias;
  std::int64_t joined_members = 0;
  bool encrypted = false;
  std::string topic = {};
  JsonObject encryption = {};  ///< content of m.room.encryption; empty: it is not encrypted, or the twin does not say
};

/// Callable from any thread. Each verb is done in the name of an account of this homeserver, under the room's rules.
/// Errors are Matrix ones (M_FORBIDDEN, M_NOT_FOUND, …).
class RoomActions {
 public:
  virtual ~RoomActions() = default;

  virtual Task<std::string> create_room(NewRoom room) = 0;  ///< yields the room id
  virtual Task<std::string> resolve_alias(std::string alias_or_id) = 0;
  virtual Task<Unit> join(std::string user_id, std::string room_id) = 0;
  virtual Task<Unit> leave(std::string user_id, std::string room_id) = 0;
  virtual Task<Unit> invite(std::string sender, std::string room_id, std::string target) = 0;
  virtual Task<std::vector<JoinedRoom>> joined_rooms(std::string user_id) = 0;
  virtual Task<std::vector<std::string>> invited_rooms(std::string user_id) = 0;
  virtual Task<RoomSummary> room(std::string room_id) = 0;
  /// The user ids of those who are in a room, in no special order. Error: not_found.
  virtual Task<std::vector<std::string>> joined_members(std::string room_id) = 0;
  /// Another number whenever somebody has come into the room or left it since; 0: that is not known here, ask
  /// joined_members(). Costs the caller the same however many are in it.
  virtual Task<StreamPos> members_version(std::string room_id) = 0;

  /// Completes when the event is durable.
  virtual Task<SentEvent> send(NewEvent event) = 0;
  /// Makes this a room's present state of its type and key; writes nothing when it is that already. Completes when it
  /// is durable. Error: forbidden (not in the room, or not enough power).
  virtual Task<Unit> set_state(NewState state) = 0;
  virtual Task<Unit> set_typing(std::string room_id, std::string user_id, bool typing,
                                std::chrono::milliseconds timeout) = 0;
  virtual Task<Unit> mark_read(std::string room_id, std::string user_id, std::string event_id) = 0;
  /// The newest messages of a room, newest first, as the user may see them. limit 1…100.
  virtual Task<std::vector<RoomMessage>> recent_messages(std::string room_id, std::string user_id,
                                                         std::size_t limit) = 0;
};

}  // namespace troupe::matrix
