// Encrypted rooms of many devices and many bots: what does not change costs nothing, what does not fit into memory is
// read again, and no one-time key is taken for a device with which there is a channel.
#include <time.h>

#include "fleet/encryption/encryption_fixture.h"

namespace troupe::fleet::encryption {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class CrowdTest : public EncryptionTest {
 protected:
  /// Devices of anna's, ben's and cleo's that have published keys.
  void make_crowd(int each) {
    kit::TaskRunner& test = *this;
    for (const auto& user : {anna, ben, cleo}) {
      for (int i = 0; i < each; ++i) {
        crowd.push_back(std::make_unique<TestClient>(test, *homeserver, keys, user, "CROWD" + std::to_string(i)));
        crowd.back()->publish(1);
      }
    }
  }
  void say(const std::string& text, int settled_then) {
    anna_client.say(room, "!helper " + text);
    ASSERT_TRUE(settled("helper", settled_then));
  }
  int claims() const { return keys.claims(anna) + keys.claims(ben) + keys.claims(cleo); }
  /// What the fleet's thread has computed so far.
  std::chrono::microseconds home_cpu() {
    std::promise<std::chrono::microseconds> read;
    asio::post(io.at(0), [&] {
      timespec time{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      read.set_value(std::chrono::microseconds(time.tv_sec * 1'000'000 + time.tv_nsec / 1'000));
    });
    return read.get_future().get();
  }

  std::vector<std::unique_ptr<TestClient>> crowd;
};

TEST_F(CrowdTest, WhatHasNotChangedIsNotLookedAtAgain) {
  const auto* size = std::getenv("TROUPE_TEST_CROWD");
  make_crowd(size ? std::atoi(size) : 30);
  start_room({ben, cleo});
  anna_client.share(room, {bot});
  const auto start = home_cpu();
  say("one", 1);
  const auto first = home_cpu();
  const auto asked = homeserver->members_asked();
  const auto claimed = claims();
  for (int i = 0; i < 10; ++i) say(std::to_string(i), i + 2);
  const auto later = home_cpu();
  RecordProperty("first_us", std::to_string((first - start).count()));
  RecordProperty("each_later_us", std::to_string((later - first).count() / 10));
  EXPECT_EQ(homeserver->members_asked(), asked);
  EXPECT_EQ(claims(), claimed);
  EXPECT_THAT(sessions_written(), SizeIs(1));
  EXPECT_EQ(crowd.front()->heard(room, bot).size(), 11U);
  // Whose devices change elsewhere is no matter of this room's.
  homeserver->add_person("dora");
  TestClient stranger(*this, *homeserver, keys, "@dora:localhost", "DORA");
  stranger.publish();
  say("still", 12);
  EXPECT_EQ(homeserver->members_asked(), asked);
  // Who comes in is.
  must(homeserver->invite(anna, room, "@dora:localhost"));
  must(homeserver->join("@dora:localhost", room));
  say("welcome", 13);
  EXPECT_GT(homeserver->members_asked(), asked);
  EXPECT_THAT(stranger.heard(room, bot), Contains(HasSubstr("welcome")));
  EXPECT_THAT(sessions_written(), SizeIs(1));
}

TEST_F(CrowdTest, ChannelsThatDoNotFitIntoMemoryAreWrittenToAllTheSame) {
  limits.channels_of_device = 2;
  limits.channels_in_memory = 3;
  make_crowd(4);
  start_room({ben, cleo}, {{"rotation_period_msgs", 1}});
  anna_client.share(room, {bot});
  say("one", 1);
  const auto claimed = claims();
  EXPECT_EQ(claimed, 12);  // one of each but for the phone, which has begun a channel itself
  for (int i = 2; i < 6; ++i) say(std::to_string(i), i);
  EXPECT_EQ(claims(), claimed);
  EXPECT_THAT(sessions_written(), SizeIs(5));
  for (const auto& client : crowd) EXPECT_THAT(client->heard(room, bot), Not(Contains("(unreadable)")));
  EXPECT_EQ(spoken().repeats(), 0);
}

TEST_F(CrowdTest, BotsThatDoNotFitIntoMemoryTakeTurns) {
  limits.devices_in_memory = 1;
  start_room();
  anna_client.share(room, {bot});
  say("one", 1);
  const auto claimed = claims();
  add_running_bot("other");  // its device comes into memory
  ASSERT_TRUE(eventually([&] { return published("other"); }));
  say("two", 2);
  EXPECT_THAT(sessions_written(), SizeIs(2));
  EXPECT_EQ(claims(), claimed);
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre(HasSubstr("one"), HasSubstr("two")));
  EXPECT_EQ(spoken().repeats(), 0);
}

TEST_F(CrowdTest, WhomAFailedSendingMayHaveReachedCountsAsAReader) {
  TestClient ben_client(*this, *homeserver, keys, ben, "BENPHONE");
  ben_client.publish();
  start_room({ben});
  anna_client.share(room, {bot});
  keys.fail_after_sending(std::numeric_limits<int>::max());
  anna_client.say(room, "!helper one");
  ASSERT_TRUE(eventually([&] {
    const auto came = ben_client.receive();
    return std::ranges::find(came, "m.room_key") != came.end();
  }));
  must(homeserver->leave(ben, room));
  // The try that is under way may have been begun while ben was there: he may read what it sends. The one after the
  // next failure was not.
  const auto left = keys.left_to_fail();
  ASSERT_TRUE(eventually([&] { return keys.left_to_fail() <= left - 2; }));
  keys.fail_after_sending(0);
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre(HasSubstr("one")));
  EXPECT_THAT(ben_client.heard(room, bot), ElementsAre("(unreadable)"));
}

TEST_F(CrowdTest, AKeyThatCameIsNotForgottenWhenWhatFollowsFails) {
  start_room();
  keys.hold_messages(true);
  anna_client.share(room, {bot});
  anna_client.say(room, "hello");
  ASSERT_TRUE(eventually([&] { return waiting_rows() == 1; }));
  cut.fail_forgetting(1);
  keys.hold_messages(false);
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(cut.failing_forgetting(), 0);
  EXPECT_THAT(anna_client.heard(room, bot), ElementsAre("answer to hello"));
}

TEST_F(CrowdTest, LargeFilesLeaveTheFleetsThreadAlone) {
  FileCipher cipher;
  const std::string plain(32UL * 1024 * 1024, 'x');
  const auto at_home = [&](auto task) { return asio::co_spawn(io.at(0), std::move(task), asio::use_future).get(); };
  const auto begin = home_cpu();
  const auto here = [](std::string bytes) -> Task<std::string> { co_return encrypt_file(std::move(bytes)).bytes; };
  ASSERT_TRUE(at_home(here(plain)));
  const auto middle = home_cpu();
  auto sealed = at_home(cipher.encrypt(plain));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(at_home(cipher.decrypt(std::move(sealed->bytes), sealed->file)).value_or("?"), plain);
  EXPECT_LT((home_cpu() - middle) * 2, middle - begin);
  EXPECT_EQ(at_home(cipher.decrypt("short", {})).error().code(), Errc::invalid_param);
  EXPECT_EQ(at_home(cipher.encrypt(std::string(FileCipher::kMaxBytes + 1, 'x'))).error().code(), Errc::too_large);
}

}  // namespace
}  // namespace troupe::fleet::encryption
