#include "meetings/voice/voice_transcriber.h"

#include <gmock/gmock.h>

#include "kit/fake_http.h"
#include "kit/task_runner.h"
#include "net/server/server.h"

namespace troupe::meetings::voice {
namespace {

using ::testing::HasSubstr;

class VoiceTranscriberTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  Result<std::string> hear(std::string recording) { return run(transcriber.transcribe(std::move(recording))); }

  net::server::IoThreads io{1};
  kit::FakeHttp http;
  Result<SpeechServer> server = built_in("ws://127.0.0.1:9/");
  int found = 0;
  VoiceTranscriber transcriber{http,
                               [this]() -> Task<SpeechServer> {
                                 ++found;
                                 co_return server;
                               },
                               {.first_pause = std::chrono::milliseconds(1)}};
};

TEST_F(VoiceTranscriberTest, ARecordingIsPostedAsAFileAndItsTextIsGiven) {
  http.answers = {{.body = R"({"text":"  hello there\n"})"}};
  EXPECT_EQ(hear("OggS and more").value_or("?"), "hello there");
  ASSERT_EQ(http.requests.size(), 1U);
  const auto& request = http.requests[0];
  EXPECT_EQ(request.url, "http://127.0.0.1:9/v1/audio/transcriptions");
  EXPECT_EQ(request.method, "POST");
  EXPECT_THAT(request.body, HasSubstr("filename=\"voice.ogg\"\r\nContent-Type: audio/ogg\r\n\r\nOggS and more\r\n--"));
  EXPECT_EQ(request.headers.get("Authorization"), "");
}

TEST_F(VoiceTranscriberTest, AServerElsewhereGetsItsKeyAndModel) {
  server = SpeechServer{.url = "https://speech.example/v1/audio/transcriptions", .key = "k", .model = "large"};
  http.answers = {{.body = R"({"text":""})"}};
  EXPECT_EQ(hear("RIFF").value_or("?"), "");
  EXPECT_EQ(http.requests[0].headers.get("Authorization"), "Bearer k");
  EXPECT_THAT(http.requests[0].body, HasSubstr("\r\n\r\nlarge\r\n"));
  EXPECT_THAT(http.requests[0].body, HasSubstr("voice.wav"));
}

TEST_F(VoiceTranscriberTest, WhoIsBusyIsAskedAgainAndWhoRefusesIsNot) {
  http.answers = {{.status = 503}, {.broken = Error(Errc::unavailable, "refused")}, {.body = R"({"text":"yes"})"}};
  EXPECT_EQ(hear("OggS").value_or("?"), "yes");
  EXPECT_EQ(found, 3) << "it may be elsewhere by then";
  http.answers = {{.status = 400, .body = "no sound"}};
  EXPECT_EQ(hear("what").error().code(), Errc::invalid_param);
  http.answers = {{.status = 413}};
  EXPECT_EQ(hear("what").error().code(), Errc::too_large);
  EXPECT_EQ(http.requests.size(), 5U);
}

TEST_F(VoiceTranscriberTest, WhatIsNoAnswerIsTroubleOfTheServer) {
  for (const auto* body : {"", "[]", "{}", R"({"text":1})", "{"}) {
    http.answers = {{.body = body}};
    EXPECT_EQ(hear("OggS").error().code(), Errc::unavailable) << body;
  }
  http.answers = {{.status = 401}};
  EXPECT_EQ(hear("OggS").error().code(), Errc::unavailable);
}

TEST_F(VoiceTranscriberTest, WithoutAServerThereIsTheReason) {
  server = Error(Errc::unavailable, "there is no transcriber");
  EXPECT_EQ(hear("OggS").error().message(), "there is no transcriber");
  EXPECT_FALSE(built_in(""));
  EXPECT_FALSE(built_in("http://127.0.0.1:1"));
}

}  // namespace
}  // namespace troupe::meetings::voice
