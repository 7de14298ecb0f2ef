#include "meetings/commands/heard.h"

#include <gtest/gtest.h>

namespace troupe::meetings::commands {
namespace {

Result<Heard> segments(const std::string& payload) { return read_segments({{"payload", payload}}); }

TEST(Heard, TheOlderDialect) {
  const auto start =
      segments(R"({"type":"session_start","token":"k","platform":"google_meet","meeting_id":"abc-defg-hij","uid":"W1",)"
               R"("start_timestamp":"2026-01-02T03:04:27.250000Z"})");
  ASSERT_TRUE(start);
  EXPECT_EQ(start->kind, Heard::Kind::session_start);
  EXPECT_EQ(start->token, "k");
  EXPECT_EQ(start->session, "W1");
  EXPECT_EQ(start->meeting, 0) << "the call's name is no number";
  EXPECT_EQ(start->began_ms, 1'767'323'067'250);
  const auto said =
      segments(R"({"type":"transcription","token":"k","meeting_id":"abc-defg-hij","uid":"W1","segments":[)"
               R"({"start":"0.000","end":"2.480","text":" Hello everyone","completed":false,"language":"en"},)"
               R"({"start":"5.5","end":"4.5","text":"turned"},{"text":"no times"},{"start":"nan","end":"1"},7]})");
  ASSERT_TRUE(said);
  ASSERT_EQ(said->pieces.size(), 2U);
  EXPECT_EQ(said->pieces[0].start_ms, 0);
  EXPECT_EQ(said->pieces[0].end_ms, 2'480);
  EXPECT_EQ(said->pieces[0].text, " Hello everyone");
  EXPECT_EQ(said->pieces[0].language, "en");
  EXPECT_FALSE(said->pieces[0].completed);
  EXPECT_EQ(said->pieces[1].start_ms, 4'500);
  EXPECT_FALSE(said->began_ms);
  EXPECT_EQ(segments(R"({"type":"session_end","token":"k","uid":"W1"})")->kind, Heard::Kind::session_end);
}

TEST(Heard, TheNewerDialect) {
  const auto said = segments(
      R"({"type":"transcription","meeting_id":42,"native_meeting_id":"abc-defg-hij","segments":[{"segment_id":"C:anna:12500",)"
      R"("speaker":"Anna","speaker_key":"anna","text":"Hi","start":12.5,"end":15.1,"language":"en","completed":true,)"
      R"("absolute_start_time":"2026-01-02T03:04:17.500+00:00","words":[{"word":"Hi"}]}]})");
  ASSERT_TRUE(said);
  EXPECT_EQ(said->meeting, 42);
  EXPECT_EQ(said->native_id, "abc-defg-hij");
  EXPECT_EQ(said->session, "C");
  EXPECT_EQ(said->began_ms, 1'767'323'045'000);
  EXPECT_EQ(said->pieces.at(0).segment_id, "C:anna:12500");
  EXPECT_EQ(said->pieces.at(0).speaker_key, "anna");
  EXPECT_TRUE(said->pieces.at(0).completed);
  const auto back = segments(R"({"type":"transcript_retract","meeting_id":42,"segment_ids":["C:anna:12500"]})");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->retracted, std::vector<std::string>{"C:anna:12500"});
}

TEST(Heard, SpeakersEvents) {
  const Fields fields{{"event_type", "SPEAKER_START"},
                      {"participant_name", "Anna"},
                      {"participant_id_meet", "p1"},
                      {"relative_client_timestamp_ms", "1234.6"},
                      {"uid", "W1"},
                      {"token", "k"}};
  const auto heard = read_speaker(fields);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->session, "W1");
  EXPECT_EQ(heard->event.at_ms, 1'235);
  EXPECT_TRUE(heard->event.begins);
  EXPECT_EQ(heard->event.name, "Anna");
  for (const auto& [at, value] : std::vector<std::pair<std::size_t, std::string>>{
           {0, "SPEAKER_DANCE"}, {3, "-1"}, {3, "nan"}, {3, "1e300"}, {3, ""}}) {
    auto changed = fields;
    changed[at].second = value;
    EXPECT_FALSE(read_speaker(changed)) << value;
  }
  auto half = fields;
  half[1].second = "\xC3";
  half[2].second = "";
  EXPECT_FALSE(read_speaker(half)) << "half a character names nobody";
}

TEST(Heard, WhatIsTooLongIsRefusedAndNotEmptied) {
  const auto with = [](const std::string& key, std::size_t bytes) {
    return segments(
        R"({"type":"transcription","uid":"W1","segments":[{"start":1,"end":2,"text":"Hi"},{"start":2,"end":3,")" + key +
        R"(":")" + std::string(bytes, 'x') + R"("}]})");
  };
  const auto fits = with("text", 16 * 1024);
  ASSERT_TRUE(fits);
  EXPECT_EQ(fits->pieces.at(1).text.size(), 16U * 1024);
  EXPECT_EQ(with("segment_id", 256)->pieces.at(1).segment_id.size(), 256U);
  for (const auto& [key, bytes] : std::vector<std::pair<std::string, std::size_t>>{
           {"text", 16 * 1024 + 1}, {"segment_id", 257}, {"speaker", 257}, {"speaker_key", 257}}) {
    const auto refused = with(key, bytes);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().code(), Errc::too_large);
  }
  const auto session = segments(R"({"type":"session_end","uid":")" + std::string(257, 'x') + R"("})");
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code(), Errc::too_large);
  const auto name = read_speaker({{"event_type", "SPEAKER_START"},
                                  {"participant_name", std::string(257, 'x')},
                                  {"participant_id_meet", "p1"},
                                  {"relative_client_timestamp_ms", "1"}});
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code(), Errc::too_large);
}

TEST(Heard, WhatCannotBeUsedIsAnError) {
  EXPECT_FALSE(read_segments({}));
  EXPECT_FALSE(read_segments({{"other", "{}"}}));
  std::string many = R"({"type":"transcription","segments":[0)";
  for (std::size_t i = 0; i < kMostPieces; ++i) many += ",0";
  for (const std::string& payload :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"), std::string(R"({"type":"dance"})"),
        std::string(R"({"type":"transcription"})"), std::string("{\"type\":\"session_start\",\"uid\":\"\xC3\"}"),
        many + "]}", std::string(R"({"type":"transcript_retract","segment_ids":[1]})"), std::string(5'000, '[')}) {
    EXPECT_FALSE(segments(payload)) << payload.substr(0, 60);
  }
  const auto huge = segments(R"({"type":"transcription","segments":[{"start":1e300,"end":2,"text":"x"}]})");
  ASSERT_TRUE(huge);
  EXPECT_TRUE(huge->pieces.empty());
}

}  // namespace
}  // namespace troupe::meetings::commands
