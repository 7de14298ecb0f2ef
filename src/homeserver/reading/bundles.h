// Aggregated relations that ride along in an event's `unsigned` (Client-Server API #aggregations-of-child-events).
#pragma once
#include <string>

#include "homeserver/reading/visibility.h"

namespace troupe::homeserver {

/// Appends the members of `m.relations` for an event, comma-separated, or nothing: m.replace (the whole newest edit),
/// m.thread, m.reference. Annotations are not bundled: the specification dropped that.
void append_bundles(std::string& out, RoomView& view, const StoredEvent& stored, const EventFormat& format);

}  // namespace troupe::homeserver
