// Account data, global and per room, with the tags and push rules that live in it (Client-Server API #client-config).
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "homeserver/reading_store.h"
#include "homeserver/rooms.h"
#include "homeserver/users.h"

namespace troupe::homeserver {

/// A user's own push rules; nothing when they never changed the predefined ones.
using PushRulesPtr = std::shared_ptr<const matrix::JsonObject>;

inline constexpr std::size_t kMaxAccountDataEntries = 10'000;  ///< of one user, over all rooms

/// One per server; callable from any thread.
class AccountData {
 public:
  AccountData(store::Database& db, Rooms& rooms, Users& users);

  /// Replaces one entry; `room_id` none: global. Completes when it is durable. The user's devices see it by /sync.
  /// Errors: not_found (no such room), limit_exceeded (more than kMaxAccountDataEntries).
  Task<Unit> set(std::string user_id, std::optional<std::string> room_id, std::string type, matrix::JsonObject content);
  /// Errors: not_found.
  Task<matrix::JsonObject> get(std::string user_id, std::optional<std::string> room_id, std::string type);

  /// The same inside an operation on the writer thread; yields the position. Error: limit_exceeded.
  Result<StreamPos> put(store::Tx& tx, const std::string& user_id, RoomNum room, const std::string& type,
                        const matrix::JsonObject& content);

  /// The `global` rule set as it stands for the user: their own, or the predefined one.
  Task<matrix::JsonObject> push_rules(std::string user_id);
  /// Reads the rule set, lets `change` alter it, stores it: one operation. Errors: those of `change`.
  Task<Unit> change_push_rules(std::string user_id, std::function<Result<Unit>(matrix::JsonObject&)> change);
  /// For evaluation: from memory, else through the connection; `known` is false when there is none and one is needed.
  PushRulesPtr custom_push_rules(store::Connection* connection, const std::string& user_id, bool& known);

  // Tags: {"tags": {name: {order}}} in the room's m.tag (#room-tagging).
  Task<Unit> set_tag(std::string user_id, std::string room_id, std::string tag, matrix::JsonObject content);
  Task<Unit> remove_tag(std::string user_id, std::string room_id, std::string tag);

 private:
  Task<Unit> change_tags(std::string user_id, std::string room_id, std::function<Result<Unit>(matrix::JsonObject&)>);
  Result<RoomNum> room_number(store::Connection& connection, const std::optional<std::string>& room_id);
  void remember_push_rules(const std::string& user_id, PushRulesPtr rules, bool replace);

  store::Database& db_;
  Rooms& rooms_;
  Users& users_;
  std::mutex mutex_;
  std::unordered_map<std::string, PushRulesPtr> push_rules_;  ///< guarded by mutex_; nullptr: predefined
};

inline constexpr std::string_view kPushRulesType = "m.push_rules";
inline constexpr std::string_view kFullyReadType = "m.fully_read";
inline constexpr std::string_view kTagType = "m.tag";

}  // namespace troupe::homeserver
