// Changes to rooms: create, send, state, redact, membership. Every call completes when the change is durable.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "homeserver/appservice/services.h"
#include "homeserver/memory/rooms.h"
#include "host/settings.h"

namespace troupe::homeserver::rooms {

struct Sent {
  std::string event_id;
  StreamPos pos = 0;
  bool duplicate = false;
};

/// What belongs into one operation with an event that is sent, the state that is set, or a redaction. Both run on the
/// writer thread; an error of either undoes all. An operation may be tried more than once: begin() starts it anew.
class Companion {
 public:
  virtual ~Companion() = default;
  virtual Result<Unit> begin(store::Tx& tx) = 0;                  ///< before anything is looked at
  virtual Result<Unit> end(store::Tx& tx, const Sent& sent) = 0;  ///< with what was written
};

/// Who acts, and as which request.
struct Actor {
  std::string user_id;
  std::string device_id;
  /// The decoded request path when the request carries a transaction id: same actor and path again gives the first
  /// result (Client-Server API #transaction-identifiers). Empty: no transaction id.
  std::string txn_path;
  std::string txn_id;                            ///< as the client wrote it, for unsigned.transaction_id
  bool redacts_own_only = false;                 ///< their account is suspended
  bool unheard = false;                          ///< shadow-banned: all is as if it were done, and nobody sees it
  const appservice::Service* service = nullptr;  ///< that acts; its own aliases are open to it alone
  bool plain_rooms_only = false;                 ///< of send: refused in an encrypted room (matrix::kEncryptedRoom)
  Companion* companion = nullptr;                ///< of send, set_state and redact; must outlive the call
};

/// Body of POST /createRoom after validation (Client-Server API #post_matrixclientv3createroom).
struct CreateRoom {
  std::string preset;  ///< private_chat, trusted_private_chat, public_chat; empty: from visibility
  bool is_public = false;
  std::string alias_localpart;
  std::string name;
  std::string topic;
  std::vector<std::string> invite;
  bool is_direct = false;
  std::string version;
  matrix::JsonObject creation_content;
  matrix::JsonArray initial_state;
  std::optional<matrix::JsonObject> power_level_override;
};

/// Body of POST /rooms/{roomId}/upgrade.
struct UpgradeRoom {
  std::string room_id;
  std::string version;
  std::vector<std::string> additional_creators;  ///< version 12 only
};

/// What came of joining many users at once.
struct JoinedMany {
  std::size_t joined = 0;           ///< came in just now
  std::vector<std::string> banned;  ///< and guests whom the room does not let in
};

/// Query of /publicRooms.
struct DirectoryQuery {
  std::string search;                                  ///< part of the name, topic or alias; empty: all
  std::vector<std::optional<std::string>> room_types;  ///< empty: all; nullopt: rooms without a type
  std::int64_t offset = 0;
  std::size_t limit = 100;    ///< 1…500
  std::string network = {};   ///< directory of an application service; empty: the server's own
  bool all_networks = false;  ///< all directories; `network` is empty then
};
struct DirectoryPage {
  matrix::JsonArray chunk;
  std::int64_t total = 0;
  std::optional<std::int64_t> next;  ///< offset of the next page
};

struct MembershipChange {
  std::string room_id;
  std::string target;
  /// join, invite, leave, ban, knock; for somebody else: "kick" and "unban" for POST …/kick and …/unban.
  std::string membership;
  std::string reason;
  bool is_direct = false;
  matrix::JsonObject extra_content;  ///< merged into the member event's content
};

/// One per server; callable from any thread.
class RoomService {
 public:
  RoomService(store::Database& db, memory::Rooms& rooms, memory::EventLookup& lookup, const host::Settings& settings,
              const base::Clock& clock, const appservice::Services* services = nullptr);

