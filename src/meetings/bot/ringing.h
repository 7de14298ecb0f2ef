// Calls of two (Client-Server API #voice-over-ip): whoever calls a bot of the kind `meetings` in a room where only the
// two of them are has it answer, as a meeting of theirs.
#pragma once
#include "bus/bus.h"
#include "host/consumer.h"
#include "host/lease.h"
#include "matrix/feed.h"
#include "meetings/bot/person.h"
#include "meetings/calls/call_bots.h"
#include "meetings/life/service.h"
#include "meetings/thread/scribe.h"

namespace troupe::meetings::bot {

/// A call that rings.
struct Ring {
  std::string call_id{};
  std::string invitee{};      ///< empty: whoever is there
  base::UnixMs until_ms = 0;  ///< then it has rung out
};
/// Nothing: it is no invite that can be answered. However long it says that it rings, two minutes are enough.
std::optional<Ring> ring_of(const matrix::FeedEvent& event);

/// One per program: reads the homeserver's feed while this process looks after meetings. What rang while nobody read is
/// answered if it rings still. In encrypted rooms nobody hears it ring.
class Ringing : private host::ConsumerWork {
 public:
  struct Uses {
    store::Database& db;
    bus::Bus& bus;
    matrix::Feed& feed;
    matrix::RoomActions& rooms;
    PersonUses people;
    const calls::CallBots& call_bots;
    const thread::Scribe& scribe;
    life::Meetings& meetings;
    const base::Clock& clock;
    asio::any_io_executor home;
    host::Lease* lease = nullptr;  ///< nullptr: there is no other process
  };
  explicit Ringing(const Uses& uses);

  Task<Unit> start();
  Task<Unit> stop();

 private:
  Task<host::Look> look(StreamPos after) override;
  Result<Unit> admit(store::Tx& tx) override;
  Result<Unit> record(store::Tx& tx) override;
  asio::awaitable<void> recorded() override;
  asio::awaitable<void> run();
  Task<Unit> answer(matrix::FeedEvent event);
  /// Its bot, where it and the caller are all who are there.
  Task<std::optional<calls::CallBots::Bot>> called(matrix::FeedEvent event, Ring ring) const;
  /// Says why it does not come.
  Task<Unit> decline(matrix::FeedEvent event, std::string bot, std::string why) const;

  Uses uses_;
  base::StopSource stopping_;
  base::TaskGroup tasks_;
  host::Consumer consumer_;
};

}  // namespace troupe::meetings::bot
