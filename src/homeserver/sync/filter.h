// Filters of /sync, /messages and their like: parsing and matching (Client-Server API #filtering).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/event.h"

namespace troupe::homeserver::sync {

/// An EventFilter, StateFilter or RoomEventFilter; what a kind does not have stays at its default.
struct EventFilter {
  using Names = std::vector<std::string>;
  std::optional<std::size_t> limit;  ///< as the client wrote it; whoever reads it applies the server's own cap
  std::optional<Names> types;        ///< '*' stands for any run of characters; an empty list matches nothing
  std::optional<Names> senders;
  std::optional<Names> rooms;
  Names not_types;
  Names not_senders;
  Names not_rooms;
  std::optional<bool> contains_url;
  // Events to which another relates in such a way, or sent by one of these; who reads history looks that up.
  std::optional<Names> related_by_rel_types;
  std::optional<Names> related_by_senders;
  bool lazy_load_members = false;
  bool include_redundant_members = false;
  bool unread_thread_notifications = false;

  bool matches(const matrix::Event& event) const;
  bool matches_type(std::string_view type) const;
  bool matches_sender(std::string_view sender) const;
  bool matches_room(std::string_view room_id) const;
  /// Every event of the rooms passes, whatever it is.
  bool everything() const {
    return !types && !senders && not_types.empty() && not_senders.empty() && !contains_url && !related_by_rel_types &&
           !related_by_senders;
  }
  /// No event at all can pass: a quick way around work.
  bool nothing() const { return types && types->empty(); }
};

struct RoomFilter {
  std::optional<EventFilter::Names> rooms;
  EventFilter::Names not_rooms;
  EventFilter ephemeral;
  EventFilter state;
  EventFilter timeline;
  EventFilter account_data;
  bool include_leave = false;

  bool matches_room(std::string_view room_id) const;
};

struct Filter {
  bool federation_format = false;
  std::optional<EventFilter::Names> event_fields;  ///< paths of what is shown of an event (matrix/property_path.h)
  EventFilter presence;
  EventFilter account_data;
  RoomFilter room;
};
using FilterPtr = std::shared_ptr<const Filter>;

inline constexpr std::size_t kMaxFilterBytes = 64 * 1024;
inline constexpr std::size_t kMaxFilterNames = 1000;

/// A whole filter, as stored or written inline. Unknown members are ignored; null counts as absent.
/// Errors: bad_json, naming the member that is of the wrong type.
Result<Filter> parse_filter(const matrix::JsonObject& json);
/// The filter of /messages, /context and /relations: one RoomEventFilter.
Result<EventFilter> parse_event_filter(const matrix::JsonObject& json);

/// What is asked of filters that come in now, beside being parsed: rooms are named by room ids, senders by user ids.
/// Stored ones from before go on as they are. Error: bad_json, naming the member.
Result<Unit> check_filter_ids(const matrix::JsonObject& json);
/// The same for one RoomEventFilter.
Result<Unit> check_event_filter_ids(const matrix::JsonObject& json);

/// Whether `pattern`, in which '*' matches any run of characters, matches the whole text. Takes time linear in both:
/// a filter may have a thousand of them.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace troupe::homeserver::sync
