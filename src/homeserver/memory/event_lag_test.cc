#include "homeserver/memory/event_lag.h"

#include <gtest/gtest.h>

namespace troupe::homeserver::memory {
namespace {

class EventLagTest : public testing::Test {
 protected:
  /// An event that says of itself when it was.
  static StoredEventPtr event(StreamPos pos, base::UnixMs says) {
    auto event = std::make_shared<matrix::Event>();
    event->origin_server_ts = says;
    auto stored = std::make_shared<StoredEvent>();
    stored->pos = pos;
    stored->event = std::move(event);
    return stored;
  }
  double lag(const StoredEventPtr& stored) {
    const auto before = seconds_.sum_seconds();
    lag_.looked_at({stored});
    return seconds_.sum_seconds() - before;
  }

  base::ManualClock clock_;
  base::MetricRegistry metrics_;
  EventLag lag_{metrics_, "push", clock_};
  base::Histogram& seconds_ = metrics_.histogram(kEventLag, kEventLagHelp, {"by"}).with({"push"});
};

TEST_F(EventLagTest, IsCountedFromWhenTheEventCame) {
  lag_.head_moved(10);
  clock_.advance(std::chrono::seconds(5));
  lag_.head_moved(20);
  clock_.advance(std::chrono::seconds(2));
  lag_.head_moved(30);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_NEAR(lag(event(15, 1)), 3, 1e-6) << "a bridge said that it was in 1970";
  EXPECT_NEAR(lag(event(20, clock_.unix_ms() + 86'400'000)), 3, 1e-6);
  EXPECT_NEAR(lag(event(21, 1)), 1, 1e-6);
}

TEST_F(EventLagTest, OfWhatCameBeforeTheStartByItsOwnTime) {
  lag_.head_moved(10);
  clock_.advance(std::chrono::seconds(5));
  EXPECT_NEAR(lag(event(7, clock_.unix_ms() - 8'000)), 8, 1e-6);
}

TEST_F(EventLagTest, OfWhatComesAtThisMomentThereIsNone) {
  lag_.head_moved(10);
  EXPECT_NEAR(lag(event(11, 1)), 0, 1e-6);
}

}  // namespace
}  // namespace troupe::homeserver::memory