  /// Yields the room id. The events go out in the specification's order, in one commit.
  /// Errors: invalid_param, bad_json; 400 M_ROOM_IN_USE (alias), M_UNSUPPORTED_ROOM_VERSION, M_INVALID_ROOM_STATE.
  Task<std::string> create(Actor actor, CreateRoom request);
  /// Makes the replacement room, moves aliases, writes the tombstone: one commit. Yields the new room's id.
  Task<std::string> upgrade(Actor actor, UpgradeRoom request);
  /// Errors: forbidden, too_large, not_found (M_NOT_FOUND unknown room shows as forbidden to outsiders); 400 for a
  /// thread on an event that has a relation itself (M_UNKNOWN), the same reaction twice, a second m.room.create.
  Task<Sent> send(Actor actor, std::string room_id, std::string type, matrix::JsonObject content,
                  std::optional<std::int64_t> ts = {});
  /// Equal content as now: the present event id, nothing written. Errors: as for send; bad_json for power levels that
  /// the room's version cannot read, or that list a creator of a room of version 12, from who may set them.
  Task<Sent> set_state(Actor actor, std::string room_id, std::string type, std::string state_key,
                       matrix::JsonObject content, std::optional<std::int64_t> ts = {});
  Task<Sent> redact(Actor actor, std::string room_id, std::string event_id, matrix::JsonObject content);
  Task<Sent> change_membership(Actor actor, MembershipChange change);
  /// Only after leaving (else 400 M_UNKNOWN).
  Task<Unit> forget(Actor actor, std::string room_id);
  /// Leaves every joined room and rejects every invite and knock (bulk lane).
  Task<Unit> leave_all(std::string user_id);
  /// Writes the user's display name and avatar into the member event of every joined room (bulk lane).
  Task<Unit> refresh_profile(std::string user_id);
  /// Guests leave the room when it lets none in (any more) (bulk lane).
  Task<Unit> send_guests_away(std::string room_id);
  /// The same of all rooms that guests are in. From a job: for what a stop of the program has left, and for what lets
  /// no guests in because it was redacted.
  Task<Unit> send_guests_away();
  /// Makes many users join one room in as few commits as possible (administrators only; where an invite is needed it is
  /// written in the name of a member who may invite). Users who are in are left as they are; the banned are passed
  /// over. Errors: not_found, forbidden (nobody in the room may invite).
  Task<JoinedMany> join_all(std::string room_id, std::vector<std::string> user_ids);

  // Aliases and the directory.
  Task<Unit> put_alias(Actor actor, std::string alias, std::string room_id);
  Task<Unit> delete_alias(Actor actor, std::string alias);
  Task<std::string> resolve(std::string room_id_or_alias);  ///< yields the room id; not_found
  Task<Unit> set_listed(Actor actor, std::string room_id, bool is_public);
  Task<bool> is_listed(std::string room_id);                ///< not_found
  static constexpr std::int64_t kMaxNetworkRooms = 10'000;  ///< of an application service, in all its directories
  /// In a directory of the application service that acts. Errors: not_found, forbidden (no service, or the actor is not
  /// in the room), limit_exceeded.
  Task<Unit> set_in_network(Actor actor, std::string network, std::string room_id, bool listed);
  /// The local aliases of a room that the user is in, or that everybody may read.
  Task<std::vector<std::string>> aliases(Actor actor, std::string room_id);
  Task<DirectoryPage> directory(DirectoryQuery query);

  /// Makes sure the room is in memory, so that the writer need not read it. Quiet when there is no such room.
  Task<Unit> warm(std::string room_id);
  /// Removes what requests with transaction ids gave more than a day ago. From a job.
  Task<Unit> forget_old_txns(base::UnixMs now);

  /// Limits of one request.
  static constexpr std::size_t kMaxInvites = 100;
  static constexpr std::size_t kMaxInitialState = 100;
  static constexpr std::size_t kMaxNameBytes = 255;
  static constexpr std::size_t kMaxBulkMembers = 10'000;
  /// While lookup.db is made anew a request with a transaction id waits this long, outside the writer; then it is
  /// answered unavailable with retry_after.
  static constexpr std::chrono::seconds kRebuildPatience{5};

 private:
  /// Whether the actor may make or remove the alias: not one that an application service has for itself, and an
  /// application service only its own. Error: invalid_param M_EXCLUSIVE.
  Result<Unit> check_alias_owner(const Actor& actor, std::string_view alias) const;
  /// Everything that the operation must find ready. `needs_lookup`: old events or transactions.
  Task<Unit> prepare(std::string room_id, bool needs_lookup);
  /// check_content with the version of a room that was prepared.
  Result<Unit> check_content_in(const std::string& room_id, const matrix::JsonObject& content) const;
  store::Database& db_;
  memory::Rooms& rooms_;
  memory::EventLookup& lookup_;
  const host::Settings& settings_;
  const base::Clock& clock_;
  const appservice::Services* services_;  ///< nullptr: there are none
};

}  // namespace troupe::homeserver::rooms
