#include "homeserver/sync/timeline.h"

#include <algorithm>
#include <ranges>

namespace troupe::homeserver::sync {
namespace {

/// Takes events from the newest down until there are enough.
struct Picker {
  RoomView& view;
  const EventFilter& filter;
  std::size_t limit;
  TimelinePart part;

  /// False: enough, or nothing older can be shown.
  bool take(const memory::StoredEventPtr& stored) {
    if (!filter.matches(*stored->event) || view.ignored(*stored)) return true;
    if (part.events.size() == limit || !view.visible(*stored)) {
      part.limited = true;
      return false;
    }
    part.events.push_back(stored);
    return true;
  }
};

}  // namespace

bool TimelinePart::shows(StreamPos pos) const {
  return pos >= start &&
         std::ranges::binary_search(events, pos, {}, [](const memory::StoredEventPtr& e) { return e->pos; });
}

TimelinePart pick_timeline(RoomView& view, StreamPos since, const EventFilter& filter, std::size_t limit) {
  Picker picker{view, filter, limit, {}};
  bool done = filter.nothing();
  for (auto it = view.tail().rbegin(); !done && it != view.tail().rend() && (*it)->pos > since; ++it) {
    done = !picker.take(*it);
  }
  if (!done && view.tail_complete_after() > since && !view.need_sql()) {
    auto before = std::min(view.upto(), view.tail().empty() ? view.upto() : view.tail().front()->pos - 1);
    for (std::size_t scanned = 0; !done;) {
      const auto chunk = std::max<std::size_t>(limit + 1, 32);
      const auto older =
          memory::event_store::timeline(*view.connection(), view.room().num(), since, before, chunk, true);
      for (const auto& stored : std::views::reverse(older)) {
        done = !picker.take(stored);
        if (done) break;
      }
      scanned += older.size();
      if (older.size() < chunk) break;
      before = older.front()->pos - 1;
      if (!done && scanned >= kMaxScanned) picker.part.limited = done = true;
    }
  }
  std::ranges::reverse(picker.part.events);
  auto part = std::move(picker.part);
  part.start = part.events.empty() ? view.upto() + 1 : part.events.front()->pos;
  return part;
}

}  // namespace troupe::homeserver::sync
