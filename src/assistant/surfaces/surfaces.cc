#include "assistant/surfaces/surfaces.h"

#include "assistant/surfaces/assistant_brain.h"
#include "assistant/surfaces/room_teller.h"
#include "assistant/surfaces/slack_routes.h"
#include "host/age_clock.h"

namespace troupe::assistant::surfaces {

namespace {

struct Meeting {
  const People& people;
  const Talk& talk;
  services::Services& services;
};

Task<calls::Service> slack_of(services::Services& services) {
  CO_TRY(auto offer, co_await services.offer(identity::kDefaultTenant));
  const auto* slack = offer->find("slack");
  if (slack == nullptr) co_return Error(Errc::unavailable, "The service slack is not enabled: nothing is posted.");
  co_return slack->service;
}

void set_up_slack(host::Context& c, const Meeting& meeting, Watcher& watcher) {
  auto* caller = c.find<calls::Caller>();
  if (caller == nullptr) return;
  auto& desk =
      c.make<SlackDesk>(SlackDesk::Uses{.settings = c.settings().of<SlackSettings>(),
                                        .people = meeting.people,
                                        .talk = meeting.talk,
                                        .service = [&services = meeting.services] { return slack_of(services); },
                                        .caller = *caller,
                                        .journal = c.get<tasks::Journal>(),
                                        .db = c.db(),
                                        .clock = c.clock()});
  watcher.add("slack", desk);
  add_slack_routes(c.routes(), desk);
  c.every({.name = "assistant.slack",
           .every = SlackDesk::kEvery,
           .run = [&desk] { return desk.round(); },
           .singleton = true});
  c.every({.name = "assistant.tidy_slack",
           .every = std::chrono::hours(1),
           .run = [&desk, &ages = host::age_clock(c)] { return desk.prune(ages.unix_ms()); },
           .singleton = true});
}

}  // namespace

void set_up_surfaces(host::Context& c) {
  auto& assistant = c.get<dialogue::Assistant>();
  auto& services = c.get<services::Services>();
  auto& people =
      c.make<People>(People::Uses{.accounts = c.get<matrix::Accounts>(), .principals = c.get<identity::Principals>()});
  auto& talk = c.make<Talk>(Talk::Uses{.assistant = assistant,
                                       .tasks = c.get<tasks::Tasks>(),
                                       .conversations = c.get<tasks::Conversations>(),
                                       .db = c.db(),
                                       .bus = c.bus(),
                                       .clock = c.clock()});
  auto& rooms = c.make<RoomTeller>(c.get<fleet::triggers::Voice>(), c.get<tasks::Tasks>());
  auto& watcher = c.make<Watcher>(Watcher::Uses{.assistant = assistant, .db = c.db(), .clock = c.clock()});
  watcher.add("room", rooms);
  auto& schedules = c.make<Schedules>(Schedules::Uses{.people = people, .talk = talk, .db = c.db(), .clock = c.clock()},
                                      "room", rooms);
  c.get<fleet::brains::BotKinds>().add(assistant_kind(
      {.people = people, .talk = talk, .services = services, .schedules = schedules, .tasks = c.get<tasks::Tasks>()}));
  set_up_slack(c, {.people = people, .talk = talk, .services = services}, watcher);
  c.every({.name = "assistant.watch",
           .every = Watcher::kEvery,
           .run = [&watcher] { return watcher.round(); },
           .singleton = true});
  c.every({.name = "assistant.schedules",
           .every = Schedules::kEvery,
           .run = [&schedules] { return schedules.round(); },
           .singleton = true});
  c.every({.name = "assistant.tidy_watch",
           .every = std::chrono::hours(1),
           .run = [&watcher, &ages = host::age_clock(c)] { return watcher.prune(ages.unix_ms()); },
           .singleton = true});
}

}  // namespace troupe::assistant::surfaces
