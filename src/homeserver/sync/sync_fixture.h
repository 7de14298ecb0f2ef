// A reader of /sync. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "base/encoding.h"
#include "homeserver/sync/read_fixture.h"

namespace troupe::homeserver::sync {

/// Moves when told to, and is read by the server's thread.
class SharedClock final : public base::Clock {
 public:
  base::UnixMs unix_ms() const override { return now_.load(); }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(now_.load()));
  }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'700'000'000'000};
};

class SyncTest : public ReadTest {
 protected:
  using ReadTest::ReadTest;
  ReadAnswer sync_filtered(std::string_view who, std::string_view since, std::string_view filter) {
    return sync(who, since, "&filter=" + base::percent_encode(filter));
  }
  std::vector<std::string> timeline(const ReadAnswer& answer, const std::string& room) {
    return digest(answer.at("rooms", "join", room, "timeline", "events"));
  }
  std::vector<std::string> state_of(const ReadAnswer& answer, const std::string& room) {
    return digest(answer.at("rooms", "join", room, "state", "events"));
  }
  /// A sync that waits; it must not be answered before `act` has run.
  ReadAnswer woken_by(std::string_view who, const std::string& since, const std::function<void()>& act) {
    auto waiting = start(who, "GET", "/sync?timeout=20000&since=" + since);
    EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
    act();
    if (waiting.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
      ADD_FAILURE() << "nobody woke the sync";
    return waiting.get();
  }
};

}  // namespace troupe::homeserver::sync
