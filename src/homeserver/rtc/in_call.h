// Whoever was let into a call is put out of it when they may not be there any more: they were kicked or banned, have
// left the room, or the device is gone that they came with (a meeting's bot has one for each meeting).
#pragma once
#include <chrono>
#include <string>

#include "base/clock.h"
#include "homeserver/rtc/in_call_store.h"
#include "homeserver/rtc/sfu.h"

namespace troupe::homeserver::rtc {

/// One per server; callable from any thread. What is known of calls is in the database: a restart puts nobody out and
/// forgets nobody.
class InCall {
 public:
  /// Of one account in all calls. Whoever has left is forgotten within an hour and a half.
  static constexpr std::int64_t kMostOfOne = 500;
  static constexpr std::int64_t kAtOnce = 100;
  /// For so long they are put out again and again: until then they may come back with a token that they have.
  static constexpr std::chrono::milliseconds kPutOutFor = std::chrono::minutes(15);
  static_assert(kPutOutFor > Sfu::kTimeToComeIn);
  /// Who is in a call is looked at so often, and once more this soon before they are taken for gone.
  static constexpr std::chrono::milliseconds kLookEvery = std::chrono::minutes(60);
  static constexpr std::chrono::milliseconds kLookTwice = std::chrono::minutes(15);

  struct Parts {
    store::Database& db;
    Sfu& sfu;
    const base::Clock& clock;
  };
  explicit InCall(Parts parts) : parts_(parts) {}

  /// Of a LivekitToken's bearer, before they have it. Error: limit_exceeded (the account is in too many calls).
  Task<Unit> let_in(InCallRow who);

  /// Puts out who may not stay and forgets who has left. Where LiveKit does not answer that is done the next time. From
  /// a job, one call at a time.
  Task<Unit> look();

 private:
  Task<bool> put_out();
  Task<Unit> forget_gone();
  const Parts parts_;
};

}  // namespace troupe::homeserver::rtc
