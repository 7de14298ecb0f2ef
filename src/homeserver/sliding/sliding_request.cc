#include "homeserver/sliding/sliding_request.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "homeserver/sync/sync_room.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sliding {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMaxNames = 1000;
constexpr std::int64_t kMaxTimeoutMs = 24LL * 3600 * 1000;

Error wrong_type(std::string_view name, std::string_view what) {
  return Error(Errc::bad_json, "`" + std::string(name) + "` must be " + std::string(what) + ".");
}

Error too_many(std::string_view name, std::size_t most) {
  return Error(Errc::invalid_param, "`" + std::string(name) + "`: at most " + std::to_string(most) + " are possible.");
}

/// A member that is there and not null.
const Json* member(const JsonObject& object, std::string_view name) {
  const auto* found = matrix::find(object, name);
  return found && !found->is_null() ? found : nullptr;
}

Result<const JsonObject*> object_in(const JsonObject& object, std::string_view name) {
  const auto* found = member(object, name);
  if (found && !found->is_object()) return wrong_type(name, "an object");
  return found ? found->if_object() : nullptr;
}

Result<const JsonArray*> array_in(const JsonObject& object, std::string_view name) {
  const auto* found = member(object, name);
  if (found && !found->is_array()) return wrong_type(name, "a list");
  return found ? found->if_array() : nullptr;
}

Result<std::string> text_in(const JsonObject& object, std::string_view name) {
  const auto* found = member(object, name);
  if (!found) return std::string();
  if (!found->is_string()) return wrong_type(name, "text");
  return std::string(matrix::view(found->get_string()));
}

Result<std::optional<bool>> flag_in(const JsonObject& object, std::string_view name) {
  const auto* found = member(object, name);
  if (!found) return std::optional<bool>();
  if (!found->is_bool()) return wrong_type(name, "true or false");
  return std::optional(found->get_bool());
}

std::optional<std::int64_t> whole(const Json& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_uint64()) return INT64_MAX;
  return std::nullopt;
}

/// A number that is cut to what is possible; negative ones are refused.
Result<std::size_t> number_in(const JsonObject& object, std::string_view name, std::size_t otherwise,
                              std::size_t most) {
  const auto* found = member(object, name);
  if (!found) return otherwise;
  const auto number = whole(*found);
  if (!number) return wrong_type(name, "a whole number");
  if (*number < 0) return Error(Errc::invalid_param, "`" + std::string(name) + "` must not be negative.");
  return static_cast<std::size_t>(std::min<std::int64_t>(*number, static_cast<std::int64_t>(most)));
}

Result<std::optional<std::vector<std::string>>> texts_in(const JsonObject& object, std::string_view name) {
  TRY(const auto* list, array_in(object, name));
  if (!list) return std::optional<std::vector<std::string>>();
  if (list->size() > kMaxNames) return too_many(name, kMaxNames);
  std::vector<std::string> texts;
  for (const auto& item : *list) {
    if (!item.is_string()) return wrong_type(name, "a list of text");
    texts.emplace_back(matrix::view(item.get_string()));
  }
  return std::optional(std::move(texts));
}

/// In order, each once.
template <class Names>
void tidy(Names& names) {
  std::ranges::sort(names);
  const auto again = std::ranges::unique(names);
  names.erase(again.begin(), again.end());
}

std::size_t names_in(SlidingFilters& filters) {
  std::size_t sum = 0;
  const auto count = [&sum](auto& names) {
    tidy(names);
    sum += names.size();
  };
  if (filters.spaces) count(*filters.spaces);
  if (filters.room_types) count(*filters.room_types);
  if (filters.tags) count(*filters.tags);
  count(filters.not_room_types);
  count(filters.not_tags);
  return sum;
}

