#include "store/columns.h"

#include <gtest/gtest.h>

#include "store/like.h"
#include "store/test_database.h"

namespace troupe::store {
namespace {

enum class Size { small, large };
std::string_view to_string(Size size) { return size == Size::small ? "small" : "large"; }
std::optional<Size> parse_size(std::string_view word) {
  if (word == "small") return Size::small;
  if (word == "large") return Size::large;
  return std::nullopt;
}
enum class Colour { red, green = 7 };

struct Limits {
  std::int64_t most = 0;
  std::optional<std::int64_t> least;
};
struct Thing {
  std::int64_t id = 0;
  std::string name = {};
  std::optional<std::string> nick = {};
  bool loud = false;
  std::size_t weight = 0;
  std::optional<std::int64_t> ended_ms = {};
  Size size = Size::large;
  Colour colour = Colour::red;
  std::string seal = {};                 ///< empty: none
  std::optional<std::string> hash = {};  ///< bytes
  std::string bytes = {};
  boost::json::object config = {};
  Limits limits = {};
  std::string device = {};  ///< empty: none
  std::int64_t uses = 0;
};

constexpr auto kThing =
    columns("t", column("id", &Thing::id), column("name", &Thing::name), column("nick", &Thing::nick),
            column("loud", &Thing::loud), column("weight", &Thing::weight), column("ended_ms", &Thing::ended_ms),
            column<Word<parse_size, Size::large>>("size", &Thing::size), column("colour", &Thing::colour),
            column<BytesOrNull>("seal", &Thing::seal), column<Bytes>("hash", &Thing::hash),
            column<Bytes>("bytes", &Thing::bytes), column<Json>("config", &Thing::config),
            column("most", &Thing::limits, &Limits::most), column("least", &Thing::limits, &Limits::least),
            column<TextOrNull>("device", &Thing::device),
            computed("(SELECT COUNT(*) FROM used u WHERE u.thing = t.id)", &Thing::uses));
constexpr auto kInsert = insert("thing", kThing, "made_ms");
constexpr auto kAll = sql("SELECT ", kThing, " FROM thing t ORDER BY t.id");

constexpr const char* kTables =
    "CREATE TABLE thing(id INTEGER, name TEXT, nick TEXT, loud INTEGER, weight INTEGER, ended_ms INTEGER, size TEXT, "
    "colour INTEGER, seal BLOB, hash BLOB, bytes BLOB, config TEXT, most INTEGER, least INTEGER, device TEXT, "
    "made_ms INTEGER); CREATE TABLE used(thing INTEGER, place TEXT)";

class ColumnsTest : public testing::Test {
 protected:
  /// Runs `work` in a write transaction and yields the detail of its error, empty when all went well.
  std::string run(const std::function<void(Tx&)>& work) {
    auto done = database_->write_now([&](Tx& tx) -> Result<Unit> {
      work(tx);
      return Unit{};
    });
    return done ? "" : done.error().detail();
  }
  void SetUp() override {
    EXPECT_EQ(run([](Tx& tx) { tx.script(kTables); }), "");
  }
  TempDir dir_;
  base::MetricRegistry metrics_;
  std::unique_ptr<Database> database_ = open_database(dir_, metrics_);
};

TEST_F(ColumnsTest, SqlIsMadeOfTheColumns) {
  constexpr auto kFew = columns(column("a", &Limits::most), column("b", &Limits::least));
  static_assert(std::string_view(sql("SELECT ", kFew, " FROM x")) == "SELECT a, b FROM x");
  static_assert(std::string_view(insert("x", kFew, "c")) == "INSERT INTO x (a, b, c) VALUES (?1, ?2, ?3)");
  static_assert(std::string_view(sql(insert("x", kFew), " ON CONFLICT (a) DO NOTHING")) ==
                "INSERT INTO x (a, b) VALUES (?1, ?2) ON CONFLICT (a) DO NOTHING");
  static_assert(
      std::string_view(kInsert).ends_with("device, made_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                                          "?10, ?11, ?12, ?13, ?14, ?15, ?16)"));
  static_assert(std::string_view(kAll).starts_with("SELECT t.id, t.name, t.nick"));
  static_assert(std::string_view(kAll).contains("t.device, (SELECT COUNT(*)"));
}

TEST_F(ColumnsTest, WhatWasInsertedIsRead) {
  const Thing full{.id = std::int64_t{1} << 40,
                   .name = "a name that does not fit into a small string",
                   .nick = "",
                   .loud = true,
                   .weight = 12,
                   .ended_ms = 5,
                   .size = Size::small,
                   .colour = Colour::green,
                   .seal = std::string("s\0\xff", 3),
                   .hash = std::string("\x01\x00", 2),
                   .bytes = "",
                   .config = {{"a", 1}},
                   .limits = {.most = 3, .least = 2},
                   .device = "D",
                   .uses = 99};
  EXPECT_EQ(run([&](Tx& tx) {
              EXPECT_EQ(run_insert(tx, kInsert, kThing, full, 77), 1);
              tx.run("INSERT INTO used(thing, place) VALUES (?1, 'x')", full.id);
              EXPECT_EQ(number(tx.query("SELECT made_ms FROM thing")), 77);
              auto read = one(tx.query(kAll), kThing).value();
              EXPECT_EQ(read.id, full.id);
              EXPECT_EQ(read.name, full.name);
              EXPECT_EQ(read.nick, "");
              EXPECT_TRUE(read.loud);
              EXPECT_EQ(read.weight, 12U);
              EXPECT_EQ(read.ended_ms, 5);
              EXPECT_EQ(read.size, Size::small);
              EXPECT_EQ(read.colour, Colour::green);
              EXPECT_EQ(read.seal, full.seal);
              EXPECT_EQ(read.hash, full.hash);
              EXPECT_EQ(read.bytes, "");
              EXPECT_EQ(read.config, full.config);
              EXPECT_EQ(read.limits.most, 3);
              EXPECT_EQ(read.limits.least, 2);
              EXPECT_EQ(read.device, "D");
              EXPECT_EQ(read.uses, 1);  // counted, not stored
            }),
            "");
}

TEST_F(ColumnsTest, NothingIsNullOnBothSides) {
  EXPECT_EQ(run([&](Tx& tx) {
              run_insert(tx, kInsert, kThing, Thing{.id = 1}, 0);
              auto nulls = tx.query(
                  "SELECT nick IS NULL, ended_ms IS NULL, seal IS NULL, hash IS NULL, least IS NULL, device IS NULL, "
                  "name IS NULL, bytes IS NULL, config IS NULL FROM thing");
              ASSERT_TRUE(nulls.next());
              for (int i = 0; i < 6; ++i) EXPECT_TRUE(nulls.take<bool>()) << i;
              for (int i = 6; i < 9; ++i) EXPECT_FALSE(nulls.take<bool>()) << i;
              auto read = one(tx.query(kAll), kThing).value();
              EXPECT_FALSE(read.nick || read.ended_ms || read.hash || read.limits.least);
              EXPECT_EQ(read.seal + read.device + read.bytes, "");
            }),
            "");
  // A column that somebody else has left at NULL, or filled with what cannot be read.
  EXPECT_EQ(run([](Tx& tx) {
              tx.run("UPDATE thing SET name = NULL, loud = NULL, bytes = NULL, config = '[broken', size = 'huge'");
              auto read = one(tx.query(kAll), kThing).value();
              EXPECT_EQ(read.name + read.bytes, "");
              EXPECT_FALSE(read.loud);
              EXPECT_TRUE(read.config.empty());
              EXPECT_EQ(read.size, Size::large);
              tx.run("UPDATE thing SET config = NULL, size = NULL");
              EXPECT_TRUE(one(tx.query(kAll), kThing)->config.empty());
            }),
            "");
}

struct Place {
  std::int64_t thing = 0;
  std::string place;
};
struct Found {
  Limits limits;
  std::optional<Place> place;
  std::int64_t id = 0;
};
constexpr auto kPlace = columns("u", column("thing", &Place::thing), column("place", &Place::place));
constexpr auto kFound = columns("t", part(&Found::limits, columns("t", column("most", &Limits::most))),
                                part(&Found::place, kPlace), column("id", &Found::id));

TEST_F(ColumnsTest, PartsHaveColumnsOfTheirOwn) {
  constexpr auto kJoin = sql("SELECT ", kFound, " FROM thing t LEFT JOIN used u ON u.thing = t.id ORDER BY t.id");
  static_assert(std::string_view(kJoin).starts_with("SELECT t.most, u.thing, u.place, t.id FROM"));
  EXPECT_EQ(run([&](Tx& tx) {
              for (int id = 1; id <= 2; ++id) {
                run_insert(tx, kInsert, kThing, Thing{.id = id, .limits = {.most = id * 10, .least = {}}}, 0);
              }
              tx.run("INSERT INTO used(thing, place) VALUES (2, 'shelf')");
              auto found = all(tx.query(kJoin), kFound);
              ASSERT_EQ(found.size(), 2U);
              EXPECT_FALSE(found[0].place);
              EXPECT_EQ(found[0].id, 1);
              EXPECT_EQ(found[1].limits.most, 20);
              EXPECT_EQ(found[1].place.value().place, "shelf");
              EXPECT_EQ(found[1].id, 2);
            }),
            "");
}

TEST_F(ColumnsTest, OneColumnOrOneRow) {
  EXPECT_EQ(run([](Tx& tx) {
              constexpr auto kPlaces = sql("SELECT place FROM used ORDER BY thing");
              EXPECT_FALSE(any(tx.query(kPlaces)));
              EXPECT_FALSE(value<std::string>(tx.query(kPlaces)));
              EXPECT_FALSE(value<std::int64_t>(tx.query("SELECT MAX(thing) FROM used")));
              EXPECT_EQ(number(tx.query("SELECT MAX(thing) FROM used")), 0);
              EXPECT_FALSE(one(tx.query("SELECT u.thing, u.place FROM used u"), kPlace));
              for (int id = 1; id <= 3; ++id) run_insert(tx, insert("used", kPlace), kPlace, {id, "p"});
              EXPECT_TRUE(any(tx.query(kPlaces)));
              EXPECT_EQ(value<std::string>(tx.query(kPlaces)), "p");
              EXPECT_EQ(number(tx.query("SELECT MAX(thing) FROM used")), 3);
              EXPECT_EQ(values<std::string>(tx.query(kPlaces)), std::vector<std::string>(3, "p"));
              EXPECT_EQ(values<std::int64_t>(tx.query("SELECT thing FROM used ORDER BY thing")),
                        (std::vector<std::int64_t>{1, 2, 3}));
            }),
            "");
}

TEST_F(ColumnsTest, ForwardThroughTheRow) {
  EXPECT_EQ(run([](Tx& tx) {
              auto rows =
                  tx.query("SELECT 1, 'two', NULL, NULL, 5 UNION ALL SELECT 6, 'seven', 8, 'nine', 0 ORDER BY 1");
              int first = 0;
              std::string_view second;
              std::optional<std::int64_t> third;
              std::optional<std::string> fourth;
              ASSERT_TRUE(rows.next());
              rows >> first >> second >> third >> fourth;
              EXPECT_EQ(first, 1);
              EXPECT_EQ(second, "two");
              EXPECT_FALSE(third || fourth);
              ASSERT_TRUE(rows.next());  // the next row begins at its first column
              rows >> first >> second >> third >> fourth;
              EXPECT_EQ(first, 6);
              EXPECT_EQ(second, "seven");
              EXPECT_EQ(third, 8);
              EXPECT_EQ(fourth, "nine");
              EXPECT_FALSE(rows.null_ahead());
              EXPECT_FALSE(rows.take<bool>());
              EXPECT_THROW(rows.take<bool>(), SqlError);
              EXPECT_FALSE(rows.next());
            }),
            "");
}

TEST_F(ColumnsTest, AReaderOfAnotherWidthIsRefused) {
  EXPECT_NE(run([](Tx& tx) { one(tx.query("SELECT thing FROM used"), kPlace); }), "");
  EXPECT_NE(run([](Tx& tx) { all(tx.query("SELECT thing, place, 1 FROM used"), kPlace); }), "");
  EXPECT_NE(run([](Tx& tx) { value<std::string>(tx.query("SELECT thing, place FROM used")); }), "");
}

TEST(Like, FindsTheWordAsItIs) {
  EXPECT_EQ(like_containing("Ab%_\\"), "%ab\\%\\_\\\\%");
  EXPECT_EQ(like_containing(""), "%%");
  EXPECT_EQ(like_beginning("Ab%_\\"), "ab\\%\\_\\\\%");
  EXPECT_EQ(like_beginning(""), "%");
}

}  // namespace
}  // namespace troupe::store
