// Whoever turns the sound of one session into words.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/mutex.h"
#include "meetings/whisper/seam.h"
#include "meetings/whisper/sound_metrics.h"
#include "meetings/whisper/tape.h"

namespace troupe::meetings::whisper {

/// One session as an upstream sees it. Lives until run() has ended; all of it on one executor.
struct Channel {
  Tape& tape;
  Seam& seam;
  base::Notify& wake;  ///< rung by the tape, and by the session's stop
  std::string language{};
  std::string task{};
  bool stop = false;  ///< end now, whatever is still on its way
  /// Takes what is new or has changed.
  std::function<void(std::vector<Speech>)> heard;
  SoundMetrics& metrics;
};

/// What is wrong with it, for people. Any thread.
class Standing {
 public:
  void well() { set({}); }
  void trouble(std::string words) { set(std::move(words)); }
  std::optional<std::string> get() const {
    const base::Lock lock(mutex_);
    return words_.empty() ? std::nullopt : std::optional(words_);
  }

 private:
  void set(std::string words) {
    const base::Lock lock(mutex_);
    words_ = std::move(words);
  }
  mutable base::Mutex mutex_;
  std::string words_ GUARDED_BY(mutex_);
};

class Upstream {
 public:
  virtual ~Upstream() = default;
  /// Until the tape has ended and all of it was heard, or could not be in time, or `stop`. Goes on over whatever fails:
  /// what is kept of the tape is sent again. Never throws. Any thread, any number of sessions at once.
  virtual asio::awaitable<void> run(Channel& channel) = 0;
  /// Why nothing can be heard just now; nothing: all is well, or nobody has tried.
  virtual std::optional<std::string> trouble() const = 0;
};

}  // namespace troupe::meetings::whisper
