#include "matrix/event.h"

#include <charconv>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/ids.h"
#include "matrix/redaction.h"

namespace troupe::matrix {
namespace {

// Server-Server API #pdus
constexpr std::size_t kMaxPrevEvents = 20;
constexpr std::size_t kMaxAuthEvents = 10;
/// `"signatures":{"":{"ed25519:":""}},` around a server name, a key id of at most 32 bytes and 86 bytes of base64: the
/// size limit holds for the signed event, and events are signed when they first leave.
constexpr std::size_t kSignatureBytes = 34 + 32 + 86;

constexpr std::string_view kRedactionType = "m.room.redaction";
constexpr std::string_view kCreateType = "m.room.create";

void append_number(std::string& out, std::int64_t number) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

/// Ids, or in versions 1 and 2 pairs of an id and a hash.
void append_links(std::string& out, const RoomVersion& version, const std::vector<std::string>& ids,
                  const std::vector<std::string>& hashes) {
  const bool in_pairs = version.event_ids == EventIds::given;
  out += '[';
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) out += ',';
    if (in_pairs) out += '[';
    append_json_string(out, ids[i]);
    if (!in_pairs) continue;
    out += R"(,{"sha256":)";
    append_json_string(out, hashes[i]);
    out += "}]";
  }
  out += ']';
}

Error bad(std::string message) { return Error(Errc::bad_json, std::move(message)); }

Result<Unit> check_field(std::string_view name, std::string_view value) {
  if (value.size() > kMaxIdBytes) {
    return Error(Errc::too_large, "The event's " + std::string(name) + " is longer than 255 bytes.");
  }
  if (!base::is_utf8(value)) return bad("The event's " + std::string(name) + " is no valid UTF-8.");
  return Unit{};
}

bool is_canonical_integer(std::int64_t number) {
  return number >= -kMaxCanonicalInteger && number <= kMaxCanonicalInteger;
}

/// What only events with given ids have.
Result<Unit> check_given(const RoomVersion& version, const EventLinks& links) {
  if (version.event_ids != EventIds::given) {
    const bool none = links.event_id.empty() && links.prev_hashes.empty() && links.auth_hashes.empty();
    return none ? Result<Unit>(Unit{}) : bad("The event ids of this room version are hashes.");
  }
  if (!is_event_id(links.event_id)) return bad("The event has no valid event_id.");
  if (links.prev_hashes.size() != links.prev_events.size() || links.auth_hashes.size() != links.auth_events.size()) {
    return bad("The event names others without their hashes.");
  }
  return Unit{};
}

Result<Unit> check_fields(const RoomVersion& version, const EventDraft& draft, const EventLinks& links) {
  TRY(check_field("type", draft.type));
  TRY(check_field("sender", draft.sender));
  TRY(check_field("room_id", links.room_id));
  TRY(check_field("state_key", draft.state_key.value_or("")));
  TRY(check_field("redacts", draft.redacts.value_or("")));
  if (draft.type.empty()) return bad("The event has an empty type.");
  if (!parse_user_id(draft.sender)) return bad("The event's sender is no user id.");
  const bool names_itself = version.room_id_is_create_hash && draft.type == kCreateType && draft.state_key == "";
  if (links.room_id.empty() != names_itself) {
    return bad(names_itself ? "The create event of this room version carries no room_id."
                            : "Only the create event of room version 12 may lack a room_id.");
  }
  if (!is_canonical_integer(draft.origin_server_ts)) return bad("The event's origin_server_ts is outside ±(2^53−1).");
  if (links.depth < 0 || links.depth > kMaxCanonicalInteger) return bad("The event's depth is outside 0…2^53−1.");
  if (links.prev_events.size() > kMaxPrevEvents) return bad("The event has more than 20 prev_events.");
  if (links.auth_events.size() > kMaxAuthEvents) return bad("The event has more than 10 auth_events.");
  return check_given(version, links);
}

/// Puts `redacts` where the room version keeps it, or takes it from there; other events have none.
void place_redacts(const RoomVersion& version, EventDraft& draft) {
  if (draft.type != kRedactionType) {
    draft.redacts.reset();
    return;
  }
  if (version.redacts_in_content) {
    if (draft.redacts) {
      draft.content["redacts"] = *draft.redacts;
    } else if (const auto named = find_string(draft.content, "redacts")) {
      draft.redacts = std::string(*named);
    }
  }
}

/// The members from "redacts" to "type", in their order; an event without redacts (null) or room id (empty) has none.
void append_last(std::string& out, const std::string* redacts, std::string_view room_id, std::string_view sender,
                 const std::optional<std::string>& state_key, std::string_view type) {
  if (redacts) {
    out += R"(,"redacts":)";
    append_json_string(out, *redacts);
  }
  if (!room_id.empty()) {
    out += R"(,"room_id":)";
    append_json_string(out, room_id);
  }
  out += R"(,"sender":)";
  append_json_string(out, sender);
  if (state_key) {
    out += R"(,"state_key":)";
    append_json_string(out, *state_key);
  }
  out += R"(,"type":)";
  append_json_string(out, type);
}

