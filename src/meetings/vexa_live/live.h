// Vexa's WebSocket: who has a key follows the status and the words of the calls that a bot of theirs is or was in.
#pragma once
#include <map>
#include <set>

#include "base/mutex.h"
#include "bus/bus.h"
#include "meetings/records/bell.h"
#include "meetings/records/meeting_store.h"
#include "meetings/transcripts/transcripts.h"
#include "meetings/vexa_live/frames.h"
#include "net/route/rate_limit.h"
#include "net/route/router.h"

namespace troupe::meetings::vexa_live {

inline constexpr std::size_t kMostCalls = 100;       ///< that one socket follows
inline constexpr std::size_t kMostSockets = 20;      ///< of one person
inline constexpr std::size_t kMostReplies = 64;      ///< not yet taken by the peer; then it is closed
inline constexpr std::size_t kMostChats = 50;        ///< not yet taken by the peer; beyond it the oldest go
inline constexpr std::int64_t kChangesAtOnce = 200;  ///< that are read and sent before the next look
inline constexpr double kUpgradesPerMinute = 20;     ///< with one key
inline constexpr std::uint16_t kUnauthorized = 4401;
inline constexpr std::uint16_t kTooManyWaiting = 4008;
/// However quiet it is: rings of other processes may be lost, and so may keys that ended.
inline constexpr std::chrono::milliseconds kLookAnyway{10'000};

/// One per server; callable from any thread. A socket reads the rows on from where it stopped and sends one page at a
/// time: what a slow reader has not taken yet is not kept for it but read later, as it is then. Who takes no message
/// for 30 s is cut.
/// Messages of a call's chat are kept nowhere: who is slow gets the newest.
class Live {
 public:
  /// All of it outlives this. `keys`: who the header X-API-Key stands for.
  struct Uses {
    store::Database& db;
    transcripts::Transcripts& transcripts;
    const records::Bell& bell;
    bus::Bus& bus;
    const base::Clock& clock;
    net::route::Scheme& keys;
    bool rate_limits = true;
  };
  explicit Live(const Uses& uses);

  /// The answer to a request to upgrade: it is accepted first, and refused with a frame.
  Task<net::http::Response> open(const net::http::Request& request);

 private:
  friend class Socket;
  /// Takes one of a person's places. False: they are all taken.
  bool enter(const std::pair<std::int64_t, std::int64_t>& who);
  void leave(const std::pair<std::int64_t, std::int64_t>& who);

  Uses uses_;
  net::route::RateLimiter rates_;
  base::Mutex mutex_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> sockets_ GUARDED_BY(mutex_);  ///< by tenant and person
};

/// GET {prefix}/ws on a listener.
void add_live_route(net::route::Router& routes, Live& live, std::string listener, std::string_view prefix);

}  // namespace troupe::meetings::vexa_live
