#include "homeserver/appservice_feed/transaction.h"

#include "homeserver/sync/event_view.h"

namespace troupe::homeserver::appservice_feed {
namespace {

std::string joined(std::span<const std::string> parts) {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += ',';
    out += part;
  }
  return out;
}

}  // namespace

EventBatch read_batch(store::Connection& connection, memory::Rooms& rooms, std::string_view service,
                      std::int64_t now_ms) {
  EventBatch batch;
  const sync::Recipient recipient{.user_id = {}, .device_id = {}, .now_ms = now_ms};
  for (const auto pos : feed_store::waiting(connection, service, kMaxEvents)) {
    if (batch.events.size() >= kMaxBodyBytes) break;
    batch.upto = pos;
    const auto stored = memory::event_store::load_event(connection, pos);
    const auto room = stored ? rooms.load(connection, stored->room) : nullptr;
    if (!room) continue;
    const auto before = stored->replaces ? memory::event_store::load_event(connection, *stored->replaces) : nullptr;
    const auto redaction =
        stored->redacted_by ? memory::event_store::load_event(connection, *stored->redacted_by) : nullptr;
    if (!batch.events.empty()) batch.events += ',';
    sync::append_event(batch.events, *stored, recipient, {.room_id = room->id()},
                       {.membership = {}, .replaced = before.get(), .redaction = redaction.get(), .relations = {}});
    ++batch.count;
  }
  return batch;
}

std::string transaction_body(std::string_view events, std::span<const std::string> edus) {
  std::string body = "{\"events\":[";
  body += events;
  body += ']';
  if (!edus.empty()) {
    const auto all = joined(edus);
    for (const auto* name : {"ephemeral", "de.sorunome.msc2409.ephemeral"}) {
      body += ",\"";
      body += name;
      body += "\":[";
      body += all;
      body += ']';
    }
  }
  body += '}';
  return body;
}

}  // namespace troupe::homeserver::appservice_feed
