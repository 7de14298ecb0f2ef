// Bytes from outside as an event: parse, check, build, redact, write, read back. What must hold is checked, not only
// that nothing breaks. The first byte chooses the room version.

// modules: matrix
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string>

#include "matrix/auth.h"
#include "matrix/event.h"
#include "matrix/level_values.h"
#include "matrix/push_rules.h"

namespace {

using namespace troupe;
using namespace troupe::matrix;

void require(bool holds, const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "line %u does not hold\n", static_cast<unsigned>(where.line()));
  std::abort();
}

class OneEvent : public StateView {
 public:
  explicit OneEvent(EventPtr event) : event_(std::move(event)) {}
  EventPtr state(std::string_view type, std::string_view state_key) const override {
    return event_->type == type && event_->state_key == state_key ? event_ : nullptr;
  }

 private:
  EventPtr event_;
};

std::string text(const JsonObject& object, std::string_view key, std::string_view otherwise) {
  return std::string(find_string(object, key).value_or(otherwise));
}

EventDraft draft_from(const JsonObject& object) {
  EventDraft draft;
  draft.type = text(object, "type", "x");
  draft.sender = text(object, "sender", "@a:b");
  if (const auto key = find_string(object, "state_key")) draft.state_key = std::string(*key);
  if (const auto redacts = find_string(object, "redacts")) draft.redacts = std::string(*redacts);
  if (const auto* content = find_object(object, "content")) draft.content = *content;
  draft.origin_server_ts = find_integer(object, "origin_server_ts").value_or(1);
  return draft;
}

void check_event(const RoomVersion& version, const JsonObject& object) {
  const auto draft = draft_from(object);
  const bool names_itself = version.room_id_is_create_hash && draft.type == "m.room.create" && draft.state_key == "";
  const auto room_id = names_itself ? std::string() : text(object, "room_id", "!room:b");
  EventLinks links;
  links.room_id = room_id;
  links.depth = 3;
  if (version.event_ids == EventIds::given) {
    links.event_id = "$one:b";
    links.prev_events = {"$zero:b"};
    links.prev_hashes = {std::string(43, 'h')};
  }
  const auto built = build_event(version, draft, links);
  if (!built) return;
  const auto& event = **built;
  const auto pdu = parse_json(event.pdu);
  require(pdu && canonical_json(*pdu) == event.pdu && event.pdu.size() <= kMaxPduBytes);
  require(event_id_of(version, pdu->get_object()) == event.event_id);
  require(content_hash(pdu->get_object()) == find_string(pdu->at("hashes").as_object(), "sha256"));
  const auto read = parse_event(version, event.pdu);
  require(read && (*read)->event_id == event.event_id && (*read)->redacts == event.redacts);
  const auto redacted = redacted_event(version, event);
  require(redacted && (*redacted)->event_id == event.event_id);
  const auto again = parse_event(version, (*redacted)->pdu);
  require(again && (*again)->event_id == event.event_id);
  const auto hash = reference_hash(version, event);
  require(hash && reference_hash(version, **again) == *hash);
  require(parse_json(client_event_open(version, event, true) + "}").has_value());
  (void)auth_state_keys(version, draft);
  (void)authorize(version, draft, room_id, OneEvent(*built));
  (void)evaluate_push_rules(default_push_rules("@a:b"), event, "@a:b", "A", {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto& version = room_versions()[data[0] % room_versions().size()];
  const auto value = parse_json({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!value) return 0;
  const auto written = canonical_json(*value);
  const auto back = parse_json(written);
  require(back && canonical_json(*back) == written);
  const auto* object = value->if_object();
  if (!object) return 0;
  (void)parse_event(version, written);
  (void)redact(version, *object);
  PushRuleEdit edit{.kind = "override", .rule_id = "x", .before = {}, .after = {}, .body = *object};
  JsonObject rules;
  if (put_push_rule(rules, edit)) (void)evaluate_push_rules(rules, Event{}, "@a:b", "A", {});
  if (const auto* levels = find_object(*object, "content")) {
    require(check_canonical(with_canonical_numbers(integer_levels(version, *levels))).has_value());
  }
  if (check_canonical(*value, version.strict_numbers ? Numbers::canonical : Numbers::any)) {
    check_event(version, *object);
  }
  return 0;
}
