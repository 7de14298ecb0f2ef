#include "meetings/whisper/http_upstream.h"

#include "meetings/whisper/whisper_fixture.h"

namespace troupe::meetings::whisper {
namespace {

/// Answers by the length of the sound, after as many errors as told.
class FakeServer final : public net::client::HttpClient {
 public:
  std::vector<int> statuses;  ///< of the first requests
  std::vector<net::client::ClientRequest> asked;

  Task<net::client::ClientResponse> send(net::client::ClientRequest request) override {
    asked.push_back(request);
    const auto number = asked.size() - 1;
    if (number < statuses.size()) {
      if (statuses[number] == 0) co_return Error(Errc::timed_out, "no answer");
      co_return net::client::ClientResponse{.status = statuses[number], .headers = {}, .body = "{}"};
    }
    co_return net::client::ClientResponse{
        .status = 200,
        .headers = {},
        .body = R"({"text":"a b","language":"en","segments":[{"start":0.3,"end":0.8,"text":" a"},)"
                R"({"start":0.8,"end":1.3,"text":" b"}]})"};
  }
  Task<net::client::ClientResponse> stream_events(net::client::ClientRequest,
                                                  std::function<bool(const net::client::ServerSentEvent&)>) override {
    co_return Error(Errc::internal, "not asked");
  }
};

class HttpUpstreamTest : public WhisperTest {
 protected:
  HttpUpstreamTest() {
    wanted.url = "http://127.0.0.1/v1/audio/transcriptions";
    wanted.key = "secret";
    wanted.first_pause = milliseconds(1);
    wanted.longest_pause = milliseconds(5);
  }
  /// Silence, a second of speech, silence; so many times.
  std::shared_ptr<Bot> speaks(int times) {
    return bot([times](Bot& self) -> asio::awaitable<void> {
      co_await self.text(hello());
      if (!co_await self.until([&] { return self.ready(); })) co_return;
      for (int i = 0; i < times; ++i) {
        co_await self.speak(0, 1);
        co_await self.speak(500, 501);
        co_await self.speak(0, 1);
      }
      co_await self.binary(std::string(kEndOfAudio));
      static_cast<void>(co_await self.until([] { return false; }));
    });
  }
  FakeServer server;
  HttpOptions wanted;
};

TEST_F(HttpUpstreamTest, PiecesAreCutAndTheirTimesAreTheSessions) {
  HttpUpstream over(server, wanted);
  begin(over);
  speaks(3);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), "1-1 a|1-2 b|4-4 a|4-5 b|7-7 a|7-8 b");
  ASSERT_EQ(server.asked.size(), 3U);
  const auto& first = server.asked.front();
  EXPECT_EQ(first.headers.get("authorization"), "Bearer secret");
  EXPECT_TRUE(first.headers.get("content-type").starts_with("multipart/form-data; boundary="));
  for (const std::string part : {"name=\"model\"\r\n\r\nwhisper-1", "name=\"language\"\r\n\r\nen", "verbose_json",
                                 "filename=\"piece.wav\"", "RIFF"}) {
    EXPECT_NE(first.body.find(part), std::string::npos) << part;
  }
}

TEST_F(HttpUpstreamTest, ABusyServerIsAskedAgainAndARefusalIsNot) {
  server.statuses = {429, 503, 0, 200, 400};
  HttpUpstream over(server, wanted);
  begin(over);
  speaks(3);
  ASSERT_TRUE(all_closed());
  // The 200 with {} holds no words, the second piece is refused, the third is heard.
  EXPECT_EQ(transcript(), "7-7 a|7-8 b");
  EXPECT_EQ(server.asked.size(), 6U);
  EXPECT_FALSE(over.trouble());
}

TEST_F(HttpUpstreamTest, APieceIsGivenUpAfterSoManyTries) {
  wanted.tries = 3;
  server.statuses = std::vector<int>(6, 500);
  HttpUpstream over(server, wanted);
  begin(over);
  speaks(2);
  ASSERT_TRUE(all_closed());
  EXPECT_EQ(transcript(), "");
  EXPECT_EQ(server.asked.size(), 6U);
  EXPECT_EQ(over.trouble(), "the transcription server answers 500");
}

}  // namespace
}  // namespace troupe::meetings::whisper
