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
struct Window {
  std::int64_t width = 1;
  std::size_t panes = 4;
};
struct House {
  Room hall;
  std::vector<Lamp> lamps;
  std::vector<Colour> walls;
  std::vector<std::string> days;
  std::string season = "summer";
  std::optional<Window> window;
  std::map<std::string, Window> windows;
  std::string_view motto = "home";
};
struct Call {
  std::string who;
  std::optional<std::string> why;
  bool loud = false;
  std::optional<Colour> colour;
};
struct Guest {
  std::string name;
  std::string note;
  std::optional<std::int64_t> room;
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
  static constexpr Colour values[] = {Colour::red, Colour::green};
  static std::string_view word(Colour colour) { return colour == Colour::red ? "red" : "green"; }
};
Shape<Lamp> make_shape(Of<Lamp>) {
  return Shape<Lamp>::request(
      "Lamp", {member<&Lamp::name>("name", {.least = 1}), member<&Lamp::watts>("watts", {.least = 1, .most = 60})});
}
Shape<Room> make_shape(Of<Room>) {
  return Shape<Room>::request(
      "Room",
      {member<&Room::id>("id"), member<&Room::name>("name", {.description = "Its name.", .least = 1, .most = 4}),
       member<&Room::note>("note", {.may_lack = true}), member<&Room::colour>("colour"),
       member<&Room::second>("second"), member<&Room::lit>("lit", {.may_lack = true}),
       member<&Room::tags>("tags", {.most = 2, .each_most = 3, .may_lack = true}),
       member<&Room::extra>("extra", {.may_lack = true}), member<&Room::lamp>("lamp"), member<&Room::spare>("spare"),
       member<&Room::floor>("floor", {.least = 0}), member<&Room::door>("door", {.most = 5})});
}
Shape<Window> make_shape(Of<Window>) {
  return Shape<Window>::part(
      {member<&Window::width>("width"), member<&Window::panes>("panes", {.least = 1, .most = 9})});
}
constexpr std::string_view kDays[] = {"mon", "sun"};
constexpr std::string_view kSeasons[] = {"summer", "winter"};
Shape<House> make_shape(Of<House>) {
  return Shape<House>::answer(
      "House", {member<&House::hall, &Room::lamp, &Lamp::watts>("watts"), member<&House::lamps>("lamps", {.most = 2}),
                member<&House::walls>("walls", {.description = "Of each."}),
                member<&House::days>("days", {.one_of = kDays}), member<&House::season>("season", {.one_of = kSeasons}),
                member<&House::window>("window", {.description = "The big one."}),
                member<&House::windows>("windows", {.may_lack = true}),
                made<[](const House& house) { return std::ssize(house.lamps); }>("count", {.may_lack = true}),
                member<&House::motto>("motto", {.may_lack = true})});
}
Shape<Call> make_shape(Of<Call>) {
  return Shape<Call>::matrix_request({member<&Call::who>("who", {.most = 5}), member<&Call::why>("why"),
                                      member<&Call::loud>("loud", {.may_lack = true}),
                                      member<&Call::colour>("colour")});
}
Shape<Guest> make_shape(Of<Guest>) {
  return Shape<Guest>::part({member<&Guest::name>("name"),
                             member<&Guest::note>("note", {.may_lack = true, .or_null = true}),
                             member<&Guest::room>("room", {.or_null = true})});
}
Shape<Sight> make_shape(Of<Sight>) {
  return Shape<Sight>::answer("Sight", {time<&Sight::at_ms>("at"), time<&Sight::until_ms>("until")});
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

TEST(Shape, WhatShowsNullIsAlwaysThere) {
  EXPECT_EQ(shape_of<Guest>().write({.name = "anna", .note = {}, .room = {}}),
            parse(R"({"name":"anna","note":null,"room":null})"));
  EXPECT_EQ(shape_of<Guest>().write({.name = "anna", .note = "n", .room = 7}),
            parse(R"({"name":"anna","note":"n","room":7})"));
  const auto again = shape_of<Guest>().read(parse(R"({"name":"anna","note":null,"room":null})"));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(again->note.empty());
  EXPECT_FALSE(again->room);
  EXPECT_FALSE(shape_of<Guest>().read(parse(R"({"name":"anna","note":null})"))) << "it is there, be it null";
  EXPECT_EQ(shape_of<Guest>().schema(), parse(R"({"type":"object","required":["name","note","room"],"properties":{
      "name":{"type":"string"},"note":{"type":["string","null"]},"room":{"type":["integer","null"]}}})"));
}

TEST(Shape, AllMistakesAreNamedAtOnceEachWithItsPlace) {
  EXPECT_EQ(mistakes(R"({"id":"x","name":"","colour":"blue","lamp":{"name":"l","watts":61,"more":1},"floor":-1})"),
            "/id, /name, /colour, /lamp/watts, /lamp/more, /floor");
  EXPECT_EQ(mistakes(R"({"name":"hallo","colour":"red","tags":["a","abcd"]})"), "/id, /name, /tags/1, /lamp");
  EXPECT_EQ(mistakes(R"([])"), "");
  EXPECT_FALSE(shape_of<Room>().read(parse("[]")));
}

