#include "homeserver/sync/filter.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "matrix/ids.h"

namespace troupe::homeserver::sync {
namespace {

using matrix::Json;
using matrix::JsonObject;
using Names = EventFilter::Names;

Error wrong(std::string_view where, std::string_view key, std::string_view wanted) {
  std::string path(where);
  if (!path.empty()) path += '.';
  path += key;
  return {Errc::bad_json, "filter: " + path + " must be " + std::string(wanted)};
}

/// The member, or nullptr when it is absent or null.
const Json* member(const JsonObject& json, std::string_view key) {
  const auto* found = matrix::find(json, key);
  return found && !found->is_null() ? found : nullptr;
}

Result<Unit> read_names(const JsonObject& json, std::string_view where, std::string_view key,
                        std::optional<Names>& out) {
  const auto* value = member(json, key);
  if (!value) return Unit{};
  if (!value->is_array()) return wrong(where, key, "a list of strings");
  const auto& list = value->get_array();
  if (list.size() > kMaxFilterNames) return wrong(where, key, "a list of at most 1000 strings");
  Names names;
  names.reserve(list.size());
  std::unordered_set<std::string_view> known;
  for (const auto& item : list) {
    if (!item.is_string()) return wrong(where, key, "a list of strings");
    const auto name = matrix::view(item.get_string());
    if (known.insert(name).second) names.emplace_back(name);
  }
  out = std::move(names);
  return Unit{};
}

Result<Unit> read_names(const JsonObject& json, std::string_view where, std::string_view key, Names& out) {
  std::optional<Names> names;
  TRY(read_names(json, where, key, names));
  if (names) out = *std::move(names);
  return Unit{};
}

Result<Unit> read_bool(const JsonObject& json, std::string_view where, std::string_view key, bool& out) {
  const auto* value = member(json, key);
  if (!value) return Unit{};
  if (!value->is_bool()) return wrong(where, key, "true or false");
  out = value->get_bool();
  return Unit{};
}

Result<EventFilter> read_event_filter(const JsonObject& json, std::string_view where) {
  EventFilter f;
  if (const auto* limit = member(json, "limit")) {
    // Some clients write numbers as floats.
    double number = -1;
    if (limit->is_int64()) number = static_cast<double>(limit->get_int64());
    if (limit->is_uint64()) number = static_cast<double>(limit->get_uint64());
    if (limit->is_double()) number = limit->get_double();
    if (!(number >= 0)) return wrong(where, "limit", "a number that is not negative");
    f.limit = static_cast<std::size_t>(std::min(number, 1e6));
  }
  if (const auto* contains_url = member(json, "contains_url")) {
    if (!contains_url->is_bool()) return wrong(where, "contains_url", "true or false");
    f.contains_url = contains_url->get_bool();
  }
  TRY(read_names(json, where, "types", f.types));
  TRY(read_names(json, where, "senders", f.senders));
  TRY(read_names(json, where, "rooms", f.rooms));
  TRY(read_names(json, where, "related_by_rel_types", f.related_by_rel_types));
  TRY(read_names(json, where, "related_by_senders", f.related_by_senders));
  TRY(read_names(json, where, "not_types", f.not_types));
  TRY(read_names(json, where, "not_senders", f.not_senders));
  TRY(read_names(json, where, "not_rooms", f.not_rooms));
  TRY(read_bool(json, where, "lazy_load_members", f.lazy_load_members));
  TRY(read_bool(json, where, "include_redundant_members", f.include_redundant_members));
  TRY(read_bool(json, where, "unread_thread_notifications", f.unread_thread_notifications));
  return f;
}

/// The filter under `key`; the default one when it is absent.
Result<EventFilter> read_part(const JsonObject& json, std::string_view where, std::string_view key) {
  const auto* value = member(json, key);
  if (!value) return EventFilter{};
  if (!value->is_object()) return wrong(where, key, "an object");
  const std::string path = where.empty() ? std::string(key) : std::string(where) + "." + std::string(key);
  return read_event_filter(value->get_object(), path);
}

bool is_room_id(std::string_view text) { return matrix::parse_room_id(text).has_value(); }
bool is_user_id(std::string_view text) { return matrix::parse_user_id(text).has_value(); }

Result<Unit> check_names(const JsonObject& json, std::string_view where, std::string_view key,
                         bool (*is_id)(std::string_view), std::string_view wanted) {
  const auto* list = matrix::find_array(json, key);
  if (!list) return Unit{};
  for (const auto& item : *list) {
    if (!item.is_string() || !is_id(matrix::view(item.get_string()))) return wrong(where, key, wanted);
  }
  return Unit{};
}

Result<Unit> check_rooms(const JsonObject& json, std::string_view where) {
  TRY(check_names(json, where, "rooms", is_room_id, "a list of room ids"));
  return check_names(json, where, "not_rooms", is_room_id, "a list of room ids");
}

Result<Unit> check_ids(const JsonObject& json, std::string_view where) {
  TRY(check_names(json, where, "senders", is_user_id, "a list of user ids"));
  TRY(check_names(json, where, "not_senders", is_user_id, "a list of user ids"));
  TRY(check_names(json, where, "related_by_senders", is_user_id, "a list of user ids"));
  return check_rooms(json, where);
}

bool contains(const Names& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == pattern.npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  const auto last = pattern.rfind('*');
  const auto end = last == pattern.npos ? pattern : pattern.substr(last + 1);
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  pattern.remove_suffix(end.size());
  // What stands between two stars, each as early as it can be. memmem takes linear time, whatever the texts are.
  while (!pattern.empty()) {
    const auto part = pattern.substr(0, pattern.find('*'));
    pattern.remove_prefix(part.size() + 1);
    if (part.empty()) continue;
    const auto* found = static_cast<const char*>(memmem(text.data(), text.size(), part.data(), part.size()));
    if (!found) return false;
    text.remove_prefix(static_cast<std::size_t>(found - text.data()) + part.size());
  }
  return true;
}

bool EventFilter::matches_type(std::string_view type) const {
  const auto fits = [type](const std::string& pattern) { return glob_matches(pattern, type); };
  if (types && std::ranges::none_of(*types, fits)) return false;
  return std::ranges::none_of(not_types, fits);
}

bool EventFilter::matches_sender(std::string_view sender) const {
  if (senders && !contains(*senders, sender)) return false;
  return !contains(not_senders, sender);
}

bool EventFilter::matches_room(std::string_view room_id) const {
  if (rooms && !contains(*rooms, room_id)) return false;
  return !contains(not_rooms, room_id);
}

bool EventFilter::matches(const matrix::Event& event) const {
  if (!matches_type(event.type) || !matches_sender(event.sender)) return false;
  if (!contains_url) return true;
  return matrix::find_string(event.content, "url").has_value() == *contains_url;
}

bool RoomFilter::matches_room(std::string_view room_id) const {
  if (rooms && !contains(*rooms, room_id)) return false;
  return !contains(not_rooms, room_id);
}

Result<EventFilter> parse_event_filter(const JsonObject& json) { return read_event_filter(json, ""); }

Result<Filter> parse_filter(const JsonObject& json) {
  Filter f;
  if (const auto* format = member(json, "event_format")) {
    if (!format->is_string()) return wrong("", "event_format", "\"client\" or \"federation\"");
    const auto word = matrix::view(format->get_string());
    if (word != "client" && word != "federation") return wrong("", "event_format", "\"client\" or \"federation\"");
    f.federation_format = word == "federation";
  }
  TRY(read_names(json, "", "event_fields", f.event_fields));
  TRY(f.presence, read_part(json, "", "presence"));
  TRY(f.account_data, read_part(json, "", "account_data"));
  const auto* room = member(json, "room");
  if (!room) return f;
  if (!room->is_object()) return wrong("", "room", "an object");
  const auto& part = room->get_object();
  TRY(read_names(part, "room", "rooms", f.room.rooms));
  TRY(read_names(part, "room", "not_rooms", f.room.not_rooms));
  TRY(f.room.ephemeral, read_part(part, "room", "ephemeral"));
  TRY(f.room.state, read_part(part, "room", "state"));
  TRY(f.room.timeline, read_part(part, "room", "timeline"));
  TRY(f.room.account_data, read_part(part, "room", "account_data"));
  TRY(read_bool(part, "room", "include_leave", f.room.include_leave));
  return f;
}

Result<Unit> check_event_filter_ids(const JsonObject& json) { return check_ids(json, ""); }

Result<Unit> check_filter_ids(const JsonObject& json) {
  for (const std::string_view key : {"presence", "account_data"}) {
    if (const auto* part = matrix::find_object(json, key)) TRY(check_ids(*part, key));
  }
  const auto* room = matrix::find_object(json, "room");
  if (!room) return Unit{};
  TRY(check_rooms(*room, "room"));
  for (const std::string_view key : {"ephemeral", "state", "timeline", "account_data"}) {
    if (const auto* part = matrix::find_object(*room, key)) TRY(check_ids(*part, "room." + std::string(key)));
  }
  return Unit{};
}

}  // namespace troupe::homeserver::sync
