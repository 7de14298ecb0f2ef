// What /api/v1/bots shows beside the bots themselves, which are in bot_shapes.cc; and all shapes of the fleet by name.
#include "fleet/routes/shape_tables.h"

namespace troupe::fleet::routes {
namespace {

/// What a bot's room has in the document; the answer has what a room has elsewhere, too.
struct BotRoom {
  matrix::RoomSummary room;
};

constexpr std::string_view kLevels[] = {"info", "warning", "error"};

/// What a turn was answered from. It is kept as JSON, which turns/turn_record.cc makes, below the routes.
constexpr std::string_view kTurnRecord =
    R"({"type":"object","required":["bot_id","event_id","at","config_version","question","exchanges"],"properties":{
"bot_id":{"type":"string"},"event_id":{"type":"string","description":"The message that was answered; of a question of several the last."},
"at":{"type":"string","format":"date-time"},
"config_version":{"type":"integer","description":"Grows with each change of what the brain sees; the bot's history names it."},
"question":{"type":"object","description":"As the brain got it."},"reply":{"type":"object","description":"What the brain made of it."},
"error":{"type":"object","required":["code","message"],"properties":{"code":{"type":"string"},"message":{"type":"string"}}},
"exchanges":{"type":"array","description":"What went over the wire and came back, without headers; the last four.",
"items":{"type":"object","required":["method","url","sent","status","received"],"properties":{"method":{"type":"string"},
"url":{"type":"string","description":"Without its query."},"sent":{"type":"string"},
"status":{"type":"integer","description":"0: no whole answer came."},
"received":{"type":"string","description":"Of a stream the data of its events, one a line."},
"cut":{"type":"boolean","description":"Something was longer than 64 KiB."}}}}}})";
constexpr api::Named kTexts[] = {{"TurnRecord", kTurnRecord}};

}  // namespace
}  // namespace troupe::fleet::routes

