// The port through which products speak to a homeserver. Two twins exist by design: the embedded one (src/homeserver, a
// direct call) and a remote one over HTTP. One contract suite runs against every twin.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "base/types.h"
#include "matrix/json.h"

namespace troupe::matrix {

enum class AccountKind { person, bot, service };

struct Account {
  std::string user_id;
  AccountKind kind = AccountKind::person;
  bool admin = false;
  bool deactivated = false;
  bool locked = false;
  std::string display_name;
  std::string avatar_url;
  std::int64_t created_ms = 0;
};

struct NewAccount {
  std::string localpart;
  std::optional<std::string> password;  ///< none: nobody can log in by password
  AccountKind kind = AccountKind::person;
  bool admin = false;
  std::string display_name;
};

enum class AccountSort { name, created, display_name };
struct AccountQuery {
  std::string search = {};               ///< part of the local part or display name; empty: all
  std::optional<AccountKind> kind = {};  ///< of these filters, one that is not set lets everything through
  std::optional<bool> admin = {};
  std::optional<bool> locked = {};
  std::optional<bool> deactivated = {};
  AccountSort sort = AccountSort::name;  ///< accounts that are equal in it stand in the order of their ids
  bool descending = false;
  std::int64_t from = 0;
  std::int64_t limit = 100;  ///< 1…1000
};
struct AccountPage {
  std::vector<Account> accounts;
  std::int64_t total = 0;
};

/// A signed-in device of an account.
struct AccountSession {
  std::string device_id;
  std::string display_name;
  std::optional<std::int64_t> last_seen_ms;
  std::string last_seen_ip;  ///< empty: not known
};

/// What became of one account of a bulk call.
struct BulkAccount {
  bool created = false;  ///< false: it was there already and was left as it is
  bool joined = false;   ///< it is in the room now; false without a room, and for whoever is banned there
};

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
};
struct SentEvent {
  std::string event_id;
  StreamPos pos = 0;
  bool duplicate = false;
};

/// An event as consumers of the feed see it.
struct FeedEvent {
  StreamPos pos = 0;
  std::string room_id;
  std::string event_id;
  std::string type;
  std::string sender;
  std::optional<std::string> state_key;
  std::int64_t origin_server_ts = 0;
  JsonObject content;
};
struct Feed {
  std::vector<FeedEvent> events;
  StreamPos cursor = 0;  ///< ask again from here: also moves over positions that were no events
  bool more = false;     ///< there is more to read at once
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
};

/// A file from the media repository, or for it.
struct Media {
  std::string bytes;
  std::string content_type;
  std::string name;  ///< empty: none
};

struct IssuedToken {
  std::string device_id;
  std::string access_token;  ///< shown once: only its hash is kept
};

/// Callable from any thread. Errors are Matrix ones (M_FORBIDDEN, M_USER_IN_USE, …).
class Homeserver {
 public:
  virtual ~Homeserver() = default;
  virtual const std::string& server_name() const = 0;

  virtual Task<Account> create_account(NewAccount account) = 0;  ///< user_in_use, invalid_param (M_INVALID_USERNAME)
  virtual Task<Account> account(std::string user_id) = 0;        ///< not_found
  virtual Task<AccountPage> accounts(AccountQuery query) = 0;
  /// By local part or full id. Errors: forbidden (wrong name or password: not told apart), limit_exceeded.
  virtual Task<Account> check_password(std::string user, std::string password, std::string address = {}) = 0;
  virtual Task<Unit> set_password(std::string user_id, std::string password, bool logout_devices) = 0;
  virtual Task<Unit> set_admin(std::string user_id, bool admin) = 0;
  virtual Task<Unit> set_display_name(std::string user_id, std::string name) = 0;
  /// Ends all sessions, leaves all rooms; the name stays taken.
  virtual Task<Unit> deactivate(std::string user_id) = 0;
  /// An access token for a program that acts as this account. An empty device id makes a new device; the tokens of an
  /// existing one end. Errors: not_found (no such account), forbidden (closed).
  virtual Task<IssuedToken> issue_token(std::string user_id, std::string device_id) = 0;
  /// Ends a device and its tokens; an unknown one is passed over.
  virtual Task<Unit> revoke_token(std::string user_id, std::string device_id) = 0;
  /// Many accounts without passwords and their joins to one room in as few commits as possible; existing ones are kept.
  /// `done` is called with the number finished so far. At most 10,000 a call.
  virtual Task<Unit> create_accounts(std::vector<NewAccount> accounts, std::optional<std::string> join_room,
                                     std::function<void(std::size_t)> done) = 0;
  /// The same with what became of each, in the order given; the room may be an alias, and who exists is joined, too.
  /// Passwords are hashed one after the other and make the call slow. Unless a twin has a better way, one account after
  /// the other. Errors: invalid_param (a name or display name; nothing is made), not_found (the room), forbidden
  /// (nobody in the room may invite).
  virtual Task<std::vector<BulkAccount>> make_accounts(std::vector<NewAccount> accounts,
                                                       std::optional<std::string> join_room,
                                                       std::function<void(std::size_t)> done);

  // What not every homeserver offers over every connection: unavailable then.
  /// A locked account keeps its sessions, but can do nothing until it is unlocked. Error: not_found.
  virtual Task<Unit> set_locked(std::string user_id, bool locked);
  virtual Task<std::vector<AccountSession>> sessions(std::string user_id);     ///< not_found
  virtual Task<Unit> end_session(std::string user_id, std::string device_id);  ///< not_found: no such device
  virtual Task<Unit> end_all_sessions(std::string user_id);                    ///< not_found

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

  /// Completes when the event is durable.
  virtual Task<SentEvent> send(NewEvent event) = 0;
  virtual Task<Unit> set_typing(std::string room_id, std::string user_id, bool typing,
                                std::chrono::milliseconds timeout) = 0;
  virtual Task<Unit> mark_read(std::string room_id, std::string user_id, std::string event_id) = 0;
  /// The newest messages of a room, newest first, as the user may see them. limit 1…100.
  virtual Task<std::vector<RoomMessage>> recent_messages(std::string room_id, std::string user_id,
                                                         std::size_t limit) = 0;

  /// A file by its mxc:// address. Errors: invalid_param (address), not_found, too_large (over max_bytes), unavailable.
  virtual Task<Media> download(std::string mxc, std::size_t max_bytes) = 0;
  /// Yields the mxc:// address. Errors: too_large, unavailable (disk full).
  virtual Task<std::string> upload(std::string user_id, Media media) = 0;

  /// Events after a position, in the order of the stream; limit 1…1000. Woken by bus::Topic::events.
  virtual Task<Feed> events_after(StreamPos cursor, std::size_t limit) = 0;
  virtual StreamPos head() const = 0;
};

}  // namespace troupe::matrix
