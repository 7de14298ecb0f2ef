// What a client asks of sliding sync. The shape that clients speak today and the accepted one (MSC4186) become one.
#pragma once
#include <boost/container/flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "homeserver/sliding/required_state.h"
#include "homeserver/sync/presence.h"

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
  bool uses_state() const { return is_encrypted || room_types || !not_room_types.empty() || name_like; }
};

struct SlidingList {
  SlidingRule rule;
  std::unique_ptr<SlidingFilters> filters;  ///< none: all rooms
  /// Both ends belong to it; nothing: all rooms.
  std::optional<std::vector<std::pair<std::size_t, std::size_t>>> ranges;
};

/// An extension that is about rooms: those of these lists and subscriptions, in order; nothing: of all.
struct RoomExtension {
  using Names = std::unique_ptr<std::vector<std::string>>;
  bool enabled = false;
  Names lists;
  Names rooms;
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

/// Thousands of them wait: what is said seldom takes the room of a pointer.
struct SlidingRequest {
  SlidingShape shape = SlidingShape::unstable;
  std::string user_id;
  std::string device_id;
  std::string pos;  ///< empty: the connection begins
  std::chrono::milliseconds timeout{0};
  /// Nothing: another word.
  std::optional<sync::Availability> set_presence = sync::Availability::online;
  std::string conn_id;
  boost::container::flat_map<std::string, SlidingList> lists;
  std::uint64_t lists_hash = 0;  ///< tells whether the lists are those of another request
  std::vector<std::pair<std::string, SlidingRule>> subscriptions;
  std::vector<std::string> unsubscribe;  ///< room ids in order
  SlidingExtensions extensions;
};

inline constexpr std::size_t kMaxSlidingBodyBytes = 256 * 1024;
inline constexpr std::size_t kMaxSlidingLists = 100;
inline constexpr std::size_t kMaxSlidingListName = 64;
inline constexpr std::size_t kMaxSlidingSubscriptions = 100;
inline constexpr std::size_t kMaxSlidingRanges = 16;  ///< of one list; clients have one or two
/// All lists of an answer show so many rooms together, beside four times the rooms of the account.
inline constexpr std::size_t kMaxSlidingListed = 5000;
/// Of a request's lists and subscriptions together. Rules that say the same count once.
inline constexpr std::size_t kMaxSlidingPatterns = 1000;
inline constexpr std::size_t kMaxSlidingExcluding = 16;      ///< rules of a request that exclude state
inline constexpr std::size_t kMaxSlidingFilterNames = 1000;  ///< spaces, types and tags of a request's filters together
inline constexpr std::size_t kMaxSlidingNameLike = 255;      ///< bytes; names are looked through that far
inline constexpr std::size_t kMaxSlidingConnId = 64;

/// How many patterns many rules have: those that say the same count once.
class PatternCount {
 public:
  /// `state` must outlive this. Yields the sum.
  std::size_t add(const RequiredState& state);
  std::size_t excluding() const { return excluding_; }

 private:
  std::vector<const RequiredState*> known_;
  std::size_t sum_ = 0;
  std::size_t excluding_ = 0;
};

/// Reads a body. `$ME` stands for `user_id`. What is not known is passed over: some clients answer every refusal by
/// asking again at once. Ranges of a list that overlap become one; names of filters are sorted, each once. Errors:
/// bad_json (another type), invalid_param (too many lists, subscriptions, ranges, patterns or names of filters, a name
/// that is too long, a range that ends before it begins).
Result<SlidingRequest> read_sliding_request(SlidingShape shape, const matrix::JsonObject& body, std::string user_id);

}  // namespace troupe::homeserver::sliding