/// The bounds of all lists and subscriptions together.
Result<Unit> check_sums(SlidingRequest& request) {
  std::size_t names = 0;
  PatternCount patterns;
  std::size_t sum = 0;
  for (auto& [name, list] : request.lists) {
    if (list.filters) names += names_in(*list.filters);
    sum = patterns.add(list.rule.required_state);
  }
  for (const auto& [room, rule] : request.subscriptions) sum = patterns.add(rule.required_state);
  if (names > kMaxSlidingFilterNames) return too_many("filters", kMaxSlidingFilterNames);
  if (sum > kMaxSlidingPatterns) return too_many("required_state", kMaxSlidingPatterns);
  if (patterns.excluding() > kMaxSlidingExcluding) return too_many("exclude", kMaxSlidingExcluding);
  return Unit{};
}

Result<std::optional<std::vector<std::optional<std::string>>>> types_in(const JsonObject& object,
                                                                        std::string_view name) {
  using Types = std::vector<std::optional<std::string>>;
  TRY(const auto* list, array_in(object, name));
  if (!list) return std::optional<Types>();
  if (list->size() > kMaxNames) return too_many(name, kMaxNames);
  Types types;
  for (const auto& item : *list) {
    if (item.is_null()) {
      types.emplace_back(std::nullopt);
    } else if (item.is_string()) {
      types.emplace_back(std::string(matrix::view(item.get_string())));
    } else {
      return wrong_type(name, "a list of text and null");
    }
  }
  return std::optional(std::move(types));
}

class Reader {
 public:
  Reader(SlidingShape shape, std::string_view user_id)
      : accepted_(shape == SlidingShape::accepted), user_id_(user_id) {}

  Result<SlidingRule> rule(const JsonObject& object) const {
    SlidingRule rule;
    TRY(rule.timeline_limit, number_in(object, "timeline_limit", 0, sync::kMaxTimeline));
    if (accepted_) {
      TRY(rule.required_state, accepted_state(object));
    } else {
      TRY(rule.required_state, paired_state(object));
    }
    return rule;
  }

  Result<SlidingList> list(const JsonObject& object) const {
    SlidingList list;
    TRY(list.rule, rule(object));
    TRY(const auto* filters, object_in(object, "filters"));
    if (filters) {
      TRY(auto read, this->filters(*filters));
      list.filters = std::make_unique<SlidingFilters>(std::move(read));
    }
    TRY(list.ranges, ranges(object));
    return list;
  }

  static Result<RoomExtension> extension(const JsonObject& all, std::string_view name) {
    RoomExtension extension;
    TRY(const auto* object, object_in(all, name));
    if (!object) return extension;
    TRY(const auto enabled, flag_in(*object, "enabled"));
    extension.enabled = enabled.value_or(false);
    TRY(extension.lists, names_of(*object, "lists"));
    TRY(extension.rooms, names_of(*object, "rooms"));
    return extension;
  }

 private:
  /// In order; none: all.
  static Result<RoomExtension::Names> names_of(const JsonObject& object, std::string_view member) {
    TRY(auto names, texts_in(object, member));
    if (!names) return RoomExtension::Names();
    tidy(*names);
    if (std::ranges::binary_search(*names, "*")) return RoomExtension::Names();
    return std::make_unique<std::vector<std::string>>(*std::move(names));
  }

  std::optional<std::string> pattern_of(std::string_view text) const {
    if (text == "*") return std::nullopt;
    return std::string(text == "$ME" ? user_id_ : text);
  }

  /// [[type, key], …]
  Result<RequiredState> paired_state(const JsonObject& object) const {
    TRY(const auto* list, array_in(object, "required_state"));
    if (!list || list->empty()) return RequiredState();
    if (list->size() > kMaxNames) return too_many("required_state", kMaxNames);
    RequiredState::Clause clause;
    for (const auto& item : *list) {
      const auto* pair = item.if_array();
      if (!pair || pair->size() != 2 || !(*pair)[0].is_string() || !(*pair)[1].is_string()) {
        return wrong_type("required_state", "a list of pairs of type and state key");
      }
      const auto type = matrix::view((*pair)[0].get_string());
      const auto key = matrix::view((*pair)[1].get_string());
      if (key == "$LAZY") {
        clause.lazy_members |= type == sync::kMember;
        continue;
      }
      clause.include.add(type == "*" ? std::nullopt : std::optional(std::string(type)), pattern_of(key));
    }
    return RequiredState(std::move(clause));
  }

