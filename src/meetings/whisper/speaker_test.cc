// Sessions whose sound is one person's.
#include <gmock/gmock.h>

#include "meetings/whisper/whisper_fixture.h"

namespace troupe::meetings::whisper {
namespace {

std::string hello_of(const std::string& uid, const json::value& speaker) {
  return json::serialize(json::object{{"uid", uid},
                                      {"language", "en"},
                                      {"task", "transcribe"},
                                      {"platform", "google_meet"},
                                      {"token", "k"},
                                      {"meeting_id", "abc-defg-hij"},
                                      {"meeting_url", "https://meet.google.com/abc-defg-hij"},
                                      {"speaker", speaker}});
}
json::object named(const std::string& id, const std::string& name) { return {{"id", id}, {"name", name}}; }

TEST_F(WhisperTest, AllThatAPersonsSessionHearsIsTheirs) {
  begin();
  bot([](Bot& self) -> asio::awaitable<void> {
    co_await self.text(hello_of("W1", named("@anna:x", "Anna")));
    if (!co_await self.until([&] { return self.ready(); })) co_return;
    // No guessing: what the page says of who speaks is for sessions of many.
    co_await self.text(R"({"type":"speaker_activity","payload":{"event_type":"SPEAKER_START","participant_name":"Ben",)"
                       R"("participant_id_meet":"ben","relative_client_timestamp_ms":0}})");
    co_await self.speak(1, 5);
    co_await self.binary(std::string(kEndOfAudio));
    static_cast<void>(co_await self.until([] { return false; }));
  });
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), whole(1, 5));
  home([&] {
    for (const auto& [id, piece] : record.pieces) {
      EXPECT_EQ(piece.speaker, "Anna") << id;
      EXPECT_EQ(piece.speaker_key, "@anna:x") << id;
    }
  });
}

TEST_F(WhisperTest, OnePersonMoreThanMayBeHeardIsRefusedAndTheOthersGoOn) {
  limits.speakers_of_a_meeting = 2;
  begin();
  bot([&](Bot& first) -> asio::awaitable<void> {
    co_await first.text(hello_of("C:1", named("@anna:x", "Anna")));
    if (!co_await first.until([&] { return first.ready(); })) co_return;
    const auto second = co_await play(
        [&](Bot& other) -> asio::awaitable<void> {
          co_await other.text(hello_of("C:2", named("@ben:x", "Ben")));
          EXPECT_TRUE(co_await other.until([&] { return other.ready(); }));
          const auto third = co_await play(
              [](Bot& self) -> asio::awaitable<void> {
                co_await self.text(hello_of("C:3", named("@cleo:x", "Cleo")));
                static_cast<void>(co_await self.until([] { return false; }));
              },
              "/ws");
          EXPECT_TRUE(third);
          if (third) EXPECT_EQ((*third)->status(), "ERROR");
          if (third) EXPECT_THAT((*third)->message(), ::testing::HasSubstr("2 people"));
          EXPECT_FALSE(other.over);
        },
        "/ws");
    EXPECT_TRUE(second);
    co_await first.speak(1, 3);
    EXPECT_TRUE(co_await first.until([&] { return first.heard_words("w1 w2"); }));
    // Ben has ended, so there is room again.
    const auto fourth = co_await play(
        [](Bot& self) -> asio::awaitable<void> {
          co_await self.text(hello_of("C:4", named("@cleo:x", "Cleo")));
          EXPECT_TRUE(co_await self.until([&] { return self.ready(); }));
        },
        "/ws");
    EXPECT_TRUE(fourth);
  });
}

/// Of the last places one meeting gets no more than its part.
TEST_F(WhisperTest, OneMeetingDoesNotTakeAllPlaces) {
  limits.sessions = 4;
  begin();
  const auto of_other = [](int number) {
    auto hello = json::parse(hello_of("O:" + std::to_string(number), named("@olga:x", "Olga"))).as_object();
    hello["platform"] = "zoom";
    hello["token"] = "other";
    hello["meeting_id"] = "123";
    return json::serialize(hello);
  };
  std::vector<std::string> told;
  std::function<asio::awaitable<void>(Bot&, int)> come = [&](Bot& self, int number) -> asio::awaitable<void> {
    const bool is_other = number > 4;
    const auto uid = "C:" + std::to_string(number);
    co_await self.text(is_other ? of_other(number) : hello_of(uid, named("@p" + std::to_string(number) + ":x", "P")));
    static_cast<void>(co_await self.until([&] { return self.ready() || !self.status().empty(); }));
    told.push_back(self.ready() ? "in" : self.status());
    if (number > 5) co_return;
    // The refused one goes, the others stay while the next one comes.
    const auto next =
        co_await play([&come, number](Bot& bot) -> asio::awaitable<void> { return come(bot, number + 1); }, "/ws");
    EXPECT_TRUE(next);
  };
  bot([&](Bot& first) -> asio::awaitable<void> { return come(first, 1); });
  EXPECT_THAT(told, ::testing::ElementsAre("in", "in", "in", "WAIT", "in", "WAIT"));
}

TEST(SessionSpeaker, AsItIsWritten) {
  const auto read = [](const json::value& speaker) { return read_hello(hello_of("W1", speaker), true); };
  EXPECT_FALSE(read(nullptr)->speaker);
  EXPECT_EQ(read(named("@anna:x", "Anna"))->speaker->name, "Anna");
  EXPECT_EQ(read(json::object{{"id", "@anna:x"}})->speaker->name, "@anna:x");
  EXPECT_LE(read(named("@anna:x", std::string(5'000, 'a')))->speaker->name.size(), 200u);
  const json::array wrong{"@anna:x",
                          7,
                          json::object(),
                          named("", "Anna"),
                          named(std::string(256, 'a'), "Anna"),
                          named(std::string("a\0b", 3), "Anna")};
  for (const auto& one : wrong) EXPECT_FALSE(read(one)) << json::serialize(one);
}

}  // namespace
}  // namespace troupe::meetings::whisper
