#include "meetings/whisper/hearing.h"

#include <gtest/gtest.h>

#include "meetings/life/meetings_fixture.h"
#include "meetings/whisper/meeting_record.h"

namespace troupe::meetings::whisper {
namespace {

TEST(WhisperAddresses, AnUpstreamIsASocketOrTakesPieces) {
  for (const std::string good :
       {"", "ws://127.0.0.1:9090", "wss://whisper.example.org/ws", "WS://x/",
        "https://api.example.org/v1/audio/transcriptions", "http://127.0.0.1:8000/v1/audio/transcriptions?x=1"}) {
    EXPECT_FALSE(wrong_upstream(good)) << good;
  }
  for (const std::string bad :
       {"http://127.0.0.1:9090", "ws://", "whisper", "ftp://x/v1/audio/transcriptions", "ws://user:pw@x/"}) {
    EXPECT_TRUE(wrong_upstream(bad)) << bad;
  }
}

TEST(WhisperAddresses, BotsAreToldTheNearestThatIsConfigured) {
  EXPECT_EQ(bots_address("", "", "http://127.0.0.1:8001"), "ws://127.0.0.1:8001/bots/internal/whisper");
  EXPECT_EQ(bots_address("", "", "https://troupe.example.org"), "wss://troupe.example.org/bots/internal/whisper");
  EXPECT_EQ(bots_address("", "http://127.0.0.1:9090", "x"), "ws://127.0.0.1:9090/ws");
  EXPECT_EQ(bots_address("wss://w.example.org", "http://127.0.0.1:9090", "x"), "wss://w.example.org/ws");
}

/// With the database, the life of meetings and their transcripts.
class MeetingRecordTest : public life::MeetingsTest {
 protected:
  std::string token_of(MeetingId id, std::int64_t attempt = 1) {
    return home([&] { return std::string(driver->config_of(life::task_id_of(id, attempt)).at("token").as_string()); });
  }
  transcripts::Transcripts transcripts{{.db = *db, .clock = time, .bell = bell}};
};

TEST_F(MeetingRecordTest, OnlyTheTokenOfABotThatIsThereMaySpeak) {
  MeetingRecord record(*service, transcripts);
  const auto id = in_call();
  const auto token = token_of(id);
  const auto speaking = must(record.admit(token));
  EXPECT_EQ(speaking.meeting, id);
  EXPECT_EQ(speaking.platform, "jitsi");
  EXPECT_EQ(run(record.admit("nobody's")).error().code(), Errc::unknown_token);
  must(service->stop({.tenant_id = 1}, id, {.id = 7}));
  ASSERT_TRUE(becomes(id, State::completed));
  EXPECT_EQ(run(record.admit(token)).error().code(), Errc::unknown_token);
}

TEST_F(MeetingRecordTest, ASessionBeginsOnceAndItsWordsAreInTheTranscript) {
  MeetingRecord record(*service, transcripts);
  const auto id = in_call();
  const auto began = time.unix_ms();
  EXPECT_EQ(must(record.open({.meeting = id, .uid = "W1", .language = "en", .began_ms = began}, "")), began);
  EXPECT_EQ(must(record.open({.meeting = id, .uid = "W1", .language = "en", .began_ms = began + 5'000}, "")), began);
  must(record.speaker(id, "W1", {.at_ms = 0, .begins = true, .name = "Ann", .key = "p1"}));
  must(record.hear(id, "W1", {{.start_ms = 500, .end_ms = 1'000, .text = "half a", .segment_id = "W1:0:0"}}));
  must(record.hear(id, "W1",
                   {{.start_ms = 400,
                     .end_ms = 2'000,
                     .text = "half a sentence is whole",
                     .completed = true,
                     .segment_id = "W1:0:0"}}));
  must(record.close(id, "W1"));
  const auto page = must(transcripts.read(id, 0, 10));
  ASSERT_EQ(page.items.size(), 1U);
  EXPECT_EQ(page.items[0].text, "half a sentence is whole");
  EXPECT_EQ(page.items[0].speaker, "Ann");
  EXPECT_TRUE(page.items[0].final);
}

TEST_F(MeetingRecordTest, ABotThatIsBackGoesOnWithItsSession) {
  MeetingRecord record(*service, transcripts);
  const auto id = in_call();
  const auto began = time.unix_ms();
  const SpeechSession session{.meeting = id, .uid = "W1", .language = "en", .began_ms = began};
  must(record.open(session, ""));
  must(record.close(id, "W1"));
  EXPECT_EQ(must(record.open(session, "")), began);
  must(record.hear(id, "W1", {{.start_ms = 500, .end_ms = 1'000, .text = "half a", .segment_id = "W1:9:0"}}));
  EXPECT_FALSE(must(transcripts.read(id, 0, 10)).items.at(0).final);
  must(record.hear(
      id, "W1",
      {{.start_ms = 500, .end_ms = 2'000, .text = "half a sentence", .completed = true, .segment_id = "W1:9:0"}}));
  EXPECT_EQ(must(transcripts.read(id, 0, 10)).items.at(0).text, "half a sentence");
}

}  // namespace
}  // namespace troupe::meetings::whisper
