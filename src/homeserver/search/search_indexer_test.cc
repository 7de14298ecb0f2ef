#include "homeserver/search/search_indexer.h"

#include "homeserver/rooms/room_fixture.h"
#include "kit/files.h"

namespace troupe::homeserver::search {
namespace {

/// The indexer over rooms alone, which can be stopped anywhere and started again on the same files.
class SearchIndexerTest : public rooms::RoomTest {
 protected:
  void open() {
    indexer = std::make_unique<SearchIndexer>(*server->db, *server->rooms, *server->lookup);
    ASSERT_TRUE(indexer->open());
  }
  void TearDown() override { indexer.reset(); }
  void start_again() {
    indexer.reset();
    restart();
    open();
  }
  void follow() {
    const auto done = server->run(indexer->follow());
    ASSERT_TRUE(done) << done.error().message() << done.error().detail();
  }
  StreamPos say(const std::string& room, const std::string& text) { return send("alice", room, text).value().pos; }
  std::vector<StreamPos> found(const std::string& word) {
    const std::vector<std::string> words{word};
    return server
        ->read([&](store::Connection& connection) -> Result<std::vector<StreamPos>> {
          const auto asked = search_store::look_up_words(connection, indexer->engine(), words);
          std::vector<StreamPos> positions;
          search_store::find_texts(connection, indexer->engine(), {.words = asked, .keys = {}, .rooms = {}}, 1LL << 60,
                                   10'000, [&](const IndexEntry& entry) {
                                     positions.push_back(entry.pos);
                                     return true;
                                   });
          return positions;
        })
        .value();
  }
  void forget_place() {
    ASSERT_TRUE(server->db->write_now([](store::Tx& tx) -> Result<Unit> {
      tx.run("DELETE FROM hs_mark WHERE name = 'search.indexed.2'");
      return Unit{};
    }));
  }
  bool is_in_a_file(std::string_view bytes) const { return kit::is_in_a_file(dir.path(), bytes); }
  void clear(std::chrono::milliseconds later = {}) {
    const auto done = server->run(indexer->clear(std::chrono::steady_clock::now() + later));
    ASSERT_TRUE(done) << done.error().message() << done.error().detail();
  }
  std::string redact(const std::string& room, const std::string& event_id) {
    return server->run(server->service->redact(actor("alice"), room, event_id, {})).value().event_id;
  }

  std::unique_ptr<SearchIndexer> indexer;
};

TEST_F(SearchIndexerTest, GoesOnAfterARestartFromTheRows) {
  open();
  const auto room = public_room("alice");
  const auto first = say(room, "before anything");
  follow();
  const auto second = say(room, "before the stop");
  start_again();
  follow();
  EXPECT_THAT(found("before"), testing::ElementsAre(second, first));
  const auto third = say(room, "before long");
  follow();
  EXPECT_THAT(found("before"), testing::ElementsAre(third, second, first));
}

TEST_F(SearchIndexerTest, TakesManyWordsInSeveralRounds) {
  open();
  const auto room = public_room("alice");
  std::string text;
  for (int i = 0; i < 499; ++i) text += "word" + std::to_string(i) + " ";
  StreamPos last = 0;
  for (int i = 0; i < 30; ++i) last = say(room, text + "line" + std::to_string(i));
  follow();
  EXPECT_EQ(found("line0").size(), 1u);
  EXPECT_THAT(found("line29"), testing::IsEmpty()) << "a round has its share of the writer, and no more";
  follow();
  EXPECT_THAT(found("line29"), testing::ElementsAre(last));
  EXPECT_EQ(found("word498").size(), 30u);
}

TEST_F(SearchIndexerTest, WhatWasRemovedMeanwhileIsNotTaken) {
  open();
  const auto room = public_room("alice");
  const auto gone = send("alice", room, "secret words").value();
  const auto stays = say(room, "open words");
  redact(room, gone.event_id);
  follow();
  EXPECT_THAT(found("words"), testing::ElementsAre(stays));
}

TEST_F(SearchIndexerTest, BeginsAnewOverWhatIsThere) {
  open();
  const auto room = public_room("alice");
  const auto first = say(room, "first words");
  follow();
  forget_place();
  start_again();
  const auto second = say(room, "second words");
  follow();
  EXPECT_THAT(found("words"), testing::ElementsAre(second, first));
}

TEST_F(SearchIndexerTest, WordsThatWereRedactedAreInNoFileEither) {
  if (store::on_postgres()) GTEST_SKIP() << "dead rows are its own business";
  open();
  const auto room = public_room("alice");
  std::vector<std::string> gone;
  for (int i = 0; i < 60; ++i) {
    gone.push_back(send("alice", room, "quicksilver" + std::to_string(i) + " zanzibar").value().event_id);
    say(room, "something that stays number" + std::to_string(i));
    follow();  // parts of the index come and are merged meanwhile
  }
  ASSERT_TRUE(is_in_a_file("quicksilver7"));
  for (const auto& event : gone) redact(room, event);
  follow();
  EXPECT_THAT(found("zanzibar"), testing::IsEmpty());
  EXPECT_TRUE(is_in_a_file("quicksilver7")) << "then this shows nothing";
  clear();
  EXPECT_FALSE(is_in_a_file("quicksilver"));
  EXPECT_FALSE(is_in_a_file("zanzibar"));
  EXPECT_EQ(found("number7").size(), 1u);
  EXPECT_EQ(found("something").size(), 60u);

  // Not again and again, but after a rest, and after a restart at once.
  const auto late = send("alice", room, "brimstone").value();
  say(room, "after it");
  follow();
  redact(room, late.event_id);
  follow();
  clear();
  EXPECT_TRUE(is_in_a_file("brimstone"));
  start_again();
  clear();
  EXPECT_FALSE(is_in_a_file("brimstone"));
  EXPECT_EQ(found("after").size(), 1u);
}

TEST_F(SearchIndexerTest, ClearingRestsAfterAFailure) {
  if (store::on_postgres()) GTEST_SKIP() << "dead rows are its own business";
  open();
  const auto room = public_room("alice");
  const auto gone = send("alice", room, "quicksilver").value();
  follow();
  redact(room, gone.event_id);
  follow();
  const auto run = [this](std::string_view sql) {
    ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run(sql);
      return Unit{};
    }));
  };
  const auto waits = [this] {
    return server->read(
        [](store::Connection& connection) -> Result<bool> { return search_store::forgotten(connection) > 0; });
  };
  ASSERT_TRUE(waits().value());
  const auto now = std::chrono::steady_clock::now();
  run("ALTER TABLE hs_search_2 RENAME TO hs_search_away");
  EXPECT_FALSE(server->run(indexer->clear(now)));
  run("ALTER TABLE hs_search_away RENAME TO hs_search_2");
  EXPECT_TRUE(server->run(indexer->clear(now)));
  EXPECT_TRUE(waits().value()) << "it rests";
  EXPECT_TRUE(server->run(indexer->clear(now + std::chrono::hours(1))));
  EXPECT_FALSE(waits().value());
}

