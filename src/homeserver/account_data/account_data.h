// Account data, global and per room, with the tags and push rules that live in it (Client-Server API #client-config).
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/memory/users.h"

namespace troupe::homeserver::account_data {

/// A user's own push rules; nothing when they never changed the predefined ones.
using PushRulesPtr = std::shared_ptr<const matrix::JsonObject>;

/// Whom a user wants to hear nothing of (Client-Server API #ignoring-users); ids in order.
using IgnoredUsers = std::set<std::string, std::less<>>;

/// What of a user's account data the server itself acts on. Immutable; a newer one takes its place.
struct UserSettings {
  PushRulesPtr push_rules;
  std::shared_ptr<const IgnoredUsers> ignored;  ///< nothing when nobody is
  bool blocks_invites = false;                  ///< of everybody (#invite-permission), but for the server itself
  std::string server_account;                   ///< by which the server writes to people; empty: it does not
  bool ignores(std::string_view user_id) const { return ignored && ignored->contains(user_id); }
  bool blocks_invite_of(std::string_view user_id) const { return blocks_invites && user_id != server_account; }
  /// Whether they hear nothing of an invitation by this other user.
  bool hides_invite_of(std::string_view user_id) const { return blocks_invite_of(user_id) || ignores(user_id); }
};
using UserSettingsPtr = std::shared_ptr<const UserSettings>;

inline constexpr std::size_t kMaxAccountDataEntries = 10'000;  ///< of one user, over all rooms
/// Smaller entries are bounded by their number alone.
inline constexpr std::size_t kSmallAccountDataBytes = 1024;

/// Whether the user wants no invitations, by what is stored now.
bool blocks_invites(store::Connection& connection, std::string_view user_id);

/// One per server; callable from any thread.
class AccountData {
 public:
  /// `max_bytes`: of one user's entries together. `server_account`: UserSettings::server_account.
  AccountData(store::Database& db, memory::Rooms& rooms, memory::Users& users,
              std::uint64_t max_bytes = 64ULL * 1024 * 1024, std::string server_account = {});

  /// Replaces one entry; `room_id` none: global. Completes when it is durable. The user's devices see it by /sync.
  /// Errors: not_found (no such room), limit_exceeded (more than kMaxAccountDataEntries), too_large (over the quota).
  Task<Unit> set(std::string user_id, std::optional<std::string> room_id, std::string type, matrix::JsonObject content);
  /// Errors: not_found.
  Task<matrix::JsonObject> get(std::string user_id, std::optional<std::string> room_id, std::string type);

  /// The same inside an operation on the writer thread; yields the position. Errors: limit_exceeded, too_large.
  Result<StreamPos> put(store::Tx& tx, const std::string& user_id, memory::RoomNum room, const std::string& type,
                        const matrix::JsonObject& content);

  /// The `global` rule set as it stands for the user: their own, or the predefined one.
  Task<matrix::JsonObject> push_rules(std::string user_id);
  /// Reads the rule set, lets `change` alter it, stores it: one operation. Errors: those of `change`.
  Task<Unit> change_push_rules(std::string user_id, std::function<Result<Unit>(matrix::JsonObject&)> change);
  /// From memory, else through the connection; nothing when there is none and one is needed.
  UserSettingsPtr settings(store::Connection* connection, const std::string& user_id);

  /// Another process changed what settings() yields for the user. Writer thread. Throws store::SqlError.
  void refresh(store::Connection& connection, const std::string& user_id);
  /// Forgets what is in memory.
  void clear();

  // Tags: {"tags": {name: {order}}} in the room's m.tag (#room-tagging).
  Task<Unit> set_tag(std::string user_id, std::string room_id, std::string tag, matrix::JsonObject content);
  Task<Unit> remove_tag(std::string user_id, std::string room_id, std::string tag);

 private:
  Task<Unit> change_tags(std::string user_id, std::string room_id, std::function<Result<Unit>(matrix::JsonObject&)>);
  Result<memory::RoomNum> room_number(store::Connection& connection, const std::optional<std::string>& room_id);
  void remember(const std::string& user_id, UserSettingsPtr settings, bool replace);

  store::Database& db_;
  memory::Rooms& rooms_;
  memory::Users& users_;
  const std::int64_t max_bytes_;
  const std::string server_account_;
  base::Mutex mutex_;
  std::unordered_map<std::string, UserSettingsPtr> settings_ GUARDED_BY(mutex_);
};

inline constexpr std::string_view kPushRulesType = "m.push_rules";
inline constexpr std::string_view kIgnoredType = "m.ignored_user_list";
inline constexpr std::string_view kInvitePermissionType = "m.invite_permission_config";
inline constexpr std::string_view kFullyReadType = "m.fully_read";
inline constexpr std::string_view kTagType = "m.tag";

}  // namespace troupe::homeserver::account_data
