// What a driver is asked to run for a meeting: what is configured, else what came with the program.
#include "meetings/life/bot.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::life {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MeetingBot : public MeetingsTest {
 protected:
  Result<runtime::TaskSpec> spec(const BotProgram& program) {
    return bot_spec(Meeting{.id = 1}, Attempt{}, "https://meet.jit.si/Room", "a-token", program, timing, *driver, {});
  }
};

TEST_F(MeetingBot, ItsOwnIsRunWhereNothingIsConfigured) {
  EXPECT_THAT(kit::must(spec({.command = {"/opt/bot"}, .own_command = {"/own/bot"}})).argv, ElementsAre("/opt/bot"));
  EXPECT_THAT(kit::must(spec({.own_command = {"/own/bot"}})).argv, ElementsAre("/own/bot"));
  EXPECT_EQ(spec({}).error().code(), Errc::invalid_param);
}

TEST_F(MeetingBot, AnImageKeepsItsOwnProgram) {
  driver->schema = R"({"type":"object","properties":{"image":{"type":"string"}}})";
  const auto imaged = kit::must(spec({.own_command = {"/own/bot"}, .image = "a-bot:1"}));
  EXPECT_THAT(imaged.argv, IsEmpty());
  EXPECT_EQ(imaged.driver_config.at("image"), "a-bot:1");
  EXPECT_EQ(spec({.own_command = {"/own/bot"}}).error().code(), Errc::invalid_param) << "this machine's is in no image";
}

TEST_F(MeetingBot, ResourcesGoToTheDriverInItsWords) {
  driver->schema = R"({"type":"object","properties":{"image":{"type":"string"},"shm_mb":{"type":"integer"}}})";
  const auto made = kit::must(spec({.image = "a-bot:1",
                                    .driver = std::string(driver->name()),
                                    .driver_config = {{"shm_mb", 1024}},
                                    .memory_bytes = 64 << 20}));
  EXPECT_EQ(made.driver_config, (boost::json::object{{"shm_mb", 1024}, {"image", "a-bot:1"}}));
  EXPECT_EQ(made.limits.memory_bytes, driver->capabilities().limits ? 64 << 20 : 0);
  const auto elsewhere = kit::must(spec({.image = "a-bot:1", .driver = "another", .driver_config = {{"shm_mb", 1}}}));
  EXPECT_FALSE(elsewhere.driver_config.contains("shm_mb")) << "those are another driver's words";
}

TEST_F(MeetingBot, OnlyOneThatIsToTellNobodyIsToldSo) {
  EXPECT_FALSE(kit::must(spec({.command = {"/opt/bot"}})).environment.contains("MEETING_BOT_NOTICE"));
  const auto silent = kit::must(spec({.command = {"/opt/bot"}, .notice = false}));
  EXPECT_EQ(silent.environment.at("MEETING_BOT_NOTICE"), "off");
}

TEST_F(MeetingBot, NewerBotsOfVexaAreToldInMembersThatTheyKnow) {
  const boost::json::object matrix{{"roomId", "!room:example.org"}};
  const auto made = kit::must(bot_spec(Meeting{.id = 1}, Attempt{}, "https://meet.jit.si/Room", "a-token",
                                       {.command = {"/opt/bot"}, .callback_base = "http://troupe:8001"}, timing,
                                       *driver, "redis://troupe:6379", matrix));
  const auto older = boost::json::parse(made.environment.at("BOT_CONFIG")).as_object();
  const auto newer = boost::json::parse(made.environment.at("VEXA_BOT_CONFIG")).as_object();
  EXPECT_TRUE(older.contains("matrix"));
  EXPECT_FALSE(older.contains("meetingApiCallbackUrl"));
  EXPECT_EQ(newer.at("meetingApiCallbackUrl"), "http://troupe:8001/bots/internal/callback/a-token/lifecycle");
  EXPECT_FALSE(newer.contains("matrix"));
  EXPECT_FALSE(newer.contains("botManagerCallbackUrl"));
  EXPECT_EQ(newer.at("redisUrl"), older.at("redisUrl"));
}

}  // namespace
}  // namespace troupe::meetings::life