TEST_F(SearchIndexerTest, AnIndexOfAnOlderFormatIsLeftAloneAndRemovedInPieces) {
  open();
  const auto room = public_room("alice");
  const auto said = say(room, "words of old");
  follow();
  ASSERT_TRUE(server->db->write_now([this](store::Tx& tx) -> Result<Unit> {
    const bool sqlite = indexer->engine() == Engine::sqlite;
    tx.run("DROP TABLE hs_search_2");
    tx.run("DELETE FROM hs_mark WHERE name = 'search.indexed.2'");
    tx.run(sqlite ? "CREATE VIRTUAL TABLE hs_search USING fts5(words, detail=none, tokenize='ascii')"
                  : "CREATE TABLE hs_search (pos BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)");
    for (std::int64_t i = 0; i < 1200; ++i)
      tx.run(sqlite ? "INSERT INTO hs_search (rowid, words) VALUES (?1, 'words')"
                    : "INSERT INTO hs_search (pos, words) VALUES (?1, 'words')",
             i + 1);
    return Unit{};
  }));
  start_again();
  EXPECT_THAT(found("words"), testing::IsEmpty());
  // A program that knows only the older one goes on with it.
  ASSERT_TRUE(server->db->write_now([](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO hs_mark (name, value) VALUES ('search.indexed', '1000000')");
    return Unit{};
  }));
  follow();
  EXPECT_THAT(found("words"), testing::ElementsAre(said));
  int pieces = 0;
  for (bool more = true; more; ++pieces) {
    ASSERT_TRUE(server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      more = search_store::remove_older(tx, indexer->engine());
      return Unit{};
    }));
  }
  if (indexer->engine() == Engine::sqlite) {
    EXPECT_GE(pieces, 5) << "not all at once";
  }
  EXPECT_FALSE(server->db->read_now([](store::Connection& connection) -> Result<Unit> {
    connection.query("SELECT count(*) FROM hs_search");
    return Unit{};
  }));
  const auto later = std::chrono::steady_clock::now() + 2 * SearchIndexer::kOlderStays;
  EXPECT_TRUE(server->run(indexer->remove_older(later))) << "there is none";
  EXPECT_THAT(found("words"), testing::ElementsAre(said));
}

TEST_F(SearchIndexerTest, AnIndexFromBeforeNamesBoreAFormatIsTaken) {
  open();
  const auto room = public_room("alice");
  const auto said = say(room, "words of old");
  follow();
  ASSERT_TRUE(server->db->write_now([this](store::Tx& tx) -> Result<Unit> {
    tx.run("ALTER TABLE hs_search_2 RENAME TO hs_search");
    if (indexer->engine() == Engine::postgres) tx.run("ALTER INDEX hs_search_2_by_word RENAME TO hs_search_by_word");
    tx.run("UPDATE hs_mark SET name = 'search.indexed' WHERE name = 'search.indexed.2'");
    tx.run("INSERT INTO hs_mark (name, value) VALUES ('search.format', '2')");
    return Unit{};
  }));
  start_again();
  EXPECT_THAT(found("words"), testing::ElementsAre(said));
  const auto more = say(room, "more words");
  follow();
  EXPECT_THAT(found("words"), testing::ElementsAre(more, said));
}

TEST_F(SearchIndexerTest, WaitsForItsRoundWhenFewWait) {
  open();
  const auto room = public_room("alice");
  follow();
  say(room, "a few words");
  ASSERT_TRUE(server->run(indexer->follow_if_many()));
  EXPECT_THAT(found("words"), testing::IsEmpty());
  for (StreamPos i = 0; i < SearchIndexer::kManyWaiting; ++i) say(room, "more");
  ASSERT_TRUE(server->run(indexer->follow_if_many()));
  EXPECT_EQ(found("words").size(), 1u);
}

}  // namespace
}  // namespace troupe::homeserver::search
