// When a bot that ended or could not be started is tried again: pure, so that tests need no waiting.
#pragma once
#include <chrono>

#include "fleet/types/bot.h"

namespace troupe::fleet::life {

struct NextTry {
  BackOff back_off;  ///< with next_try_ms
  std::chrono::milliseconds wait{0};
  bool loop = false;  ///< more failures in the window than the policy allows
};

/// After one more failure at `now`. The waits double from `first` to `longest`; in a crash loop the next try comes when
/// the window is over, at the earliest after `longest`. A bot that ran for a whole window begins anew. `luck` is from
/// 0 to 1 and moves the wait by up to a fifth either way, so that bots that failed together do not come back together.
NextTry next_try(const Bot& bot, base::UnixMs now, std::chrono::milliseconds first, std::chrono::milliseconds longest,
                 double luck);

/// No wait of next_try() is longer.
std::chrono::milliseconds longest_wait(const Bot& bot, std::chrono::milliseconds longest);

/// Whether a program that ended is started again.
bool restarts_after(RestartPolicy::Mode mode, bool success);

}  // namespace troupe::fleet::life
