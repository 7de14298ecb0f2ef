#include "host/address_here.h"
#include "host/age_clock.h"
#include "matrix/key_exchange.h"
#include "meetings/calls/askers.h"
#include "meetings/calls/consents.h"
#include "meetings/set_up.h"

namespace troupe::meetings {
namespace {

constexpr std::chrono::seconds kSweepEvery{10};
constexpr std::chrono::hours kForgetEvery{1};

}  // namespace

CallParts set_up_calls(const Ground& ground) {
  auto& [c, settings, bell, lease] = ground;
  auto* keys = c.settings().of<matrix::EncryptionOptions>().bots ? c.find<matrix::KeyExchange>() : nullptr;
  auto& accounts = c.get<matrix::Accounts>();
  auto& rooms = c.get<matrix::RoomActions>();
  CallParts parts{.bots = c.make<calls::CallBots>(
                      calls::CallBots::Uses{.db = c.db(),
                                            .accounts = accounts,
                                            .rooms = rooms,
                                            .hosts = {.jitsi = settings.jitsi_hosts, .matrix = settings.matrix_hosts},
                                            .has_accounts = keys != nullptr})};
  const auto& url = settings.homeserver_url;
  parts.desk = &c.make<calls::Desk>(calls::Desk::Uses{
      .db = c.db(),
      .accounts = accounts,
      .rooms = rooms,
      .clock = c.clock(),
      .homeserver_url = url.empty() ? host::address_here(c.settings(), c.settings().listen_matrix) : url,
      .states = c.find<matrix::CallStates>(),
      .lease = lease});
  c.every({.name = "meetings.call_devices",
           .every = kSweepEvery,
           .run = [desk = parts.desk] { return desk->sweep(); },
           .singleton = true});
  auto& consents =
      c.make<calls::Consents>(calls::Consents::Uses{.db = c.db(), .accounts = accounts, .clock = host::age_clock(c)});
  c.every({.name = "meetings.consents",
           .every = kForgetEvery,
           .run = [&consents] { return consents.forget(); },
           .singleton = true});
  if (keys) {
    parts.vouching = &c.make<fleet::encryption::Vouching>(
        fleet::encryption::Vouching::Uses{.db = c.db(), .keys = *keys, .sealing_key = c.sealing_key()});
  }
  return parts;
}

void set_up_askers(const Ground& ground, life::Meetings& meetings) {
  auto& c = ground.c;
  auto& askers = c.make<calls::Askers>(calls::Askers::Uses{.db = c.db(),
                                                           .rooms = c.get<matrix::RoomActions>(),
                                                           .principals = c.get<identity::Principals>(),
                                                           .meetings = meetings,
                                                           .clock = c.clock()});
  c.every({.name = "meetings.call_askers",
           .every = kSweepEvery,
           .run = [&askers] { return askers.look(); },
           .singleton = true});
}

}  // namespace troupe::meetings
