#include "fleet/answers/command_content.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace troupe::fleet::answers {
namespace {

using boost::json::object;

TEST(CommandContent, IsAsTheProposalHasIt) {
  EXPECT_EQ(boost::json::serialize(command_content({.name = "reset", .description = "Begin anew."})),
            R"({"command":"reset","parameters":[],"description":{"m.text":[{"body":"Begin anew."}]}})");
  // printf '%s' 'reset@bot:example.org' | openssl dgst -sha256 -binary | base64
  EXPECT_EQ(command_state_key("reset", "@bot:example.org"), "36kpsPp6e4qfM63FEldrVyS4gLHK2T73vMDyp1gtjwQ=");
}

TEST(CommandText, IsWhatAPersonWouldWrite) {
  const auto said = [](object command) {
    return command_text({{"body", "/x"}, {"org.matrix.msc4391.command", std::move(command)}});
  };
  EXPECT_EQ(said({{"command", "reset"}, {"arguments", object()}}), "!reset");
  EXPECT_EQ(said({{"command", "rag"},
                  {"arguments", {{"size", 300}, {"all", true}, {"who", "@a:b"}, {"room", {{"id", "!r:b"}}}}}}),
            "!rag 300 true @a:b !r:b");
  EXPECT_EQ(command_text({{"m.bot.command", {{"command", "help"}}}}), "!help");
  EXPECT_EQ(command_text({{"body", "!help"}}), std::nullopt);
  for (const auto* odd : {"", "Reset", "!reset", "a\nb", " a"})
    EXPECT_EQ(said({{"command", odd}}), std::nullopt) << odd;
  EXPECT_EQ(said({{"command", std::string(65, 'a')}}), std::nullopt);
  EXPECT_EQ(said({{"command", "a"}, {"arguments", {{"x", std::string(5'000, 'x')}, {"y", nullptr}, {"z", "z"}}}}),
            "!a z");
}

}  // namespace
}  // namespace troupe::fleet::answers
