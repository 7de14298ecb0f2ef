#include "homeserver/sync/event_view.h"

#include <algorithm>
#include <utility>

#include "matrix/json_out.h"
#include "matrix/property_path.h"

namespace troupe::homeserver::sync {
namespace {

void append_content(std::string& out, const matrix::Event& event) { out += boost::json::serialize(event.content); }

void append_opening(std::string& out, const memory::StoredEvent& stored, const EventFormat& format) {
  // Who has no bytes could not read the ledger either: what is being built is thrown away (RoomView::incomplete).
  if (!format.federation || stored.event->pdu.empty()) {
    out += stored.client_open;
    if (!format.room_id.empty()) {
      out += ",\"room_id\":";
      matrix::append_json_string(out, format.room_id);
    }
    return;
  }
  const std::string_view pdu = stored.event->pdu;
  out += pdu.substr(0, pdu.size() - 1);
  out += ",\"event_id\":";
  matrix::append_json_string(out, stored.event->event_id);
}

/// For the few who ask for parts of events: the whole is made, and the rest left out again.
void append_only(std::string& out, const memory::StoredEvent& stored, const Recipient& recipient, EventFormat format,
                 const UnsignedParts& parts) {
  const auto& paths = *std::exchange(format.only, nullptr);
  std::string whole;
  append_event(whole, stored, recipient, format, parts);
  const auto event = matrix::parse_json(whole);
  if (event && event->is_object()) {
    out += boost::json::serialize(matrix::only_properties(event->get_object(), paths));
  } else {
    out += whole;
  }
}

}  // namespace

void append_event(std::string& out, const memory::StoredEvent& stored, const Recipient& recipient,
                  const EventFormat& format, const UnsignedParts& parts) {
  if (format.only) {
    append_only(out, stored, recipient, format, parts);
    return;
  }
  append_opening(out, stored, format);
  out += ",\"unsigned\":{\"age\":";
  matrix::append_number(out, std::max<std::int64_t>(0, recipient.now_ms - stored.event->origin_server_ts));
  if (!stored.txn_id.empty() && stored.event->sender == recipient.user_id && !recipient.device_id.empty() &&
      stored.device == recipient.device_id) {
    out += ",\"transaction_id\":";
    matrix::append_json_string(out, stored.txn_id);
  }
  if (!parts.membership.empty()) {
    out += ",\"membership\":";
    matrix::append_json_string(out, parts.membership);
  }
  if (parts.replaced) {
    const auto& before = *parts.replaced->event;
    out += ",\"prev_content\":";
    append_content(out, before);
    out += ",\"prev_sender\":";
    matrix::append_json_string(out, before.sender);
    out += ",\"replaces_state\":";
    matrix::append_json_string(out, before.event_id);
  }
  if (parts.redaction) {
    out += ",\"redacted_because\":";
    append_opening(out, *parts.redaction, format);
    out += ",\"unsigned\":{\"age\":";
    matrix::append_number(out, std::max<std::int64_t>(0, recipient.now_ms - parts.redaction->event->origin_server_ts));
    out += "}}";
  }
  if (!parts.relations.empty()) {
    out += ",\"m.relations\":{";
    out += parts.relations;
    out += '}';
  }
  out += "}}";
}

void append_member(std::string& out, const memory::Members::Member& member, const Recipient& recipient,
                   std::string_view room_id) {
  member.append_client_open(out);
  if (!room_id.empty()) {
    out += ",\"room_id\":";
    matrix::append_json_string(out, room_id);
  }
  out += ",\"unsigned\":{\"age\":";
  matrix::append_number(out, std::max<std::int64_t>(0, recipient.now_ms - member.origin_server_ts()));
  out += "}}";
}

void append_stripped_event(std::string& out, const matrix::Event& event) {
  out += "{\"content\":";
  append_content(out, event);
  out += ",\"sender\":";
  matrix::append_json_string(out, event.sender);
  out += ",\"state_key\":";
  matrix::append_json_string(out, event.state_key.value_or(std::string()));
  out += ",\"type\":";
  matrix::append_json_string(out, event.type);
  out += '}';
}

}  // namespace troupe::homeserver::sync
