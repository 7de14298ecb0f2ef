#include "fleet/service/bot_service.h"
#include "meetings/bot/meet_brain.h"
#include "meetings/bot/ringing.h"
#include "meetings/set_up.h"
#include "meetings/thread/threads.h"

namespace troupe::meetings {

const thread::Scribe& set_up_rooms(const Ground& ground, life::Meetings& meetings,
                                   transcripts::Transcripts& transcripts, const calls::CallBots& call_bots) {
  auto& [c, settings, bell, lease] = ground;
  auto& rooms = c.get<matrix::RoomActions>();
  auto& accounts = c.get<matrix::Accounts>();
  auto* bots = c.find<fleet::service::BotService>();
  auto* leases = c.find<host::Leases>();
  // Bots' keys are where the fleet is: whoever holds it tells transcripts.
  auto* fleet_lease = leases ? &leases->get(fleet::service::kFleetLease) : nullptr;
  thread::Threads::SaySealed say_sealed;
  if (bots) say_sealed = [bots](matrix::NewEvent event) { return bots->say(std::move(event)); };
  auto& threads = c.make<thread::Threads>(thread::Threads::Uses{.db = c.db(),
                                                                .rooms = rooms,
                                                                .say_sealed = std::move(say_sealed),
                                                                .transcripts = transcripts,
                                                                .bell = bell,
                                                                .clock = c.clock(),
                                                                .home = c.io().next().get_executor(),
                                                                .lease = fleet_lease},
                                          thread::Pace{});
  c.on_start([&threads] { return threads.start(); });
  c.on_stop([&threads] { return threads.stop(); });
  const auto& scribe = c.make<thread::Scribe>(thread::Scribe::Uses{.accounts = accounts,
                                                                   .rooms = rooms,
                                                                   .powers = c.get<matrix::RoomPowers>(),
                                                                   .localpart = settings.scribe,
                                                                   .has_devices = bots && call_bots.has_accounts()});
  c.get<fleet::brains::BotKinds>().add(bot::meetings_kind({.meetings = meetings,
                                                           .scribe = scribe,
                                                           .accounts = accounts,
                                                           .principals = c.get<identity::Principals>(),
                                                           .audit = c.get<identity::Audit>(),
                                                           .call_bots = call_bots,
                                                           .db = c.db(),
                                                           .clock = c.clock(),
                                                           .states = c.find<matrix::CallStates>()}));
  auto& ringing = c.make<bot::Ringing>(
      bot::Ringing::Uses{.db = c.db(),
                         .bus = c.bus(),
                         .feed = c.get<matrix::Feed>(),
                         .rooms = rooms,
                         .people = {.accounts = accounts, .principals = c.get<identity::Principals>()},
                         .call_bots = call_bots,
                         .scribe = scribe,
                         .meetings = meetings,
                         .clock = c.clock(),
                         .home = c.io().next().get_executor(),
                         .lease = lease});
  // Without accounts of their own bots have nothing to answer with.
  if (call_bots.has_accounts()) {
    c.on_start([&ringing] { return ringing.start(); });
    c.on_stop([&ringing] { return ringing.stop(); });
  }
  return scribe;
}

}  // namespace troupe::meetings
