// Aggregated relations that ride along in an event's `unsigned` (Client-Server API #aggregations-of-child-events).
#pragma once
#include <string>

#include "homeserver/sync/filter.h"
#include "homeserver/sync/history_store.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sync {

struct RelationQuery {
  StreamPos parent = 0;
  std::string_view rel_type{};    ///< empty: all
  std::string_view event_type{};  ///< empty: all
  StreamPos after = 0;
  std::optional<StreamPos> upto{};  ///< none: up to the view's
  std::size_t limit = 0;
  bool newest_first = true;
};
/// Relations to an event that the user may see, of people whom they do not ignore. The view must have a connection.
std::vector<history_store::RelationRow> shown_relations(RoomView& view, const RelationQuery& query);

/// Whether an event is related to as `related_by_rel_types` and `related_by_senders` of a filter ask for, as far as the
/// user may see. True where they ask for nothing. The view must have a connection.
bool is_related_to(RoomView& view, const memory::StoredEvent& stored, const EventFilter& filter);

/// Appends the members of `m.relations` for an event, comma-separated, or nothing: m.replace (the whole newest edit),
/// m.thread, m.reference; of what the user may see only. Annotations are not bundled: the specification dropped that.
void append_bundles(std::string& out, RoomView& view, const memory::StoredEvent& stored, const EventFormat& format);

}  // namespace troupe::homeserver::sync
