#include "host/setting.h"

#include <gtest/gtest.h>

#include "host/endpoint.h"

namespace troupe::host {
namespace {

struct Lamp {
  enum class Colour { white, amber };
  bool on = true;
  std::int32_t watts = 40;
  std::string name = "desk";
  std::vector<std::string> rooms;
  std::filesystem::path folder;
  Colour colour = Colour::white;
  std::string address = "127.0.0.1:1";
};

/// What reading the text leaves: the value as it is written, or the mistake.
std::string after(const Value& value, const std::string& text) {
  Settings settings;
  if (auto wrong = value.read(settings, text)) return "wrong: " + *wrong;
  return value.write(settings);
}

TEST(Setting, AKeysVariableIsCalledAfterIt) {
  EXPECT_EQ(variable_of("keep.audit_days"), "TROUPE_KEEP_AUDIT_DAYS");
  EXPECT_EQ(variable_of("s3.endpoint"), "TROUPE_S3_ENDPOINT");
}

TEST(Setting, AValueIsReadIntoItsMemberAndWrittenFromThere) {
  Settings settings;
  EXPECT_EQ(flag(&Lamp::on).read(settings, "off"), std::nullopt);
  EXPECT_EQ(number(&Lamp::watts, {.least = 1, .most = 60}).read(settings, "25"), std::nullopt);
  EXPECT_EQ(list(&Lamp::rooms).read(settings, " hall,, attic "), std::nullopt);
  const auto& lamp = settings.of<Lamp>();
  EXPECT_FALSE(lamp.on);
  EXPECT_EQ(lamp.watts, 25);
  EXPECT_EQ(lamp.rooms, (std::vector<std::string>{"hall", "attic"}));
  EXPECT_EQ(list(&Lamp::rooms).write(settings), "hall,attic");
  EXPECT_EQ(text(&Lamp::name).write(settings), "desk");
}

TEST(Setting, NumbersHaveBoundsAndSayThem) {
  const auto watts = number(&Lamp::watts, {.least = 5, .most = 60, .unit = "watts"});
  EXPECT_EQ(watts.takes, "a number of watts from 5 to 60");
  EXPECT_EQ(after(watts, "5"), "5");
  EXPECT_EQ(after(watts, "60"), "60");
  for (auto bad : {"4", "61", "0", "-5", "", "5w", " 5", "99999999999999999999"}) {
    EXPECT_EQ(after(watts, bad), "wrong: must be a number of watts from 5 to 60") << bad;
  }
  EXPECT_EQ(after(number(&Lamp::watts, {.least = 5, .most = 60, .zero_too = true}), "0"), "0");
}

TEST(Setting, ChoicesAndFlagsTakeTheirWordsOnly) {
  const auto colour = choice(&Lamp::colour, {{"white", Lamp::Colour::white}, {"amber", Lamp::Colour::amber}});
  EXPECT_EQ(after(colour, "amber"), "amber");
  EXPECT_EQ(after(colour, "Amber"), "wrong: must be white or amber");
  EXPECT_EQ(after(flag(&Lamp::on), "no"), "off");
  EXPECT_EQ(after(flag(&Lamp::on), "nope"), "wrong: must be on or off");
}

TEST(Setting, AListenerIsAnAddress) {
  const auto address = listener(&Lamp::address);
  EXPECT_TRUE(address.is_listener);
  EXPECT_EQ(after(address, "0.0.0.0:80"), "0.0.0.0:80");
  EXPECT_TRUE(after(address, "80").starts_with("wrong: must be host:port"));
}

TEST(Setting, ACopyOfTheSettingsHasItsOwnParts) {
  Settings settings;
  settings.edit<Lamp>().watts = 7;
  auto copy = settings;
  copy.edit<Lamp>().watts = 8;
  EXPECT_EQ(settings.of<Lamp>().watts, 7);
  EXPECT_EQ(copy.of<Lamp>().watts, 8);
  EXPECT_EQ(Settings{}.of<Lamp>().watts, 40);
}

TEST(Endpoint, EndpointsParse) {
  EXPECT_EQ(parse_endpoint("[::1]:80").value().host, "::1");
  EXPECT_EQ(parse_endpoint("localhost:0").value().port, 0);
  for (auto bad : {"", ":1", "host", "example.org:80", "1.2.3.4:x", "1.2.3.4:70000"}) {
    EXPECT_FALSE(parse_endpoint(bad)) << bad;
  }
}

TEST(Endpoint, APortThatIsTooLargeIsSaidToBe) {
  for (auto bad : {"127.0.0.1:99999", "127.0.0.1:65536", "[::1]:99999999999999999999"}) {
    const auto parsed = parse_endpoint(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().message(),
              "must be host:port, and in \"" + std::string(bad) + "\" the port is too large: 65535 is the largest");
  }
  EXPECT_EQ(parse_endpoint("127.0.0.1:65535").value().port, 65535);
  for (auto bad : {"127.0.0.1:-1", "127.0.0.1:8001x", "127.0.0.1:99999x", "example.org:99999"})
    EXPECT_TRUE(parse_endpoint(bad).error().message().starts_with("must be host:port, like")) << bad;
}

}  // namespace
}  // namespace troupe::host
