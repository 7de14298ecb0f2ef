// Tables of members: what the schema says, the writer writes and the reader takes are one.
#include "api/shape.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "net/route/schema.h"

namespace troupe {
namespace {

enum class Colour { red, green };
struct Lamp {
  std::string name;
  std::int64_t watts = 5;
};
struct Room {
  std::int64_t id = 0;
  std::string name;
  std::string note;
  Colour colour = Colour::red;
  std::optional<Colour> second;
  bool lit = false;
  std::vector<std::string> tags;
  boost::json::object extra;
  Lamp lamp;
  std::optional<Lamp> spare;
  std::optional<std::int64_t> floor;
  std::optional<std::string> door;
};
struct Sight {
  std::int64_t at_ms = 0;
  std::optional<std::int64_t> until_ms;
};

}  // namespace

namespace api {

template <>
struct Words<Colour> {
  static constexpr std::string_view name = {};
  static constexpr std::pair<Colour, std::string_view> rows[] = {{Colour::red, "red"}, {Colour::green, "green"}};
};
template <>
const Shape<Lamp>& shape_of<Lamp>() {
  static const auto shape = Shape<Lamp>::request(
      "Lamp", {member<&Lamp::name>("name", {.least = 1}), member<&Lamp::watts>("watts", {.least = 1, .most = 60})});
  return shape;
}
template <>
const Shape<Room>& shape_of<Room>() {
  static const auto shape = Shape<Room>::request(
      "Room",
      {member<&Room::id>("id"), member<&Room::name>("name", {.description = "Its name.", .least = 1, .most = 4}),
       member<&Room::note>("note", {.may_lack = true}), member<&Room::colour>("colour"),
       member<&Room::second>("second"), member<&Room::lit>("lit", {.may_lack = true}),
       member<&Room::tags>("tags", {.most = 2, .each_most = 3, .may_lack = true}),
       member<&Room::extra>("extra", {.may_lack = true}), member<&Room::lamp>("lamp"), member<&Room::spare>("spare"),
       member<&Room::floor>("floor", {.least = 0}), member<&Room::door>("door", {.most = 5})});
  return shape;
}
template <>
const Shape<Sight>& shape_of<Sight>() {
  static const auto shape = Shape<Sight>::answer("Sight", {time<&Sight::at_ms>("at"), time<&Sight::until_ms>("until")});
  return shape;
}

namespace {

namespace json = boost::json;

constexpr std::string_view kWhole =
    R"({"id":1,"name":"hall","note":"old","colour":"green","second":"red","lit":true,"tags":["a","bcd"],)"
    R"("extra":{"x":1},"lamp":{"name":"l","watts":7},"spare":{"name":"s","watts":60},"floor":0,"door":"left"})";
constexpr std::string_view kLeast = R"({"id":1,"name":"ä","colour":"red","lamp":{"name":"l","watts":1}})";

json::value parse(std::string_view text) { return json::parse({text.data(), text.size()}); }

/// "pointer, pointer" of what is wrong, in the order of the table.
std::string mistakes(std::string_view text) {
  auto room = shape_of<Room>().read(parse(text));
  if (room) return {};
  std::string pointers;
  const auto* errors = room.error().members().if_contains("errors");
  for (const auto& error : errors->as_array()) {
    pointers += (pointers.empty() ? "" : ", ") + json::value_to<std::string>(error.at("pointer"));
  }
  return pointers;
}

TEST(Shape, WhatIsWrittenIsWhatWasRead) {
  auto room = shape_of<Room>().read(parse(kWhole));
  ASSERT_TRUE(room) << room.error().message();
  EXPECT_EQ(room->colour, Colour::green);
  EXPECT_EQ(room->second, Colour::red);
  EXPECT_EQ(room->spare->watts, 60);
  EXPECT_EQ(shape_of<Room>().write(*room), parse(kWhole));
}

TEST(Shape, WhatMayLackIsLeftOut) {
  auto room = shape_of<Room>().read(parse(kLeast));
  ASSERT_TRUE(room) << room.error().message();
  EXPECT_FALSE(room->floor || room->second || room->spare || room->door);
  const auto written = shape_of<Room>().write(*room);
  for (auto name : {"note", "second", "spare", "floor", "door"}) EXPECT_FALSE(written.contains(name)) << name;
}

TEST(Shape, AllMistakesAreNamedAtOnceEachWithItsPlace) {
  EXPECT_EQ(mistakes(R"({"id":"x","name":"","colour":"blue","lamp":{"name":"l","watts":61,"more":1},"floor":-1})"),
            "/id, /name, /colour, /lamp/watts, /lamp/more, /floor");
  EXPECT_EQ(mistakes(R"({"name":"hallo","colour":"red","tags":["a","abcd"]})"), "/id, /name, /tags/1, /lamp");
  EXPECT_EQ(mistakes(R"([])"), "");
  EXPECT_FALSE(shape_of<Room>().read(parse("[]")));
}

TEST(Shape, TheSchemaSaysTheSame) {
  net::SchemaSet set;
  set.add_named("Lamp", json::serialize(shape_of<Lamp>().schema()));
  const auto* schema = set.compile(json::serialize(shape_of<Room>().schema()));
  set.resolve();
  // Each change of a good body is good or bad for both.
  const std::pair<std::string_view, std::string_view> changes[] = {
      {"id", "1.5"},
      {"id", "2"},
      {"id", "true"},
      {"name", "\"\""},
      {"name", "\"ääää\""},
      {"name", "\"äääää\""},
      {"note", "\"\""},
      {"note", "null"},
      {"colour", "\"red\""},
      {"colour", "1"},
      {"second", "\"pink\""},
      {"lit", "\"yes\""},
      {"tags", "[]"},
      {"tags", "[1]"},
      {"tags", "[\"a\",\"b\",\"c\"]"},
      {"extra", "[]"},
      {"lamp", "{}"},
      {"lamp", "1"},
      {"spare", "null"},
      {"floor", "-1"},
      {"floor", "1e3"},
      {"door", "\"sixsix\""},
      {"unknown", "1"},
      {"lamp", R"({"name":"l","watts":1,"x":1})"},
  };
  for (const auto& [name, value] : changes) {
    auto body = parse(kWhole).as_object();
    body[name] = parse(value);
    const bool valid = net::SchemaSet::validate(*schema, body).empty();
    EXPECT_EQ(shape_of<Room>().read(body).has_value(), valid) << name << " = " << value;
  }
}

TEST(Shape, TheSchemaIsThatOfTheDocument) {
  EXPECT_EQ(shape_of<Lamp>().schema(), parse(R"({"type":"object","required":["name","watts"],
      "additionalProperties":false,"properties":{"name":{"type":"string","minLength":1},
      "watts":{"type":"integer","minimum":1,"maximum":60}}})"));
  EXPECT_EQ(shape_of<Sight>().schema(), parse(R"({"type":"object","required":["at"],"properties":{
      "at":{"type":"string","format":"date-time"},"until":{"type":"string","format":"date-time"}}})"));
  const auto room = shape_of<Room>().schema();
  EXPECT_EQ(room.at("properties").at("colour"), parse(R"({"type":"string","enum":["red","green"]})"));
  EXPECT_EQ(room.at("properties").at("spare"), parse(R"({"$ref":"#/components/schemas/Lamp"})"));
  EXPECT_EQ(room.at("properties").at("name").at("description"), "Its name.");
}

TEST(Shape, TimesAreWrittenAndNotRead) {
  EXPECT_EQ(shape_of<Sight>().write({.at_ms = 1'500, .until_ms = std::nullopt}),
            parse(R"({"at":"1970-01-01T00:00:01.500Z"})"));
  EXPECT_FALSE(shape_of<Sight>().read(parse(R"({"at":"1970-01-01T00:00:01.500Z"})")));
}

}  // namespace
}  // namespace api
}  // namespace troupe