  /// {include: [{type, state_key}], exclude, lazy_members}
  Result<RequiredState> accepted_state(const JsonObject& object) const {
    TRY(const auto* wanted, object_in(object, "required_state"));
    if (!wanted) return RequiredState();
    RequiredState::Clause clause;
    TRY(clause.include, patterns(*wanted, "include"));
    TRY(clause.exclude, patterns(*wanted, "exclude"));
    TRY(const auto lazily, flag_in(*wanted, "lazy_members"));
    clause.lazy_members = lazily.value_or(false);
    return RequiredState(std::move(clause));
  }

  Result<StatePatterns> patterns(const JsonObject& object, std::string_view name) const {
    StatePatterns found;
    TRY(const auto* list, array_in(object, name));
    if (!list) return found;
    if (list->size() > kMaxNames) return too_many(name, kMaxNames);
    for (const auto& item : *list) {
      const auto* entry = item.if_object();
      if (!entry) return wrong_type(name, "a list of objects");
      std::optional<std::string> type;
      std::optional<std::string> key;
      if (member(*entry, "type")) {
        TRY(type, text_in(*entry, "type"));
      }
      if (member(*entry, "state_key")) {
        TRY(key, text_in(*entry, "state_key"));
        if (*key == "$ME") key = std::string(user_id_);
      }
      found.add(std::move(type), std::move(key));
    }
    return found;
  }

  Result<SlidingFilters> filters(const JsonObject& object) const {
    SlidingFilters filters;
    TRY(filters.is_dm, flag_in(object, "is_dm"));
    TRY(filters.is_encrypted, flag_in(object, "is_encrypted"));
    TRY(filters.is_invite, flag_in(object, accepted_ ? "is_invited" : "is_invite"));
    TRY(filters.spaces, texts_in(object, "spaces"));
    TRY(filters.room_types, types_in(object, "room_types"));
    TRY(auto not_types, types_in(object, "not_room_types"));
    if (not_types) filters.not_room_types = *std::move(not_types);
    TRY(filters.tags, texts_in(object, "tags"));
    TRY(auto not_tags, texts_in(object, "not_tags"));
    if (not_tags) filters.not_tags = *std::move(not_tags);
    if (!accepted_) {
      TRY(const auto like, text_in(object, "room_name_like"));
      if (!like.empty()) filters.name_like = base::ascii_lower(std::string_view(like).substr(0, kMaxSlidingNameLike));
    }
    return filters;
  }

  using Range = std::pair<std::size_t, std::size_t>;
  static Result<Range> range(const Json& json) {
    const auto* pair = json.if_array();
    if (!pair || pair->size() != 2) return wrong_type("ranges", "pairs of whole numbers");
    const auto first = whole((*pair)[0]);
    const auto last = whole((*pair)[1]);
    if (!first || !last) return wrong_type("ranges", "pairs of whole numbers");
    if (*first < 0 || *last < *first) return Error(Errc::invalid_param, "A range must not end before it begins.");
    return Range{static_cast<std::size_t>(*first), static_cast<std::size_t>(*last)};
  }

  Result<std::optional<std::vector<Range>>> ranges(const JsonObject& object) const {
    std::vector<Range> found;
    if (const auto* single = member(object, "range")) {
      TRY(found.emplace_back(), range(*single));
      return std::optional(std::move(found));
    }
    if (accepted_) return std::optional<std::vector<Range>>();
    TRY(const auto everything, flag_in(object, "slow_get_all_rooms"));
    if (everything.value_or(false)) return std::optional<std::vector<Range>>();
    TRY(const auto* list, array_in(object, "ranges"));
    if (!list) return std::optional<std::vector<Range>>(std::in_place);
    if (list->size() > kMaxSlidingRanges) return too_many("ranges", kMaxSlidingRanges);
    for (const auto& item : *list) {
      TRY(found.emplace_back(), range(item));
    }
    return std::optional(merged(std::move(found)));
  }

  /// Ranges that overlap become one: no room is listed twice.
  static std::vector<Range> merged(std::vector<Range> ranges) {
    std::ranges::sort(ranges);
    std::vector<Range> apart;
    for (const auto& range : ranges) {
      if (!apart.empty() && range.first <= apart.back().second) {
        apart.back().second = std::max(apart.back().second, range.second);
      } else {
        apart.push_back(range);
      }
    }
    return apart;
  }

