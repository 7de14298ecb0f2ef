// What a client asks of sliding sync. The shape that clients speak today and the accepted one (MSC4186) become one.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "homeserver/sliding/required_state.h"

namespace troupe::homeserver::sliding {

enum class SlidingShape {
  unstable,  ///< /unstable/org.matrix.simplified_msc3575/sync
  accepted,  ///< /v4/sync
};

/// What is sent of a room.
struct SlidingRule {
  std::size_t timeline_limit = 0;
  RequiredState required_state;
  bool operator==(const SlidingRule&) const = default;
};

struct SlidingFilters {
  std::optional<bool> is_dm;
  std::optional<bool> is_encrypted;
  std::optional<bool> is_invite;
  std::optional<std::vector<std::string>> spaces;
  /// Nothing: rooms without a type.
  std::optional<std::vector<std::optional<std::string>>> room_types;
  std::vector<std::optional<std::string>> not_room_types;
  std::optional<std::vector<std::string>> tags;
  std::vector<std::string> not_tags;
  std::optional<std::string> name_like;  ///< in lower case
  bool uses_tags() const { return tags || !not_tags.empty(); }
};

struct SlidingList {
  SlidingRule rule;
  SlidingFilters filters;
  /// Both ends belong to it; nothing: all rooms.
  std::optional<std::vector<std::pair<std::size_t, std::size_t>>> ranges;
};

/// An extension that is about rooms: those of these lists and subscriptions; nothing: of all.
struct RoomExtension {
  bool enabled = false;
  std::optional<std::vector<std::string>> lists;
  std::optional<std::vector<std::string>> rooms;
};

struct SlidingExtensions {
  bool to_device = false;
  std::string to_device_since;
  std::size_t to_device_limit = 100;
  bool e2ee = false;
  RoomExtension account_data;
  RoomExtension receipts;
  RoomExtension typing;
};

struct SlidingRequest {
  SlidingShape shape = SlidingShape::unstable;
  std::string user_id;
  std::string device_id;
  std::string pos;  ///< empty: the connection begins
  std::chrono::milliseconds timeout{0};
  std::string set_presence = "online";
  std::string conn_id;
  std::map<std::string, SlidingList> lists;
  std::uint64_t lists_hash = 0;  ///< tells whether the lists are those of another request
  std::vector<std::pair<std::string, SlidingRule>> subscriptions;
  std::vector<std::string> unsubscribe;  ///< room ids
  SlidingExtensions extensions;
};

inline constexpr std::size_t kMaxSlidingBodyBytes = 256 * 1024;
inline constexpr std::size_t kMaxSlidingLists = 100;
inline constexpr std::size_t kMaxSlidingListName = 64;
inline constexpr std::size_t kMaxSlidingSubscriptions = 100;
inline constexpr std::size_t kMaxSlidingRanges = 100;  ///< of one list
inline constexpr std::size_t kMaxSlidingConnId = 64;

/// Reads a body. `$ME` stands for `user_id`. What is not known is passed over: some clients answer every refusal by
/// asking again at once. Errors: bad_json (another type), invalid_param (too many lists, subscriptions or ranges, a
/// name that is too long, a range that ends before it begins).
Result<SlidingRequest> read_sliding_request(SlidingShape shape, const matrix::JsonObject& body, std::string user_id);

}  // namespace troupe::homeserver::sliding