namespace troupe::api {

using namespace fleet;  // tables of its types only
using namespace fleet::routes;

Shape<Transition> make_shape(Of<Transition>) {
  return Shape<Transition>::part({member<&Transition::from>("from"),
                                  made<[](const Transition& row) { return to_string(row.event); }>("event"),
                                  member<&Transition::to>("to")});
}

Shape<Lifecycle> make_shape(Of<Lifecycle>) {
  return Shape<Lifecycle>::answer(
      "Lifecycle", {member<&Lifecycle::states>("states"), member<&Lifecycle::transitions>("transitions")});
}

Shape<LogLine> make_shape(Of<LogLine>) {
  return Shape<LogLine>::answer(
      "BotLogLine",
      {member<&LogLine::seq>("seq"), time<&LogLine::at_ms>("at"), member<&LogLine::level>("level", {.one_of = kLevels}),
       member<&LogLine::source>("source", {.description = "lifecycle, brain, stdout, stderr"}),
       member<&LogLine::text>("text")});
}

Shape<LogPage> make_shape(Of<LogPage>) {
  return Shape<LogPage>::answer(
      "BotLog",
      {member<&LogPage::items>("items", {.description = "Oldest first."}),
       member<&LogPage::next_after>("next_after", {.description = "Ask with ?after= this for what comes next."})});
}

Shape<UsageHour> make_shape(Of<UsageHour>) {
  return Shape<UsageHour>::part(
      {time<&UsageHour::at_ms>("at"), member<&UsageHour::answered>("answered"), member<&UsageHour::failed>("failed"),
       member<&UsageHour::skipped>("skipped"),
       made<[](const UsageHour& hour) { return hour.answered == 0 ? 0 : hour.latency_ms / hour.answered; }>(
           "latency_ms", {.description = "Mean of the answered ones."}),
       member<&UsageHour::tokens_in>("tokens_in"), member<&UsageHour::tokens_out>("tokens_out")});
}

Shape<HistoryRow> make_shape(Of<HistoryRow>) {
  return Shape<HistoryRow>::part({member<&HistoryRow::id>("id"), time<&HistoryRow::at_ms>("at"),
                                  member<&HistoryRow::event>("event"), member<&HistoryRow::from>("from"),
                                  member<&HistoryRow::to>("to"), member<&HistoryRow::cause>("cause"),
                                  member<&HistoryRow::actor>("actor")});
}

Shape<matrix::RoomSummary> make_shape(Of<matrix::RoomSummary>) {
  using Room = matrix::RoomSummary;
  return Shape<Room>::answer(
      "Room", {member<&Room::room_id>("room_id"), member<&Room::name>("name"),
               member<&Room::canonical_alias>("canonical_alias"), member<&Room::joined_members>("joined_members"),
               member<&Room::encrypted>("encrypted")});
}

Shape<BotRoom> make_shape(Of<BotRoom>) {
  using Room = matrix::RoomSummary;
  return Shape<BotRoom>::part({member<&BotRoom::room, &Room::room_id>("room_id"),
                               member<&BotRoom::room, &Room::name>("name"),
                               member<&BotRoom::room, &Room::joined_members>("joined_members"),
                               member<&BotRoom::room, &Room::encrypted>("encrypted")});
}

Shape<triggers::Hook> make_shape(Of<triggers::Hook>) {
  return Shape<triggers::Hook>::answer(
      "Hook",
      {member<&triggers::Hook::hook_id>("hook_id"), member<&triggers::Hook::name>("name"),
       member<&triggers::Hook::room_id>("room_id"), member<&triggers::Hook::wait_for_complete>("wait_for_complete"),
       time<&triggers::Hook::created_ms>("created_at"),
       time<&triggers::Hook::expires_ms>("expires_at",
                                         {.description = "Nothing is taken from then on. Absent: never."}),
       time<&triggers::Hook::last_used_ms>("last_used_at")});
}

Shape<triggers::NewHook> make_shape(Of<triggers::NewHook>) {
  return Shape<triggers::NewHook>::request(
      "NewHook",
      {member<&triggers::NewHook::name>("name", {.least = 1, .most = 64}),
       member<&triggers::NewHook::room_id>("room_id", {.least = 1, .most = 255}),
       member<&triggers::NewHook::wait_for_complete>(
           "wait_for_complete",
           {.description = "Answer whoever posts only once the message is in the room (200, or 500 after five "
                           "seconds), not as soon as it is durable (202).",
            .may_lack = true}),
       member<&triggers::NewHook::expires_in_days>(
           "expires_in_days",
           {.description = "Left out: it stays until it is deleted. The room is told three days before.",
            .least = 1,
            .most = 3650})});
}

Shape<CreatedHook> make_shape(Of<CreatedHook>) {
  return Shape<CreatedHook>::answer(
      "CreatedHook",
      {member<&CreatedHook::hook>("hook"),
       member<&CreatedHook::url>("url", {.description = "Where to post to. It is the secret, shown this once."})});
}

}  // namespace troupe::api

namespace troupe::fleet::routes {

void add_fleet_shapes(const api::Kit& kit) {
  api::add_shapes_of<RestartPolicy, Trouble, BrainChoice, BotView, NewBotBody, service::MadeBot, BotPatchBody,
                     Lifecycle, LogLine, LogPage, BrainTestBody, BrainTested, triggers::Hook, triggers::NewHook,
                     CreatedHook>(kit);
  api::add_shape(kit, "BotState", api::words_schema<BotState>());
  api::add_shape(
      kit, "TestOutcome",
      api::words_schema<brains::BrainTest::Verdict>("good: asked for real, and it works. unsure: something answers. "
                                                    "bad: it cannot work as it is."));
  api::add_shape(kit, "BotPage", api::page_schema<BotView>());
  api::add_shape(kit, "BotHistoryPage", api::page_schema<HistoryRow>());
  api::add_shape(kit, "BotRooms", api::list_schema<BotRoom>());
  api::add_shape(kit, "BotUsage", api::items_schema<UsageHour>({.description = "By hour, oldest first."}));
  api::add_shape(kit, "BrainKinds", api::items_schema<brains::BotKind>());
  api::add_shape(kit, "Hooks", api::list_schema<triggers::Hook>());
  api::add_shapes(kit, kTexts);
}

}  // namespace troupe::fleet::routes