  const bool accepted_;
  const std::string_view user_id_;
};

Result<SlidingExtensions> read_extensions(const JsonObject& body) {
  SlidingExtensions extensions;
  TRY(const auto* all, object_in(body, "extensions"));
  if (!all) return extensions;
  TRY(const auto* to_device, object_in(*all, "to_device"));
  if (to_device) {
    TRY(const auto enabled, flag_in(*to_device, "enabled"));
    extensions.to_device = enabled.value_or(false);
    TRY(extensions.to_device_since, text_in(*to_device, "since"));
    TRY(const auto limit, number_in(*to_device, "limit", 100, 100));
    extensions.to_device_limit = std::max<std::size_t>(limit, 1);
  }
  TRY(const auto* e2ee, object_in(*all, "e2ee"));
  if (e2ee) {
    TRY(const auto enabled, flag_in(*e2ee, "enabled"));
    extensions.e2ee = enabled.value_or(false);
  }
  TRY(extensions.account_data, Reader::extension(*all, "account_data"));
  TRY(extensions.receipts, Reader::extension(*all, "receipts"));
  TRY(extensions.typing, Reader::extension(*all, "typing"));
  return extensions;
}

}  // namespace

std::size_t PatternCount::add(const RequiredState& state) {
  const bool known = std::ranges::any_of(known_, [&](const RequiredState* other) { return *other == state; });
  if (known) return sum_;
  known_.push_back(&state);
  if (state.excludes()) ++excluding_;
  return sum_ += state.count();
}

Result<SlidingRequest> read_sliding_request(SlidingShape shape, const JsonObject& body, std::string user_id) {
  SlidingRequest request;
  request.shape = shape;
  request.user_id = std::move(user_id);
  if (shape == SlidingShape::accepted) {
    TRY(request.pos, text_in(body, "pos"));
    TRY(const auto timeout, number_in(body, "timeout", 0, kMaxTimeoutMs));
    request.timeout = std::chrono::milliseconds(timeout);
    TRY(const auto presence, text_in(body, "set_presence"));
    if (!presence.empty()) request.set_presence = sync::availability_of(presence);
  }
  TRY(request.conn_id, text_in(body, "conn_id"));
  if (request.conn_id.size() > kMaxSlidingConnId) return Error(Errc::invalid_param, "`conn_id` is too long.");
  const Reader reader(shape, request.user_id);

  TRY(const auto* lists, object_in(body, "lists"));
  if (lists) {
    if (lists->size() > kMaxSlidingLists) return too_many("lists", kMaxSlidingLists);
    for (const auto& [name, json] : *lists) {
      if (name.size() > kMaxSlidingListName) return Error(Errc::invalid_param, "The name of a list is too long.");
      if (!json.is_object()) return wrong_type("lists", "an object of objects");
      TRY(request.lists[std::string(name)], reader.list(json.get_object()));
    }
    request.lists_hash = std::hash<std::string>{}(boost::json::serialize(*lists));
  }
  TRY(const auto* rooms, object_in(body, "room_subscriptions"));
  if (rooms) {
    if (rooms->size() > kMaxSlidingSubscriptions) return too_many("room_subscriptions", kMaxSlidingSubscriptions);
    for (const auto& [room_id, json] : *rooms) {
      if (!json.is_object()) return wrong_type("room_subscriptions", "an object of objects");
      TRY(auto rule, reader.rule(json.get_object()));
      request.subscriptions.emplace_back(std::string(room_id), std::move(rule));
    }
  }
  TRY(check_sums(request));
  if (const auto* gone = matrix::find_array(body, "unsubscribe_rooms")) {
    for (const auto& item : *gone) {
      if (item.is_string()) request.unsubscribe.emplace_back(matrix::view(item.get_string()));
    }
    tidy(request.unsubscribe);
  }
  TRY(request.extensions, read_extensions(body));
  return request;
}

}  // namespace troupe::homeserver::sliding
