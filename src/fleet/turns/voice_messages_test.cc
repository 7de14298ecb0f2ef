// Voice messages reach a brain as words: when, in which order, and what it is told of those that could not be
// understood.
#include <gmock/gmock.h>

#include "fleet/encryption/encryption_fixture.h"
#include "fleet/turns/voice_messages.h"

namespace troupe::fleet::turns {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// "Hears" the bytes themselves, when it may.
class EchoTranscriber final : public Transcriber {
 public:
  Task<std::string> transcribe(std::string recording) override {
    ++asked;
    auto executor = co_await asio::this_coro::executor;
    while (hold) {
      asio::steady_timer timer(executor, std::chrono::milliseconds(1));
      co_await timer.async_wait(asio::use_awaitable);
    }
    if (failure != Errc::internal) co_return Error(failure, "the test says no");
    co_return recording;
  }
  std::atomic<int> asked{0};
  std::atomic<bool> hold{false};
  std::atomic<Errc> failure{Errc::internal};
};

class VoiceMessagesTest : public encryption::EncryptionTest {
 protected:
  void adjust(service::Deps& made) override {
    EncryptionTest::adjust(made);
    made.process.transcribers = &transcribers;
  }
  void begin_with(boost::json::object config = {}) {
    transcribers.set(transcriber);
    begin();
    helper = add_running_bot("helper", "test", std::move(config));
    place = room_of({anna}, {helper});
  }
  boost::json::object recording(const std::string& said) {
    return {{"msgtype", "m.audio"},
            {"body", "Voice message.ogg"},
            {"url", homeserver->add_media({.bytes = said, .content_type = "audio/ogg", .name = {}})},
            {"info", {{"mimetype", "audio/ogg"}, {"size", said.size()}}},
            {"org.matrix.msc1767.audio", {{"duration", 2000}}},
            {"org.matrix.msc3245.voice", boost::json::object()}};
  }
  void record(const std::string& said) { homeserver->put(place, anna, "m.room.message", recording(said)); }
  Question last_question() {
    const base::Lock lock(brain.mutex);
    return brain.questions.back();
  }

