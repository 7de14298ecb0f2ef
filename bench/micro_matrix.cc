// What the pure parts of an event's way cost, one thread: prints ns per call as a table.

// modules: matrix
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>

#include "base/crypto.h"
#include "matrix/auth.h"
#include "matrix/event.h"
#include "matrix/push_rules.h"

namespace {

using namespace troupe;
using namespace troupe::matrix;

class Room : public StateView {
 public:
  EventPtr state(std::string_view type, std::string_view state_key) const override {
    const auto found = events_.find(std::pair(std::string(type), std::string(state_key)));
    return found == events_.end() ? nullptr : found->second;
  }
  void set(EventPtr event) { events_[{event->type, *event->state_key}] = std::move(event); }

 private:
  std::map<std::pair<std::string, std::string>, EventPtr> events_;
};

volatile std::size_t sink = 0;

/// Runs for about a quarter of a second, five times; the fastest run counts.
void measure(const char* name, const std::function<std::size_t()>& once) {
  using Clock = std::chrono::steady_clock;
  double best_ns = 1e18;
  for (int run = 0; run < 5; ++run) {
    const auto start = Clock::now();
    std::size_t calls = 0;
    while (Clock::now() - start < std::chrono::milliseconds(50)) {
      for (int i = 0; i < 200; ++i) sink = sink + once();
      calls += 200;
    }
    const auto spent = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    best_ns = std::min(best_ns, spent / static_cast<double>(calls));
  }
  std::printf("%-46s %10.0f ns\n", name, best_ns);
}

EventDraft state_draft(std::string type, std::string key, JsonObject content) {
  return {.type = std::move(type),
          .sender = "@alice:example.org",
          .state_key = std::move(key),
          .content = std::move(content),
          .origin_server_ts = 1'760'000'000'000,
          .redacts = {}};
}

}  // namespace

int main() {
  const auto& version = *room_version("12");
  const auto create = build_event(version, state_draft("m.room.create", "", {{"room_version", "12"}}), {}).value();
  const std::string id = "$" + std::string(43, 'p');
  const EventLinks links{.room_id = create->room_id, .prev_events = {id}, .auth_events = {id, id}, .depth = 1000};
  Room room;
  room.set(create);
  JsonObject users;
  for (int i = 0; i < 20; ++i) users["@moderator" + std::to_string(i) + ":example.org"] = 50;
  const JsonObject levels{{"users", users},      {"events", {{"m.room.name", 50}, {"m.room.tombstone", 150}}},
                          {"users_default", 0},  {"events_default", 0},
                          {"state_default", 50}, {"ban", 50},
                          {"kick", 50},          {"redact", 50},
                          {"invite", 0},         {"notifications", {{"room", 50}}}};
  room.set(build_event(version, state_draft("m.room.power_levels", "", levels), links).value());
  room.set(build_event(version, state_draft("m.room.member", "@alice:example.org", {{"membership", "join"}}), links)
               .value());
  room.set(build_event(version, state_draft("m.room.join_rules", "", {{"join_rule", "public"}}), links).value());

  EventDraft message{
      .type = "m.room.message",
      .sender = "@alice:example.org",
      .state_key = {},
      .content = {{"msgtype", "m.text"},
                  {"body", "It's about this long, what people write to each other, with a \"quote\" or two."},
                  {"m.mentions", JsonObject{}}},
      .origin_server_ts = 1'760'000'000'000,
      .redacts = {}};
  EventDraft long_message = message;
  long_message.content["body"] = std::string(8000, 'x');
  const auto event = build_event(version, message, links).value();
  const auto long_event = build_event(version, long_message, links).value();
  const auto tree = parse_json(event->pdu).value();
  const auto level_tree = parse_json(room.state("m.room.power_levels", "")->pdu).value();
  const auto join = state_draft("m.room.member", "@alice:example.org", {{"membership", "join"}, {"displayname", "A"}});
  const auto rules = default_push_rules("@bob:example.org");
  const PushRoom push_room{.joined_members = 50, .sender_power = 0, .notification_room_level = 50};
  const DefaultPush shared(*event, push_room);

  std::printf("message PDU %zu bytes, long one %zu, power levels %zu\n\n", event->pdu.size(), long_event->pdu.size(),
              room.state("m.room.power_levels", "")->pdu.size());
  measure("sha256 of the PDU", [&] { return std::size_t{base::sha256(event->pdu)[0]}; });
  measure("parse_json", [&] { return parse_json(event->pdu)->get_object().size(); });
  measure("parse_json, power levels",
          [&] { return parse_json(room.state("m.room.power_levels", "")->pdu)->get_object().size(); });
  measure("check_canonical of the content", [&] { return std::size_t{check_canonical(message.content).has_value()}; });
  measure("canonical_json", [&] { return canonical_json(tree).size(); });
  measure("canonical_json, power levels", [&] { return canonical_json(level_tree).size(); });
  measure("copy of a draft and its links", [&] {
    const EventDraft draft = message;
    const EventLinks copy = links;
    return draft.content.size() + copy.prev_events.size();
  });
  measure("build_event (with that copy)", [&] { return build_event(version, message, links).value()->pdu.size(); });
  measure("build_event, 8 kB body (with that copy)",
          [&] { return build_event(version, long_message, links).value()->pdu.size(); });
  measure("parse_event", [&] { return parse_event(version, event->pdu).value()->event_id.size(); });
  measure("redacted_event", [&] { return redacted_event(version, *event).value()->pdu.size(); });
  measure("client_event_open", [&] { return client_event_open(version, *event, true).size(); });
  measure("authorize, message",
          [&] { return std::size_t{authorize(version, message, create->room_id, room).has_value()}; });
  measure("authorize, join", [&] { return std::size_t{authorize(version, join, create->room_id, room).has_value()}; });
  measure("auth_state_keys", [&] { return auth_state_keys(version, message).size(); });
  measure("evaluate_push_rules, predefined",
          [&] { return std::size_t{evaluate_push_rules(rules, *event, "@bob:example.org", "Bob", push_room).notify}; });
  measure("DefaultPush once", [&] { return std::size_t{DefaultPush(*event, push_room).everyone().notify}; });
  measure("DefaultPush for each member", [&] { return std::size_t{shared.outcome("@bob:example.org", "Bob").notify}; });
}
