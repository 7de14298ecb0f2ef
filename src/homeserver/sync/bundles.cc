#include "homeserver/sync/bundles.h"

#include <algorithm>

#include "homeserver/sync/history_store.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::size_t kMaxReferences = 100;
constexpr std::size_t kEditsLookedAt =
    16;  ///< edits by others than the author are void; more than these are not skipped

constexpr std::size_t kMaxRelationsLookedAt = 10'000;
constexpr std::size_t kRelationChunk = 256;
constexpr std::size_t kMaxRelationsFiltered = 1000;  ///< the newest of an event that a filter looks at

struct Relatives {
  memory::StoredEventPtr edit;
  memory::StoredEventPtr thread_latest;
  std::int64_t thread_count = 0;
  bool thread_participated = false;
  std::vector<memory::StoredEventPtr> references;
};

bool is_edit_of(const memory::StoredEvent& edit, const memory::StoredEvent& original) {
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
Relatives relatives_in_tail(RoomView& view, const memory::StoredEvent& parent) {
  Relatives found;
  for (const auto& child : view.tail()) {
    if (child->pos <= parent.pos || child->redacted_by) continue;
    const auto [rel_type, target] = relation_target(*child->event);
    if (rel_type.empty() || target != parent.event->event_id || !view.shows(*child)) continue;
    if (rel_type == "m.replace" && is_edit_of(*child, parent)) found.edit = child;
    if (rel_type == "m.reference") found.references.push_back(child);
    if (rel_type != "m.thread") continue;
    found.thread_latest = child;
    ++found.thread_count;
    found.thread_participated |= child->event->sender == view.recipient().user_id;
  }
  return found;
}

/// How many answers of a thread the user sees: one query for each span that is visible to them, mostly one.
std::int64_t count_answers(RoomView& view, const memory::StoredEvent& root) {
  const auto* settings = view.recipient().settings.get();
  const bool ignores_somebody = settings && settings->ignored;
  std::int64_t count = 0;
  for (const auto& [after, upto] : view.visible_spans(root.pos)) {
    if (!ignores_somebody) {
      count += history_store::count_relations(*view.connection(), root.pos, "m.thread", after, upto);
      continue;
    }
    for (const auto& of :
         history_store::count_relations_by_sender(*view.connection(), root.pos, "m.thread", after, upto)) {
      if (!settings->ignores(of.sender)) count += of.count;
    }
  }
  return count;
}

Relatives relatives_in_store(RoomView& view, const memory::StoredEvent& parent) {
  auto& connection = *view.connection();
  Relatives found;
  const auto edits = shown_relations(
      view, {.parent = parent.pos, .rel_type = "m.replace", .event_type = parent.event->type, .limit = kEditsLookedAt});
  for (const auto& row : edits) {
    if (row.sender != parent.event->sender) continue;
    auto edit = view.event_at(row.pos);
    if (!edit || !is_edit_of(*edit, parent)) continue;
    found.edit = std::move(edit);
    break;
  }
  const auto latest = shown_relations(view, {.parent = parent.pos, .rel_type = "m.thread", .limit = 1});
  if (!latest.empty()) {
    found.thread_latest = view.event_at(latest.front().pos);
    found.thread_count = count_answers(view, parent);
    found.thread_participated = history_store::has_relation_by(connection, parent.pos, "m.thread",
                                                               view.recipient().user_id, view.visible_upto());
  }
  const auto references = shown_relations(
      view, {.parent = parent.pos, .rel_type = "m.reference", .limit = kMaxReferences, .newest_first = false});
  for (const auto& row : references) {
    if (auto event = view.event_at(row.pos)) found.references.push_back(std::move(event));
  }
  return found;
}

}  // namespace

std::vector<history_store::RelationRow> shown_relations(RoomView& view, const RelationQuery& query) {
  std::vector<history_store::RelationRow> shown;
  auto low = query.after;
  auto high = std::min(query.upto.value_or(view.upto()), view.visible_upto());
  const auto* settings = view.recipient().settings.get();
  auto chunk = std::clamp<std::size_t>(query.limit, 1, kRelationChunk);
  for (std::size_t looked_at = 0; low < high && shown.size() < query.limit && looked_at < kMaxRelationsLookedAt;) {
    auto rows = history_store::relations(*view.connection(), query.parent, query.rel_type, query.event_type, low, high,
                                         chunk, query.newest_first);
    looked_at += rows.size();
    if (!rows.empty()) (query.newest_first ? high : low) = rows.back().pos - (query.newest_first ? 1 : 0);
    const bool end = rows.size() < chunk;
    for (auto& row : rows) {
      if ((settings && settings->ignores(row.sender)) || !view.visible_at(row.pos)) continue;
      shown.push_back(std::move(row));
      if (shown.size() == query.limit) break;
    }
    if (end) break;
    chunk = std::min(2 * chunk, kRelationChunk);  // who hides much is not asked for one by one
  }
  return shown;
}

bool is_related_to(RoomView& view, const memory::StoredEvent& stored, const EventFilter& filter) {
  const auto& types = filter.related_by_rel_types;
  const auto& senders = filter.related_by_senders;
  if (!types && !senders) return true;
  const auto wanted = [](const std::optional<EventFilter::Names>& names, std::string_view name) {
    return !names || std::ranges::find(*names, name) != names->end();
  };
  const bool one_type = types && types->size() == 1;
  const auto rows = shown_relations(view, {.parent = stored.pos,
                                           .rel_type = one_type ? std::string_view(types->front()) : std::string_view(),
                                           .limit = one_type && !senders ? 1 : kMaxRelationsFiltered});
  return std::ranges::any_of(
      rows, [&](const auto& row) { return wanted(types, row.rel_type) && wanted(senders, row.sender); });
}

void append_bundles(std::string& out, RoomView& view, const memory::StoredEvent& stored, const EventFormat& format) {
  Relatives found;
  if (stored.pos >= view.tail_complete_after()) {
    found = relatives_in_tail(view, stored);
  } else if (!view.need_sql() && view.connection()) {
    found = relatives_in_store(view, stored);
  }
  if ((stored.flags & memory::kIsEdit) != 0) found.edit = nullptr;  // an edit is not edited itself
  if (found.edit) {
    out += "\"m.replace\":";
    view.append(out, *found.edit, format, false);
  }
  if (found.thread_latest) {
    if (!out.empty()) out += ',';
    out += "\"m.thread\":{\"latest_event\":";
    view.append(out, *found.thread_latest, format, true);
    out += ",\"count\":";
    matrix::append_number(out, found.thread_count);
    out += ",\"current_user_participated\":";
    const bool own_root = stored.event->sender == view.recipient().user_id;
    out += found.thread_participated || own_root ? "true}" : "false}";
  }
  if (!found.references.empty()) {
    if (!out.empty()) out += ',';
    out += "\"m.reference\":{\"chunk\":[";
    for (const auto& reference : found.references) {
      matrix::append_separator(out);
      out += "{\"event_id\":";
      matrix::append_json_string(out, reference->event->event_id);
      out += '}';
    }
    out += "]}";
  }
}

}  // namespace troupe::homeserver::sync
