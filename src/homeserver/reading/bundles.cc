#include "homeserver/reading/bundles.h"

#include <algorithm>

#include "homeserver/json_out.h"
#include "homeserver/reading/reading_store.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMaxReferences = 100;
constexpr std::size_t kEditsLookedAt =
    16;  ///< edits by others than the author are void; more than these are not skipped

struct Relatives {
  StoredEventPtr edit;
  StoredEventPtr thread_latest;
  std::int64_t thread_count = 0;
  bool thread_participated = false;
  std::vector<StoredEventPtr> references;
};

bool is_edit_of(const StoredEvent& edit, const StoredEvent& original) {
  if (edit.redacted_by || edit.event->is_state()) return false;
  if (edit.event->sender != original.event->sender || edit.event->type != original.event->type) return false;
  return edit.event->type == "m.room.encrypted" || matrix::find_object(edit.event->content, "m.new_content");
}

std::pair<std::string_view, std::string_view> relation_target(const matrix::Event& event) {
  const auto* relates = matrix::find_object(event.content, "m.relates_to");
  if (!relates) return {};
  return {matrix::find_string(*relates, "rel_type").value_or(""),
          matrix::find_string(*relates, "event_id").value_or("")};
}

/// Relations come after their parent: when the tail reaches back to the parent, it holds all of them.
Relatives relatives_in_tail(const RoomView& view, const StoredEvent& parent) {
  Relatives found;
  for (const auto& child : view.tail()) {
    if (child->pos <= parent.pos || child->redacted_by) continue;
    const auto [rel_type, target] = relation_target(*child->event);
    if (rel_type.empty() || target != parent.event->event_id) continue;
    if (rel_type == "m.replace" && is_edit_of(*child, parent)) found.edit = child;
    if (rel_type == "m.reference") found.references.push_back(child);
    if (rel_type != "m.thread") continue;
    found.thread_latest = child;
    ++found.thread_count;
    found.thread_participated |= child->event->sender == view.recipient().user_id;
  }
  return found;
}

Relatives relatives_in_store(RoomView& view, const StoredEvent& parent) {
  auto& connection = *view.connection();
  Relatives found;
  const auto edits = reading_store::relations(connection, parent.pos, "m.replace", parent.event->type, 0, view.upto(),
                                              kEditsLookedAt, true);
  for (const auto& row : edits) {
    if (row.sender != parent.event->sender) continue;
    auto edit = view.event_at(row.pos);
    if (!edit || !is_edit_of(*edit, parent)) continue;
    found.edit = std::move(edit);
    break;
  }
  const auto latest = reading_store::relations(connection, parent.pos, "m.thread", "", 0, view.upto(), 1, true);
  if (!latest.empty()) {
    found.thread_latest = view.event_at(latest.front().pos);
    found.thread_count = reading_store::count_relations(connection, parent.pos, "m.thread", view.upto());
    found.thread_participated =
        reading_store::has_relation_by(connection, parent.pos, "m.thread", view.recipient().user_id, view.upto());
  }
  const auto references =
      reading_store::relations(connection, parent.pos, "m.reference", "", 0, view.upto(), kMaxReferences, false);
  for (const auto& row : references) {
    if (auto event = view.event_at(row.pos)) found.references.push_back(std::move(event));
  }
  return found;
}

}  // namespace

void append_bundles(std::string& out, RoomView& view, const StoredEvent& stored, const EventFormat& format) {
  Relatives found;
  if (stored.pos >= view.tail_complete_after()) {
    found = relatives_in_tail(view, stored);
  } else if (!view.need_sql() && view.connection()) {
    found = relatives_in_store(view, stored);
  }
  if ((stored.flags & kIsEdit) != 0) found.edit = nullptr;  // an edit is not edited itself
  if (found.edit) {
    out += "\"m.replace\":";
    view.append(out, *found.edit, format, false);
  }
  if (found.thread_latest) {
    if (!out.empty()) out += ',';
    out += "\"m.thread\":{\"latest_event\":";
    view.append(out, *found.thread_latest, format, true);
    out += ",\"count\":";
    append_number(out, found.thread_count);
    out += ",\"current_user_participated\":";
    const bool own_root = stored.event->sender == view.recipient().user_id;
    out += found.thread_participated || own_root ? "true}" : "false}";
  }
  if (!found.references.empty()) {
    if (!out.empty()) out += ',';
    out += "\"m.reference\":{\"chunk\":[";
    for (const auto& reference : found.references) {
      append_separator(out);
      out += "{\"event_id\":";
      append_json_string(out, reference->event->event_id);
      out += '}';
    }
    out += "]}";
  }
}

}  // namespace troupe::homeserver
