// Writes down what one session says, in order, as often as it takes.
#pragma once
#include <deque>
#include <functional>

#include "base/async.h"
#include "meetings/whisper/record.h"

namespace troupe::meetings::whisper {

/// What cannot be stored is tried again, and kept for so long: of a piece only what it is now. All calls on one
/// executor; outlives run().
class Scribe {
 public:
  static constexpr std::size_t kMostPieces = 1'000;
  static constexpr std::size_t kMostEvents = 1'000;
  static constexpr std::size_t kAtOnce = 100;  ///< pieces of one write

  struct Options {
    std::chrono::milliseconds first_pause{500};
    std::chrono::milliseconds longest_pause{10'000};
    std::chrono::milliseconds finish{30'000};  ///< after the end; then what is left is lost, and the log says so
  };

  /// `stored`: called with what was stored, before the next is. `may_close`: called at the end, whether nobody else
  /// goes on with this session.
  Scribe(Record& record, MeetingId meeting, std::string uid, asio::any_io_executor executor, Options options,
         std::function<asio::awaitable<void>(std::vector<Speech>)> stored, std::function<bool()> may_close);

  void say(std::vector<Speech> pieces);
  void say(SpeakerEvent event);
  /// Nothing more is said; run() ends when all is stored, and the session is closed where it may be.
  void end();
  asio::awaitable<void> run();

  std::int64_t lost() const { return lost_; }  ///< pieces and events
  /// Nothing is taken any more for this meeting.
  bool refused() const { return refused_; }

 private:
  Task<Unit> write_some();
  void drop_all();

  Record& record_;
  MeetingId meeting_;
  std::string uid_;
  Options options_;
  std::function<asio::awaitable<void>(std::vector<Speech>)> stored_;
  std::function<bool()> may_close_;
  base::Notify changed_;
  std::deque<Speech> pieces_;
  std::deque<SpeakerEvent> events_;
  std::int64_t lost_ = 0;
  bool events_full_ = false;  ///< the meeting has as many as it may
  bool ended_ = false;
  bool refused_ = false;
};

}  // namespace troupe::meetings::whisper