/// What the top level of an event's canonical form holds behind "hashes".
void append_tail(std::string& out, const RoomVersion& version, const EventDraft& draft, const EventLinks& links,
                 bool pruned) {
  out += R"(,"origin_server_ts":)";
  append_number(out, draft.origin_server_ts);
  out += R"(,"prev_events":)";
  append_links(out, version, links.prev_events, links.prev_hashes);
  const bool redacts = draft.redacts && !version.redacts_in_content && !pruned;
  append_last(out, redacts ? &*draft.redacts : nullptr, links.room_id, draft.sender, draft.state_key, draft.type);
  out += '}';
}

Error damaged(std::string what) {
  return Error(Errc::internal, "A stored event is damaged.", "event: " + std::move(what));
}

/// Of pairs (versions 1 and 2) the ids alone: the hashes stay in the bytes.
template <class Take>
Result<Unit> read_ids(const RoomVersion& version, const JsonObject& pdu, std::string_view key, const Take& take) {
  const auto* array = find_array(pdu, key);
  if (!array) return damaged(std::string(key) + " is no array");
  for (const auto& item : *array) {
    const auto* named = &item;
    if (version.event_ids == EventIds::given) {
      const auto* pair = item.if_array();
      if (!pair || pair->size() != 2) return damaged(std::string(key) + " holds something that is no pair");
      named = &pair->front();
    }
    const auto* id = named->if_string();
    if (!id) return damaged(std::string(key) + " holds something that is no string");
    take(view(*id));
  }
  return Unit{};
}

std::optional<std::string> owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

/// The object that a stored event's bytes hold.
Result<JsonObject> read_object(const std::string& pdu) {
  auto tree = parse_json(pdu);
  if (!tree) return damaged(tree.error().message());
  if (!tree->is_object()) return damaged("not an object");
  return std::move(tree->get_object());
}

/// The fields of a PDU; takes its content away. `event_id` and `pdu` are the caller's to fill.
Result<std::shared_ptr<Event>> read_fields(const RoomVersion& version, JsonObject& pdu) {
  auto event = std::make_shared<Event>();
  const auto type = find_string(pdu, "type");
  const auto sender = find_string(pdu, "sender");
  const auto origin_server_ts = find_integer(pdu, "origin_server_ts");
  const auto depth = find_integer(pdu, "depth");
  auto* content = pdu.if_contains("content");
  if (!type || !sender || !origin_server_ts || !depth || !content || !content->is_object()) {
    return damaged("type, sender, origin_server_ts, depth or content is missing or of another type");
  }
  event->type = *type;
  event->sender = *sender;
  event->origin_server_ts = *origin_server_ts;
  event->depth = *depth;
  event->state_key = owned(find_string(pdu, "state_key"));
  if (!event->state_key && pdu.contains("state_key")) return damaged("state_key is no string");
  const auto room_id = find_string(pdu, "room_id");
  const bool names_itself = version.room_id_is_create_hash && *type == kCreateType && event->state_key == "";
  if (room_id.has_value() == names_itself) return damaged("room_id is missing, or present in a create event");
  event->room_id = room_id.value_or("");
  const auto nothing = [](std::string_view) {};
  TRY(read_ids(version, pdu, "prev_events", nothing));
  TRY(read_ids(version, pdu, "auth_events", nothing));
  event->content = std::move(content->get_object());
  if (*type == kRedactionType) {
    event->redacts = owned(find_string(version.redacts_in_content ? event->content : pdu, "redacts"));
  }
  return event;
}

void name_event(const RoomVersion& version, Event& event, std::string event_id) {
  event.event_id = std::move(event_id);
  if (version.room_id_is_create_hash && event.room_id.empty()) event.room_id = "!" + event.event_id.substr(1);
}

}  // namespace

