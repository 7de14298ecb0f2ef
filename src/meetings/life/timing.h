// How long a meeting may wait for what comes next.
#pragma once
#include <chrono>
#include <optional>

#include "meetings/types/meeting.h"

namespace troupe::meetings::life {

struct Timing {
  std::int64_t attempts = 3;  ///< containers at most, one after the other
  std::chrono::milliseconds start{
      120'000};  ///< from the request, a new attempt, or the container's start, to the bot's first word
  std::chrono::milliseconds admission{900'000};   ///< in the lobby
  std::chrono::milliseconds most{7'200'000};      ///< in the call
  std::chrono::milliseconds grace{30'000};        ///< from the word to leave to SIGTERM, or from SIGTERM to the kill
  std::chrono::milliseconds last_grace{10'000};   ///< from SIGTERM to the kill of one that had heard the word to leave
  std::chrono::milliseconds reach{2'000};         ///< for somebody to hear the word to leave
  std::chrono::milliseconds reconfigure{20'000};  ///< for the bot to follow another language or task
  std::chrono::milliseconds stop_patience{600'000};    ///< for the driver to say that nothing runs any more
  std::chrono::milliseconds callback_patience{2'000};  ///< for the bot's reasons after the driver said that it ended
  std::chrono::milliseconds first_retry{30'000};       ///< grows fourfold
  std::chrono::milliseconds longest_retry{300'000};
  std::chrono::milliseconds unknown_patience{
      600'000};                                       ///< a driver says so long that it knows it not, until it is lost
  std::chrono::milliseconds unknown_at_stop{45'000};  ///< the same of one that is to be taken away
  std::chrono::milliseconds sweep_every{60'000};      ///< for tasks that no meeting has
  std::chrono::milliseconds ask_again{1'000};         ///< after an answer that proves nothing; grows up to 30 times
  std::chrono::milliseconds look_every{2'000};        ///< at a bot that runs, besides what its driver says by itself
};

struct Deadline {
  base::UnixMs at = 0;
  Ending ending{};  ///< what it comes to then
};

/// Nothing: it waits for nobody but the driver that takes its container away.
std::optional<Deadline> deadline_of(const Meeting& meeting, const Timing& timing);

/// How long its bot waits to be let in.
std::chrono::milliseconds lobby_time(const Meeting& meeting, const Timing& timing);

/// Between the end of this attempt and the next.
std::chrono::milliseconds retry_wait(std::int64_t attempt, const Timing& timing);

}  // namespace troupe::meetings::life
