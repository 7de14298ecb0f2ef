// A homeserver in memory, for tests of what sits on top of the port: one stream of events in order, transaction ids
// that answer the first event, memberships, and failures on demand. It passes the port's contract suite
// (tests/contract).
#pragma once
#include "kit/fake_homeserver/fake_accounts.h"
#include "kit/fake_homeserver/fake_media.h"
#include "kit/fake_homeserver/fake_rooms.h"
#include "kit/fake_homeserver/fake_streams.h"

namespace troupe::kit {

/// All roles of the port; callable from any thread. A test that needs one role takes that part alone.
class FakeHomeserver : public FakeRooms, public FakeAccounts, public FakeMedia, public FakeStreams {
 public:
  FakeHomeserver(bus::Bus& bus, const base::Clock& clock) : FakeRooms(bus, clock), FakeAccounts(clock, *this) {}
};

}  // namespace troupe::kit