  EchoTranscriber transcriber;
  TranscriberRegistry transcribers;
  std::string helper;
  std::string place;
};

TEST_F(VoiceMessagesTest, AVoiceMessageIsAQuestionInWords) {
  begin_with();
  record("what is the time");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(last_question().text, "what is the time");
  EXPECT_TRUE(last_question().attachments.empty());
  EXPECT_EQ(homeserver->messages(helper).back().body, "answer to what is the time");
}

TEST_F(VoiceMessagesTest, OneInAnEncryptedRoomAsWell) {
  transcribers.set(transcriber);
  start_room();
  anna_client.share(room, {bot});
  auto sealed = encryption::encrypt_file("a secret question");
  sealed.file["url"] =
      homeserver->add_media({.bytes = sealed.bytes, .content_type = "application/octet-stream", .name = {}});
  auto content = recording("");
  content.erase("url");
  content["file"] = sealed.file;
  anna_client.put(room, anna_client.seal(room, std::move(content)));
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(last_question().text, "a secret question");
}

TEST_F(VoiceMessagesTest, OnlyWhatWasRecordedForTheMessage) {
  begin_with();
  auto song = recording("la la la");
  song.erase("org.matrix.msc3245.voice");
  homeserver->put(place, anna, "m.room.message", song);
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(transcriber.asked, 0);
  EXPECT_EQ(brain.asked, 0);
}

TEST_F(VoiceMessagesTest, ABrainThatTakesSoundHearsItself) {
  brain.takes_sound = true;
  begin_with();
  record("hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(transcriber.asked, 0);
  EXPECT_EQ(last_question().attachments.size(), 1U);
}

TEST_F(VoiceMessagesTest, UnlessItsBotIsToldOtherwise) {
  brain.takes_sound = true;
  begin_with({{"voice_messages", "text"}});
  record("hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(last_question().text, "hello");
  EXPECT_TRUE(last_question().attachments.empty());
}

TEST_F(VoiceMessagesTest, OffTheyAreFilesLikeAnyOther) {
  begin_with({{"voice_messages", "off"}});
  record("hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(transcriber.asked, 0);
  EXPECT_EQ(homeserver->messages(helper).back().body, "I can only read text messages.");
}

TEST_F(VoiceMessagesTest, AndSoTheyAreWhereNothingTranscribes) {
  begin();
  helper = add_running_bot("helper");
  place = room_of({anna}, {helper});
  record("hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(brain.asked, 0);
  EXPECT_EQ(homeserver->messages(helper).back().body, "I can only read text messages.");
}

TEST_F(VoiceMessagesTest, TheBrainIsToldWhyOneCouldNotBeUnderstood) {
  begin_with();
  struct Case {
    Errc failure;
    std::string_view told;
  };
  std::int64_t turns = 0;
  for (const auto& [failure, told] : {Case{Errc::invalid_param, "no known kind"}, Case{Errc::unavailable, "reached"},
                                      Case{Errc::timed_out, "too long"}}) {
    transcriber.failure = failure;
    record("hello");
    ASSERT_TRUE(settled("helper", ++turns));
    EXPECT_THAT(last_question().text, StartsWith("(A voice message that could not be turned into text: "));
    EXPECT_THAT(last_question().text, HasSubstr(told));
  }
  transcriber.failure = Errc::internal;
  record(std::string(kMaxRecordingBytes + 1, 'a'));
  ASSERT_TRUE(settled("helper", ++turns));
  EXPECT_THAT(last_question().text, HasSubstr("too large"));
  record("");
  ASSERT_TRUE(settled("helper", ++turns));
  EXPECT_EQ(last_question().text, "(A voice message in which nothing is said.)");
}

TEST_F(VoiceMessagesTest, OneThatTakesTooLongIsGivenUp) {
  limits.voice_patience = std::chrono::milliseconds(50);
  transcriber.hold = true;
  begin_with();
  record("hello");
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_THAT(last_question().text, HasSubstr("too long"));
}

TEST_F(VoiceMessagesTest, OneThatIsRemovedMeanwhileIsNotAnswered) {
  transcriber.hold = true;
  begin_with();
  const auto event = homeserver->put(place, anna, "m.room.message", recording("hello"));
  ASSERT_TRUE(eventually([&] { return transcriber.asked == 1; }));
  homeserver->put(place, anna, "m.room.redaction", {{"redacts", event}});
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(brain.asked, 0);
}

TEST_F(VoiceMessagesTest, AStopWaitsForNoTranscriber) {
  transcriber.hold = true;
  begin_with();
  record("hello");
  ASSERT_TRUE(eventually([&] { return transcriber.asked == 1; }));
  end();
  EXPECT_EQ(brain.asked, 0);
  transcriber.hold = false;
  begin();
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(last_question().text, "hello") << "and it is asked after the next start";
}

TEST_F(VoiceMessagesTest, ItsWordsStandUnderWhatWasWrittenWithThem) {
  begin_with();
  auto content = recording("spoken");
  content["filename"] = content["body"];
  content["body"] = "a caption";
  homeserver->put(place, anna, "m.room.message", content);
  ASSERT_TRUE(settled("helper", 1));
  EXPECT_EQ(last_question().text, "a caption\nspoken");
}

TEST_F(VoiceMessagesTest, TheSettingIsChecked) {
  begin();
  boost::json::object config{{"voice_messages", true}};
  EXPECT_EQ(brains::common_config(config).error().code(), Errc::invalid_param);
  config["voice_messages"] = "auto";
  EXPECT_TRUE(brains::common_config(config));
}

}  // namespace
}  // namespace troupe::fleet::turns
