// Events: the PDU, how one is built and identified, what redaction leaves, and the form clients see.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/json.h"
#include "matrix/room_version.h"

namespace troupe::matrix {

inline constexpr std::size_t kMaxPduBytes = 65'536;

/// An accepted or stored event. Immutable once made; shared between threads. What it hangs on stands in its bytes alone
/// (linked_events): the newest events of all rooms stay in memory.
struct Event {
  std::string event_id;
  std::string room_id;
  std::string type;
  std::string sender;
  std::optional<std::string> state_key;
  std::int64_t origin_server_ts = 0;  ///< ms
  std::int64_t depth = 0;
  JsonObject content;
  std::optional<std::string> redacts;  ///< target of an m.room.redaction, wherever the room version keeps it
  std::string pdu;  ///< canonical bytes of the PDU (with event_id in versions 1 and 2; signatures may be absent)

  bool is_state() const { return state_key.has_value(); }
};
using EventPtr = std::shared_ptr<const Event>;

/// What a new local event is made of; the rest follows from the room.
struct EventDraft {
  std::string type;
  std::string sender;
  std::optional<std::string> state_key;
  JsonObject content;  ///< has passed check_canonical, as strictly as the room version asks
  std::int64_t origin_server_ts = 0;
  std::optional<std::string> redacts;
};

/// Where a new event hangs in the room's graph.
struct EventLinks {
  std::string room_id;  ///< empty for the create event of version 12: the event id gives it
  std::vector<std::string> prev_events;
  std::vector<std::string> auth_events;
  std::int64_t depth = 1;  ///< capped at 2^63−1 by the protocol, 2^53−1 here
  // Versions 1 and 2 alone, where events are given their ids; empty in others:
  std::string event_id{};
  std::vector<std::string> prev_hashes{};  ///< reference_hash of each of prev_events, in their order
  std::vector<std::string> auth_hashes{};
};

/// Builds the PDU: content hash, canonical bytes, event id. Not signed: ids do not cover signatures.
/// Errors: too_large (over kMaxPduBytes, or a field over 255 bytes), bad_json.
Result<EventPtr> build_event(const RoomVersion& version, EventDraft draft, EventLinks links);

/// Reads stored bytes back. `event_id`: what the bytes are known by; empty: it is worked out, by hashing them in most
/// room versions. Error: internal (damaged).
Result<EventPtr> parse_event(const RoomVersion& version, std::string pdu, std::string event_id = {});

/// The ids in "prev_events" or "auth_events" of the event's bytes. Error: internal (damaged).
Result<std::vector<std::string>> linked_events(const RoomVersion& version, const Event& event, std::string_view key);

/// The content hash of a PDU (Server-Server API #calculating-the-content-hash-for-an-event), unpadded base64.
std::string content_hash(const JsonObject& pdu);
/// The reference hash (#calculating-the-reference-hash-for-an-event), unpadded base64: what events of versions 1 and 2
/// say of those they name. Redaction does not change it. Error: internal (damaged).
Result<std::string> reference_hash(const RoomVersion& version, const Event& event);
/// The id that the event carries (versions 1 and 2; empty when it carries none), or that its reference hash gives.
std::string event_id_of(const RoomVersion& version, const JsonObject& pdu);
/// What a redaction leaves of a PDU (room version specifications, #redactions).
JsonObject redact(const RoomVersion& version, const JsonObject& pdu);

/// The canonical bytes of the pruned form of an event, with the same event id.
Result<EventPtr> redacted_event(const RoomVersion& version, const Event& event);

/// The client form without "unsigned" and without the closing brace, so that each recipient's `unsigned` can be
/// appended:
/// `{"content":…,"event_id":…,"origin_server_ts":…,"room_id":…,"sender":…,"state_key":…,"type":…`
/// `with_room_id` is false inside /sync. Redaction events carry `redacts` both at the top and in content
/// (Client-Server API, room versions 10 and 11).
std::string client_event_open(const RoomVersion& version, const Event& event, bool with_room_id);

/// The stripped form of a state event (content, sender, state_key, type) for invites and knocks.
JsonObject stripped_event(const Event& event);

}  // namespace troupe::matrix
