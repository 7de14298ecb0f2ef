#include "homeserver/sync/presence.h"

#include <gmock/gmock.h>

namespace troupe::homeserver::sync {
namespace {

using namespace std::chrono_literals;
using enum Availability;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kAnna = "@anna:example.org";

class PresenceTest : public testing::Test {
 protected:
  PresenceTest() {
    observing_ = presence_.observe([this](const matrix::PresenceEdu& edu) {
      told_.push_back(edu.user_id.substr(1, edu.user_id.find(':') - 1) + " " + edu.presence);
    });
  }
  /// Asks every half minute, as clients do.
  void poll_for(std::chrono::milliseconds time, std::string_view device, Availability availability) {
    for (std::chrono::milliseconds gone{0}; gone < time; gone += 30s) {
      presence_.touch(kAnna, device, availability);
      presence_.tell_of_silent();
      clock_.advance(30s);
    }
  }
  Availability anna() const { return presence_.get(kAnna).availability; }

  base::ManualClock clock_;
  std::unique_ptr<bus::Bus> bus_ = bus::make_local_bus();
  Presence presence_{*bus_, clock_, true};
  std::vector<std::string> told_;
  base::SubscriptionPtr observing_;
};

TEST_F(PresenceTest, WhoDoesNothingIsUnavailableAndWhoSaysNothingIsOffline) {
  poll_for(10min, "PHONE", online);
  EXPECT_THAT(told_, ElementsAre("anna online", "anna unavailable"));
  presence_.acted(kAnna);
  EXPECT_EQ(anna(), online) << "at once";
  clock_.advance(Presence::kGoneMs * 1ms);
  EXPECT_EQ(anna(), offline);
  presence_.tell_of_silent();
  presence_.acted(kAnna);  // a bridge of theirs: nobody is there
  EXPECT_THAT(told_, ElementsAre("anna online", "anna unavailable", "anna online", "anna offline"));
}

TEST_F(PresenceTest, ThePresentDeviceStandsOverTheOthers) {
  presence_.touch(kAnna, "PHONE", online);
  presence_.touch(kAnna, "LAPTOP", unavailable);
  presence_.touch(kAnna, "PHONE", online);
  EXPECT_EQ(anna(), online);
  presence_.touch(kAnna, "PHONE", unavailable);
  EXPECT_EQ(anna(), unavailable);
  presence_.set(kAnna, "PHONE", offline, "gone");
  EXPECT_EQ(anna(), unavailable) << "the laptop is there";
  presence_.set(kAnna, "LAPTOP", offline, "gone");
  EXPECT_EQ(anna(), offline);
  EXPECT_EQ(presence_.get(kAnna).status_msg, "gone");
  EXPECT_THAT(told_.back(), "anna offline");
}

TEST_F(PresenceTest, PollsAndActsAreNoNews) {
  presence_.touch(kAnna, "PHONE", online);
  for (int i = 0; i < 1000; ++i) {
    presence_.touch(kAnna, "PHONE", online);
    presence_.acted(kAnna);
  }
  EXPECT_THAT(told_, ElementsAre("anna online"));
}

TEST_F(PresenceTest, AnotherProcessHearsOfChangesAndOnceAMinute) {
  Presence other(*bus_, clock_, true);
  int words = 0;
  const auto counting = bus_->subscribe("hs.presence.signs", [&](std::string_view) { ++words; });
  presence_.set(kAnna, "PHONE", online, "a  message with spaces");
  EXPECT_EQ(other.get(kAnna).status_msg, "a  message with spaces");
  poll_for(10min, "PHONE", online);
  EXPECT_EQ(words, 10);
  EXPECT_EQ(other.get(kAnna).availability, unavailable);
  presence_.set(kAnna, "PHONE", offline, "");
  EXPECT_EQ(other.get(kAnna).availability, offline);
  for (const auto* wrong : {"", "x", "p 1 online", "p x online 0 @a:b ", "p 1 asleep 0 @a:b ", "p 1 online z @a:b "})
    bus_->publish("hs.presence.signs", wrong);
  EXPECT_THAT(other.present(), IsEmpty());
}

TEST_F(PresenceTest, AStartGoesOnFromWhatWasWrittenDown) {
  presence_.set(kAnna, "PHONE", online, "here");
  presence_.set("@berta:example.org", "PHONE", online, "");
  presence_.set("@berta:example.org", "PHONE", offline, "");
  const auto rows = presence_.take_unsaved(100);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].presence, "online");
  EXPECT_EQ(rows[1].presence, "offline");
  EXPECT_THAT(presence_.take_unsaved(100), IsEmpty());
  presence_.not_saved(rows);
  EXPECT_EQ(presence_.take_unsaved(1).size(), 1U);

  clock_.advance(60s);
  Presence next(*bus_, clock_, true);
  std::vector<std::string> told;
  const auto observing = next.observe([&](const matrix::PresenceEdu& edu) { told.push_back(edu.presence); });
  next.restore(rows);
  EXPECT_THAT(next.present(), ElementsAre(kAnna));
  EXPECT_EQ(next.get(kAnna).last_active_ago_ms, 60'000);
  next.touch(kAnna, "PHONE", online);
  EXPECT_THAT(told, IsEmpty()) << "whoever comes back was never gone";
  clock_.advance(Presence::kGoneMs * 1ms);
  next.tell_of_silent();
  EXPECT_THAT(told, ElementsAre("offline"));
}

TEST(PresenceOffTest, SwitchedOffNobodyIsOnline) {
  base::ManualClock clock;
  const auto bus = bus::make_local_bus();
  Presence presence(*bus, clock, false);
  presence.set(kAnna, "PHONE", online, "here");
  presence.touch(kAnna, "PHONE", online);
  EXPECT_EQ(presence.get(kAnna).availability, offline);
  EXPECT_EQ(presence.get(kAnna).status_msg, "");
}

}  // namespace
}  // namespace troupe::homeserver::sync
