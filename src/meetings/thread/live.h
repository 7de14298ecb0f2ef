// What Threads keeps in memory of one thread. Only its own files include this.
#pragma once
#include "meetings/thread/threads.h"

namespace troupe::meetings::thread {

/// The room does not take it, and will not.
bool is_for_ever(const Error& error);

struct Threads::Live {
  explicit Live(const asio::any_io_executor& home) : wakeup(home) {}
  using Time = std::chrono::steady_clock::time_point;
  struct Message {
    records::ThreadMessage row{};
    /// A process that was killed may have sent its next revision: what the room shows is known after one more.
    bool unsure = false;
    std::optional<Time> sent_at{};
  };

  base::Notify wakeup;
  bool rung = false;  ///< since the last look began
  bool loaded = false;
  bool encrypted = false;  ///< the room was found to be, which it stays
  Turns turns{{}};
  std::map<std::int64_t, Message> messages{};
  std::set<std::int64_t> due{};  ///< messages to look at: of all others it is settled what they say
  StreamPos after = 0;           ///< the last change that was read
  std::optional<Time> changed_at{};
  /// When all was redacted, as far as the room allowed it.
  std::optional<Time> taken_back_at{};
  std::string not_taken_back{};  ///< why something of it stays
};

template <class F>
Task<Unit> Threads::write(F change) {
  const auto epoch = uses_.lease ? uses_.lease->held() : std::nullopt;
  if (uses_.lease && !epoch) co_return Error(Errc::unavailable, "Another process looks after the meetings.");
  auto fenced = [&](store::Tx& tx) -> Result<Unit> {
    if (epoch) TRY(uses_.lease->check(tx, *epoch));
    change(tx);
    return Unit{};
  };
  co_return co_await uses_.db.write(fenced);
}

}  // namespace troupe::meetings::thread
