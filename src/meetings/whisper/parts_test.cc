#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <limits>

#include "meetings/whisper/cutter.h"
#include "meetings/whisper/http_upstream.h"
#include "meetings/whisper/seam.h"
#include "meetings/whisper/tape.h"

namespace troupe::meetings::whisper {
namespace {

boost::json::object object(const std::string& text) { return boost::json::parse(text).as_object(); }
std::string error_of(std::string_view hello, bool has_token = false) {
  const auto read = read_hello(hello, has_token);
  return read ? "" : read.error().message();
}

TEST(WhisperDialect, AVexaBotIsUnderstood) {
  const auto hello = read_hello(
      R"({"uid":"W1","language":"en","task":"transcribe","model":null,"use_vad":false,"platform":"google_meet",)"
      R"("token":"k","meeting_id":"abc-defg-hij","meeting_url":"https://meet.google.com/abc-defg-hij"})",
      false);
  ASSERT_TRUE(hello) << hello.error().message();
  EXPECT_EQ(hello->uid, "W1");
  EXPECT_EQ(hello->token, "k");
  EXPECT_EQ(hello->language, "en");
  EXPECT_EQ(hello->form, SampleForm::float32);
}

TEST(WhisperDialect, WhatIsMissingIsNamed) {
  EXPECT_EQ(error_of("{}"), "Missing required fields: uid, platform, meeting_url, token, meeting_id");
  EXPECT_EQ(error_of(R"({"uid":"u","platform":"","meeting_url":null,"token":"t","meeting_id":"m"})"),
            "Missing required fields: platform, meeting_url");
  EXPECT_EQ(error_of(R"({"language":"en"})", true), "Missing required fields: uid");
  EXPECT_EQ(error_of(R"({"uid":"u"})", true), "");
  for (const std::string broken : {"", "[]", "{", "\"uid\"", "{\"uid\":"}) EXPECT_NE(error_of(broken), "") << broken;
  EXPECT_NE(error_of(R"({"uid":")" + std::string(200, 'u') + R"("})", true), "");
  EXPECT_NE(error_of(R"({"uid":"u","audio_format":"mp3"})", true), "");
  EXPECT_NE(error_of(R"({"uid":"u","x":")" + std::string(20'000, 'x') + R"("})", true), "");
  EXPECT_EQ(uid_of(R"({"uid":"u"})"), "u");
  EXPECT_EQ(uid_of("nothing"), "");
}

TEST(WhisperDialect, SpeakersAreHeardAndTheRestIsSwallowed) {
  const auto word =
      read_bot_word(R"({"type":"speaker_activity","payload":{"event_type":"SPEAKER_START","participant_name":"Ann",)"
                    R"("participant_id_meet":"p1","relative_client_timestamp_ms":1500.4,"meeting_url":null}})");
  EXPECT_EQ(word.kind, BotWord::Kind::speaker);
  EXPECT_EQ(word.speaker.at_ms, 1'500);
  EXPECT_TRUE(word.speaker.begins);
  EXPECT_EQ(word.speaker.name, "Ann");
  EXPECT_EQ(word.speaker.key, "p1");
  for (const std::string other :
       {R"({"type":"audio_chunk_metadata","payload":{"length":1365,"sample_rate":16000}})", "{}", "[]", "no",
        R"({"type":"speaker_activity","payload":{"event_type":"SPEAKER_START","participant_name":"Ann"}})",
        R"({"type":"speaker_activity","payload":{"event_type":"WAVES","relative_client_timestamp_ms":1}})",
        R"({"type":"speaker_activity","payload":{"event_type":"SPEAKER_END","relative_client_timestamp_ms":"x"}})",
        R"({"type":"speaker_activity","payload":[]})"}) {
    EXPECT_EQ(read_bot_word(other).kind, BotWord::Kind::other) << other;
  }
  EXPECT_EQ(read_bot_word(R"({"type":"session_control","payload":{"event":"LEAVING_MEETING"}})").kind,
            BotWord::Kind::leaving);
}

TEST(WhisperDialect, AServersWordsAreReadAndStrangeOnesLeftOut) {
  using Kind = ServerWord::Kind;
  const auto read = [](const std::string& text) { return read_server_word(text, "u"); };
  EXPECT_EQ(read(R"({"uid":"u","message":"SERVER_READY","backend":"x"})").kind, Kind::ready);
  EXPECT_EQ(read(R"({"uid":"other","message":"SERVER_READY"})").kind, Kind::other);
  EXPECT_EQ(read(R"({"uid":"u","message":"DISCONNECT"})").kind, Kind::disconnect);
  EXPECT_EQ(read(R"({"uid":"u","status":"WAIT","message":0.1})").pause.count(), 6'000);
  EXPECT_EQ(read(R"({"uid":"u","status":"WAIT","message":1e300})").pause.count(), 30'000);
  EXPECT_EQ(read(R"({"uid":"u","status":"WAIT","message":-5})").pause.count(), 0);
  EXPECT_EQ(read(R"({"uid":"u","status":"ERROR","message":"no model"})").text, "no model");
  EXPECT_EQ(read(R"({"uid":"u","language":"de","language_prob":0.97})").text, "de");
  const auto said = read(
      R"({"uid":"u","segments":[{"start":"2.480","end":"4.000","text":" two","completed":false},)"
      R"({"start":"0.000","end":"2.480","text":" one","completed":true,"language":"en"},{"start":"nan","end":"1"},)"
      R"({"start":"1","end":"1"},{"end":"1"},7,{"start":1e300,"end":2e300},{"start":"5.0x","end":"6"}]})");
  ASSERT_EQ(said.segments.size(), 2U);
  EXPECT_EQ(said.segments[0].text, " one");
  EXPECT_TRUE(said.segments[0].completed);
  EXPECT_EQ(said.segments[1].start_ms, 2'480);
  EXPECT_EQ(said.segments[1].end_ms, 4'000);
}

TEST(WhisperDialect, WhatIsSaidIsWhatEachSideReads) {
  EXPECT_EQ(object(vexa_ready_frame("u")), object(R"({"status":"SERVER_READY","uid":"u"})"));
  EXPECT_EQ(object(stock_ready_frame("u")).at("message").as_string(), "SERVER_READY");
  EXPECT_EQ(object(refusal_frame("u", "no")), object(R"({"uid":"u","status":"ERROR","message":"no"})"));
  const auto hello = object(server_hello("u", "", "", "small"));
  EXPECT_TRUE(hello.at("language").is_null());
  EXPECT_TRUE(hello.at("model").is_string());
  EXPECT_EQ(hello.at("task").as_string(), "transcribe");
  const auto frame = object(segments_frame("u", {{.start_ms = 2'005, .end_ms = 62'480, .text = "hi"}}));
  EXPECT_EQ(frame.at("segments").as_array().at(0).as_object(),
            object(R"({"start":"2.005","end":"62.480","text":"hi","completed":false})"));
}

TEST(WhisperAudio, NoSampleIsLouderThanPossible) {
  const std::vector<float> wild{0.5F, 2.0F, -7.0F, std::numeric_limits<float>::quiet_NaN(),
                                std::numeric_limits<float>::infinity()};
  const auto tame = read_samples(float_bytes(wild), SampleForm::float32);
  ASSERT_TRUE(tame);
  EXPECT_EQ(*tame, (std::vector<float>{0.5F, 1.0F, -1.0F, 0.0F, 0.0F}));
  EXPECT_EQ(read_samples(std::string("\x00\x80\x00\x40", 4), SampleForm::int16), (std::vector<float>{-1.0F, 0.5F}));
  EXPECT_EQ(read_samples(std::string("\x00\x80", 2), SampleForm::uint8), (std::vector<float>{-1.0F, 0.0F}));
  EXPECT_FALSE(read_samples("12345", SampleForm::float32));
  EXPECT_FALSE(read_samples("123", SampleForm::int16));
  EXPECT_EQ(wav_of(wild).size(), 44 + 2 * wild.size());
}

std::vector<float> sound(std::int64_t ms, float value = 0.5F) {
  return std::vector<float>(static_cast<std::size_t>(samples_of(ms)), value);
}

TEST(WhisperTape, IsHandedOutAgainUntilItIsReleased) {
  int changes = 0;
  Tape tape([&] { ++changes; });
  tape.push(sound(1'000), 1'000);
  tape.push(sound(1'000), 2'000);
  EXPECT_EQ(changes, 2);
  auto piece = tape.take(kRate * 3 / 2);
  EXPECT_EQ(piece.at, 0);
  EXPECT_EQ(piece.end(), kRate * 3 / 2);
  EXPECT_EQ(tape.waiting(), kRate / 2);
  tape.release(kRate);
  tape.release(kRate * 100);  // what was not handed out stays
  EXPECT_EQ(tape.take(kRate).at, kRate * 3 / 2);
  EXPECT_TRUE(tape.take(kRate).samples.empty());
  tape.push(sound(1'000), 3'000);
  EXPECT_EQ(tape.take(kRate).at, 2 * kRate);
  tape.rewind();
  EXPECT_EQ(tape.take(100 * kRate).at, kRate * 3 / 2);
  EXPECT_EQ(tape.dropped(), 0);
}

TEST(WhisperTape, WhatNobodyTakesInTimeIsDroppedAndTheTimesStay) {
  Tape tape([] {});
  for (int s = 1; s <= 60; ++s) tape.push(sound(1'000), s * 1'000);
  EXPECT_EQ(tape.dropped(), 15 * kRate);
  const auto piece = tape.take(kRate);
  EXPECT_EQ(ms_of(piece.at), 15'000);
  EXPECT_EQ(ms_of(tape.head()), 60'000);
}

TEST(WhisperTape, WhatWasHandedOutIsKeptForHalfAMinute) {
  Tape tape([] {});
  for (int s = 1; s <= 60; ++s) {
    tape.push(sound(1'000), s * 1'000);
    EXPECT_FALSE(tape.take(100 * kRate).samples.empty());
  }
  EXPECT_EQ(tape.dropped(), 0);
  tape.rewind();
  EXPECT_EQ(ms_of(tape.take(1).at), 30'000);
}

TEST(WhisperTape, ItsTimesFollowTheTimeButNotALineThatStalls) {
  Tape tape([] {});
  std::int64_t now = 3'000;  // it begins late
  tape.push(sound(1'000), now);
  EXPECT_EQ(ms_of(tape.take(1).at), 2'000);
  for (int i = 0; i < 10; ++i) tape.push(sound(1'000), now += 1'000);
  EXPECT_EQ(ms_of(tape.head()), now);
  // Four seconds come at once, after as long a pause: nothing was missed.
  now += 3'000;
  for (int i = 0; i < 4; ++i) tape.push(sound(1'000), now += (i == 0 ? 1'000 : 0));
  for (int i = 0; i < 10; ++i) tape.push(sound(1'000), now += 1'000);
  EXPECT_EQ(ms_of(tape.head()), now);
  // A bot that paused for a minute.
  now += 60'000;
  for (int i = 0; i < 12; ++i) tape.push(sound(1'000), now += 1'000);
  EXPECT_EQ(ms_of(tape.head()), now);
  // One that is faster than the time stays so, and so does a clock that jumps back.
  tape.push(sound(20'000), now - 3'600'000);
  EXPECT_EQ(ms_of(tape.head()), now + 20'000);
}

Heard said(std::int64_t start, std::int64_t end, std::string text, bool completed) {
  return {.start_ms = start, .end_ms = end, .text = std::move(text), .language = "en", .completed = completed};
}
std::string shown(const std::vector<Speech>& pieces) {
  std::string out;
  for (const auto& p : pieces) {
    out += p.segment_id + "[" + std::to_string(p.start_ms) + "-" + std::to_string(p.end_ms) + "]" + p.text +
           (p.completed ? "! " : "? ");
  }
  return out;
}

TEST(WhisperSeam, RepetitionsAreNothingNew) {
  Seam seam("W");
  EXPECT_EQ(shown(seam.take({said(0, 1'000, "a", false)})), "W:0[0-1000]a? ");
  EXPECT_EQ(shown(seam.take({said(0, 1'000, "a", false)})), "");
  EXPECT_EQ(shown(seam.take({said(0, 2'000, "ab", true), said(2'000, 3'000, "c", false)})),
            "W:0[0-2000]ab! W:1[2000-3000]c? ");
  EXPECT_EQ(shown(seam.take({said(0, 2'000, "ab", true), said(2'000, 3'000, "c", false)})), "");
  EXPECT_EQ(shown(seam.take({said(0, 2'000, "ab", true), said(2'100, 4'000, "cd", true)})), "W:1[2000-4000]cd! ");
  EXPECT_EQ(seam.complete_until(), 4'000);
  EXPECT_FALSE(seam.is_open());
}

TEST(WhisperSeam, WhatIsHeardOnceMoreTakesThePlaceOfWhatWasOpen) {
  Seam seam("W");
  seam.take({said(0, 2'000, "ab", true), said(2'000, 3'000, "c", false)});
  seam.reconnect();
  EXPECT_EQ(shown(seam.take({said(2'300, 4'000, "cd", false)})), "W:1[2000-4000]cd? ");
  EXPECT_EQ(shown(seam.take({said(2'300, 4'000, "cd", true), said(4'000, 5'000, "e", false)})),
            "W:1[2000-4000]cd! W:2[4000-5000]e? ");
  const auto last = seam.finish();
  ASSERT_TRUE(last);
  EXPECT_EQ(shown({*last}), "W:2[4000-5000]e! ");
  EXPECT_FALSE(seam.finish());
}

TEST(WhisperSeam, WhatWasOpenAndIsSpokenOfNoMoreStays) {
  Seam seam("W");
  seam.take({said(0, 2'000, "ab", false)});
  seam.reconnect();
  EXPECT_EQ(shown(seam.take({said(5'000, 6'000, "x", false)})), "W:0[0-2000]ab! W:1[5000-6000]x? ");
}

Tape::Piece part(std::int64_t at_ms, std::vector<float> samples) {
  return {.at = samples_of(at_ms), .samples = std::move(samples)};
}

TEST(WhisperCutter, CutsWhereNobodySpeaks) {
  Cutter cutter;
  EXPECT_FALSE(cutter.push(part(0, sound(2'000, 0.0F))));
  EXPECT_FALSE(cutter.push(part(2'000, sound(3'000, 0.3F))));
  const auto piece = cutter.push(part(5'000, sound(1'000, 0.0F)));
  ASSERT_TRUE(piece);
  EXPECT_NEAR(static_cast<double>(ms_of(piece->at)), 1'700, 30);
  EXPECT_NEAR(static_cast<double>(ms_of(piece->end())), 5'700, 30);
  EXPECT_FALSE(cutter.finish()) << "silence";
}

TEST(WhisperCutter, NoPieceIsLongerThanMayBeAndAGapEndsOne) {
  Cutter cutter;
  std::int64_t pieces = 0;
  std::int64_t heard = 0;
  auto spoken = sound(900, 0.3F);
  const auto breath = sound(100, 0.0F);
  spoken.insert(spoken.end(), breath.begin(), breath.end());
  for (int s = 0; s < 70; ++s) {
    if (const auto piece = cutter.push(part(s * 1'000, spoken))) {
      ++pieces;
      heard += static_cast<std::int64_t>(piece->samples.size());
      EXPECT_LE(piece->samples.size(), static_cast<std::size_t>(Cutter::kLongest + kRate));
    }
  }
  EXPECT_EQ(pieces, 2);
  const auto before = cutter.push(part(100'000, sound(1'000, 0.3F)));
  ASSERT_TRUE(before);
  heard += static_cast<std::int64_t>(before->samples.size());
  EXPECT_EQ(heard, 70 * kRate);
  const auto last = cutter.finish();
  ASSERT_TRUE(last);
  EXPECT_EQ(ms_of(last->at), 100'000);
}

TEST(WhisperHttp, AnAnswerIsReadWithAndWithoutTimes) {
  const auto timed = read_transcription(
      R"({"text":"a b","language":"english","segments":[{"start":0.0,"end":1.5,"text":" a"},{"start":1.5,"end":9,"text":" b"}]})",
      3'000);
  ASSERT_TRUE(timed);
  ASSERT_EQ(timed->size(), 2U);
  EXPECT_EQ((*timed)[1].end_ms, 3'000);
  EXPECT_TRUE((*timed)[0].completed);
  EXPECT_EQ((*timed)[0].language, "");
  const auto plain = read_transcription(R"({"text":"hello","language":"en"})", 3'000);
  ASSERT_TRUE(plain);
  ASSERT_EQ(plain->size(), 1U);
  EXPECT_EQ((*plain)[0].end_ms, 3'000);
  EXPECT_EQ((*plain)[0].language, "en");
  EXPECT_TRUE(read_transcription(R"({"text":""})", 3'000)->empty());
  EXPECT_FALSE(read_transcription("<html>", 3'000));
  EXPECT_FALSE(read_transcription("[]", 3'000));
}

}  // namespace
}  // namespace troupe::meetings::whisper