Result<EventPtr> build_event(const RoomVersion& version, EventDraft draft, EventLinks links) {
  place_redacts(version, draft);
  TRY(check_fields(version, draft, links));
  auto event = std::make_shared<Event>();

  // The canonical form is written straight down, in its order of keys. Hashed without "hashes", which then goes
  // between.
  auto& pdu = event->pdu;
  pdu.reserve(1024);
  pdu += R"({"auth_events":)";
  append_links(pdu, version, links.auth_events, links.auth_hashes);
  pdu += R"(,"content":)";
  const auto content_begin = pdu.size();
  append_canonical(pdu, draft.content);
  const auto content_end = pdu.size();
  pdu += R"(,"depth":)";
  append_number(pdu, links.depth);
  const bool is_given = version.event_ids == EventIds::given;
  if (is_given) {
    pdu += R"(,"event_id":)";
    append_json_string(pdu, links.event_id);
  }
  const auto hashes_at = pdu.size();
  append_tail(pdu, version, draft, links, false);
  const auto hashes = R"(,"hashes":{"sha256":")" + base::base64(base::sha256(pdu)) + R"("})";
  pdu.insert(hashes_at, hashes);
  const auto server_bytes = draft.sender.size() - draft.sender.find(':') - 1;
  if (pdu.size() + kSignatureBytes + server_bytes > kMaxPduBytes) {
    return Error(Errc::too_large, "The event is larger than 65536 bytes.");
  }

  const auto id_from_hash = [&] {
    std::string reference;
    reference.reserve(pdu.size());
    reference.append(pdu, 0, content_begin);
    append_redacted_content(reference, version, draft.type, draft.content);
    const bool drops_redacts = draft.redacts && !version.redacts_in_content;
    if (drops_redacts) {
      reference.append(pdu, content_end, hashes_at + hashes.size() - content_end);
      append_tail(reference, version, draft, links, true);
    } else {
      reference.append(pdu, content_end);
    }
    return reference_id(version, reference);
  };
  auto event_id = is_given ? std::move(links.event_id) : id_from_hash();
  pdu.shrink_to_fit();  // the newest events of all rooms stay in memory
  event->room_id = std::move(links.room_id);
  name_event(version, *event, std::move(event_id));
  event->type = std::move(draft.type);
  event->sender = std::move(draft.sender);
  event->state_key = std::move(draft.state_key);
  event->origin_server_ts = draft.origin_server_ts;
  event->depth = links.depth;
  event->content = std::move(draft.content);
  event->redacts = std::move(draft.redacts);
  return event;
}

Result<EventPtr> parse_event(const RoomVersion& version, std::string pdu, std::string event_id) {
  TRY(auto object, read_object(pdu));
  if (event_id.empty()) event_id = event_id_of(version, object);
  if (event_id.empty()) return damaged("event_id is missing");
  TRY(auto event, read_fields(version, object));
  name_event(version, *event, std::move(event_id));
  event->pdu = std::move(pdu);
  return event;
}

Result<std::vector<std::string>> linked_events(const RoomVersion& version, const Event& event, std::string_view key) {
  TRY(const auto pdu, read_object(event.pdu));
  std::vector<std::string> ids;
  TRY(read_ids(version, pdu, key, [&](std::string_view id) { ids.emplace_back(id); }));
  return ids;
}

std::string content_hash(const JsonObject& pdu) {
  // The last three were never meant to be sent, but old servers left them in, and others still leave them out.
  const auto bytes =
      canonical_json_without(pdu, {"unsigned", "signatures", "hashes", "age_ts", "outlier", "destinations"});
  return base::base64(base::sha256(bytes));
}

std::string event_id_of(const RoomVersion& version, const JsonObject& pdu) {
  if (version.event_ids == EventIds::given) return std::string(find_string(pdu, "event_id").value_or(""));
  return reference_id(version, reference_bytes(version, pdu));
}

Result<std::string> reference_hash(const RoomVersion& version, const Event& event) {
  TRY(const auto pdu, read_object(event.pdu));
  return base::base64(base::sha256(reference_bytes(version, pdu)));
}

Result<EventPtr> redacted_event(const RoomVersion& version, const Event& event) {
  TRY(const auto pdu, read_object(event.pdu));
  auto pruned = redact(version, pdu);
  auto bytes = canonical_json(pruned);
  TRY(auto redacted, read_fields(version, pruned));
  name_event(version, *redacted, event.event_id);
  redacted->pdu = std::move(bytes);
  return redacted;
}

std::string client_event_open(const RoomVersion& version, const Event& event, bool with_room_id) {
  std::string out;
  out.reserve(event.pdu.size() + 64);
  out += R"({"content":)";
  const bool redaction = event.type == kRedactionType && event.redacts.has_value();
  if (redaction && !version.redacts_in_content) {
    auto content = event.content;
    content["redacts"] = *event.redacts;
    append_canonical(out, content);
  } else {
    append_canonical(out, event.content);
  }
  out += R"(,"event_id":)";
  append_json_string(out, event.event_id);
  out += R"(,"origin_server_ts":)";
  append_number(out, event.origin_server_ts);
  append_last(out, redaction ? &*event.redacts : nullptr, with_room_id ? std::string_view(event.room_id) : "",
              event.sender, event.state_key, event.type);
  out.shrink_to_fit();  // kept with the event
  return out;
}

JsonObject stripped_event(const Event& event) {
  JsonObject stripped(4);
  stripped.emplace("content", event.content);
  stripped.emplace("sender", event.sender);
  stripped.emplace("state_key", event.state_key.value_or(""));
  stripped.emplace("type", event.type);
  return stripped;
}

}  // namespace troupe::matrix