TEST(Shape, TheSchemaSaysTheSame) {
  net::route::SchemaSet set;
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
    const bool valid = net::route::SchemaSet::validate(*schema, body).empty();
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

constexpr std::string_view kHouse = R"({"watts":7,"lamps":[{"name":"l","watts":1}],"walls":["red","green"],)"
                                    R"("days":["sun"],"season":"winter","window":{"width":2,"panes":3}})";

TEST(Shape, ListsPartsAndWhatStandsDeeper) {
  auto house = shape_of<House>().read(parse(kHouse));
  ASSERT_TRUE(house) << json::serialize(house.error().members());
  EXPECT_EQ(house->hall.lamp.watts, 7);
  EXPECT_EQ(house->walls, (std::vector{Colour::red, Colour::green}));
  EXPECT_EQ(house->window->panes, 3U);
  house->windows["left"] = {};
  auto whole = parse(kHouse).as_object();
  whole["windows"] = parse(R"({"left":{"width":1,"panes":4}})");
  whole["count"] = 1;
  whole["motto"] = "home";
  EXPECT_EQ(write(*house), whole);
}

TEST(Shape, ListsPartsAndWordsInTheDocument) {
  const auto schema = shape_of<House>().schema();
  EXPECT_EQ(schema.at("required"), parse(R"(["watts","lamps","walls","days","season"])"));
  const auto& members = schema.at("properties");
  EXPECT_EQ(members.at("lamps"),
            parse(R"({"type":"array","items":{"$ref":"#/components/schemas/Lamp"},"maxItems":2})"));
  EXPECT_EQ(members.at("walls"),
            parse(R"({"type":"array","description":"Of each.","items":{"type":"string","enum":["red","green"]}})"));
  EXPECT_EQ(members.at("days"), parse(R"({"type":"array","items":{"type":"string","enum":["mon","sun"]}})"));
  EXPECT_EQ(members.at("season"), parse(R"({"type":"string","enum":["summer","winter"]})"));
  const auto window = parse(R"({"type":"object","required":["width","panes"],"properties":{
      "width":{"type":"integer"},"panes":{"type":"integer","minimum":1,"maximum":9}}})");
  auto big = window.as_object();
  big["description"] = "The big one.";
  EXPECT_EQ(members.at("window"), json::value(big));
  EXPECT_EQ(members.at("windows"), json::value({{"type", "object"}, {"additionalProperties", window}}));
  EXPECT_EQ(members.at("count"), parse(R"({"type":"integer"})"));
  EXPECT_EQ(page_schema<Lamp>(), parse(R"({"type":"object","required":["items","total"],"properties":{
      "items":{"type":"array","items":{"$ref":"#/components/schemas/Lamp"}},
      "total":{"type":"integer"},"next_from":{"type":"integer"}}})"));
}

TEST(Shape, MistakesInListsAndPartsHaveTheirPlaces) {
  const std::tuple<std::string_view, std::string_view, std::string_view> changes[] = {
      {"lamps", R"([{"name":"l","watts":1},{"name":"","watts":1}])", "/lamps/1/name"},
      {"lamps", R"([1])", "/lamps/0"},
      {"lamps", R"({})", "/lamps"},
      {"walls", R"(["red","pink"])", "/walls/1"},
      {"days", R"(["tue"])", "/days/0"},
      {"season", R"("spring")", "/season"},
      {"window", R"({"width":1,"panes":-1})", "/window/panes"},
      {"window", R"({"width":1})", "/window/panes"},
      {"windows", R"({})", "/windows"},
      {"count", "1", "/count"},
      {"motto", R"("home")", "/motto"},
  };
  for (const auto& [name, value, pointer] : changes) {
    auto body = parse(kHouse).as_object();
    body[name] = parse(value);
    const auto house = shape_of<House>().read(body);
    ASSERT_FALSE(house) << name << " = " << value;
    EXPECT_EQ(house.error().members().at("errors").at(0).at("pointer"), json::value(pointer)) << value;
  }
}

TEST(Shape, OfMatrixClientsNullIsNothing) {
  net::route::SchemaSet set;
  const auto* schema = set.compile(schema_text<Call>());
  set.resolve();
  const std::pair<std::string_view, bool> bodies[] = {
      {R"({"who":"anna"})", true},
      {R"({"who":"anna","why":null,"loud":null,"colour":null,"other":1})", true},
      {R"({"who":"anna","why":"so","loud":true,"colour":"red"})", true},
      {R"({"who":null})", false},
      {R"({"who":"anna","why":1})", false},
      {R"({"who":"anna","colour":"pink"})", false},
  };
  for (const auto& [text, good] : bodies) {
    const auto body = parse(text);
    EXPECT_EQ(shape_of<Call>().read(body).has_value(), good) << text;
    EXPECT_EQ(net::route::SchemaSet::validate(*schema, body).empty(), good) << text;
  }
  EXPECT_FALSE(shape_of<Call>().read(json::object{{"who", std::string_view("a\0b", 3)}}));
}

TEST(Shape, TimesAreWrittenAndNotRead) {
  EXPECT_EQ(shape_of<Sight>().write({.at_ms = 1'500, .until_ms = std::nullopt}),
            parse(R"({"at":"1970-01-01T00:00:01.500Z"})"));
  EXPECT_FALSE(shape_of<Sight>().read(parse(R"({"at":"1970-01-01T00:00:01.500Z"})")));
}

}  // namespace
}  // namespace api
}  // namespace troupe
