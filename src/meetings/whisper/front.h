// Where meeting bots speak WhisperLive to Troupe: who may, how many at once, and their end together.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "meetings/whisper/record.h"
#include "meetings/whisper/scribe.h"
#include "meetings/whisper/sound_metrics.h"
#include "meetings/whisper/upstream.h"
#include "net/http/http.h"
#include "net/route/credential_guard.h"

namespace troupe::meetings::whisper {

struct FrontLimits {
  /// At once. The last quarter is for meetings that have less than their part of the others.
  std::size_t sessions = 400;
  std::size_t of_a_meeting = 2;  ///< at once; the oldest ends for another, which waits for its place
  /// Those of one person each are counted by themselves: so many speak at once, and one more is refused. As many again
  /// may be ending.
  std::size_t speakers_of_a_meeting = 32;
  std::size_t frame_bytes = 256 * 1024;
  std::int64_t bytes_per_s = 256 * 1024;  ///< of one bot, four times what it needs; it is read slower then
  std::int64_t burst_bytes = 4 * 1024 * 1024;
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds place{15'000};        ///< for the place of one that ends
  std::chrono::milliseconds admit_every{10'000};  ///< whether its token holds still
  std::chrono::milliseconds finish{75'000};       ///< from the end of the sound to the end of the words
  Scribe::Options scribe{};
};

/// How many there are, and what became of them. For metrics and people.
struct FrontCounts {
  std::atomic<std::int64_t> sessions{0};
  std::atomic<std::int64_t> refused{0};
  std::atomic<std::int64_t> heard_ms{0};    ///< of sound that came
  std::atomic<std::int64_t> dropped_ms{0};  ///< of sound that no server took in time
  std::atomic<std::int64_t> lost{0};        ///< pieces that could not be stored
};

/// Callable from any thread; outlives its sessions.
class Front {
 public:
  struct Uses {
    Record& record;
    Upstream& upstream;
    const base::Clock& clock;
    net::route::CredentialGuard& guard;  ///< before a token is looked up
    SoundMetrics& metrics;
  };
  Front(Uses uses, FrontLimits limits) : uses_(uses), limits_(limits) {}

  /// All of one bot's connection. `token`: of the request's head; empty: its first frame has it. `from`: the peer's
  /// address. Ends when the bot has left and what it said is stored, or cannot be in time. Never throws.
  asio::awaitable<void> serve(net::http::WebSocket& bot, std::string token, std::string from);

  /// Ends all sessions, and waits for them. No more begin.
  Task<Unit> stop();
  const FrontCounts& counts() const { return counts_; }
  const FrontLimits& limits() const { return limits_; }
  bool is_full() const;
  /// Sessions of how many meetings there are.
  std::size_t meetings() const;

 private:
  class Session;
  class Place;
  friend class Session;

  struct Entry {
    MeetingId meeting = 0;
    std::string uid{};
    std::function<void()> end;
    bool is_of_speaker = false;
    bool told = false;     ///< to end
    bool silent = false;   ///< its sound has ended
    bool written = false;  ///< all it says
    bool closing = false;  ///< its session of speech
  };
  struct Seat {
    std::unique_ptr<Place> place;  ///< empty: there is none
    bool soon = false;             ///< but one of the meeting's is about to be free
    bool too_many = false;         ///< and none will be: the meeting has as many as it may
  };
  /// Tells the oldest of the meeting to end where it has as many as it may; its place is free when it has left.
  Seat take_place(Entry newcomer);
  /// Whether the places are getting few and this meeting has its part.
  bool is_unfair(MeetingId meeting) const REQUIRES(mutex_);
  void end_of_sound(std::uint64_t number);
  /// Whether no other connection goes on with the same session of speech; none begins until this one has left then.
  bool may_close(std::uint64_t number);
  void leave(std::uint64_t number);

  Uses uses_;
  FrontLimits limits_;
  FrontCounts counts_;
  mutable base::Mutex mutex_;
  std::map<std::uint64_t, Entry> entries_ GUARDED_BY(mutex_);  ///< by number: the oldest first
  std::uint64_t next_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace troupe::meetings::whisper
