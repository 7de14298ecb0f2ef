// Rows from before events had a format, beside rows that have one, and rows of a newer version.
#include "base/stored_format.h"
#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::rooms {
namespace {

class StoredEventTest : public RoomTest {
 protected:
  void write(std::string_view sql, StreamPos pos, const store::Value& value) {
    const auto done = server->db->write_now([&](store::Tx& tx) -> Result<Unit> {
      EXPECT_EQ(tx.run(sql, pos, value), 1);
      return Unit{};
    });
    ASSERT_TRUE(done) << done.error().detail();
  }
  Result<std::string> pdu(StreamPos pos) {
    return server->read([&](store::Connection& connection) -> Result<std::string> {
      return memory::event_store::load_event(connection, pos)->event->pdu;
    });
  }
  /// As a version before formats wrote it.
  void make_old(StreamPos pos) {
    write("UPDATE hs_event SET bytes = ?2, body = NULL WHERE pos = ?1", pos, pdu(pos).value());
  }
  std::string column(std::string_view name, StreamPos pos) {
    const auto sql = "SELECT " + std::string(name) + " FROM hs_event WHERE pos = ?1";
    return server
        ->read([&](store::Connection& connection) -> Result<std::string> {
          return store::value<std::string, store::Bytes>(connection.query(sql, pos)).value_or("NULL");
        })
        .value();
  }
};

TEST_F(StoredEventTest, OldRowsAndNewOnesAreReadSideBySide) {
  const auto id = public_room("alice");
  std::vector<StreamPos> sent;
  for (const auto* text : {"one", "two", "three"}) sent.push_back(send("alice", id, text)->pos);
  const auto named = set_state("alice", id, "m.room.name", "", {{"name", "Hall"}});
  std::vector<std::string> before;
  for (const auto pos : sent) before.push_back(pdu(pos).value());
  const auto story_before = story(id);
  EXPECT_EQ(column("body", sent[0]), base::to_stored(before[0]));
  for (const auto pos : {sent[0], sent[2], named->pos, state(id, "m.room.create")->pos}) make_old(pos);
  EXPECT_EQ(column("bytes", sent[0]), before[0]);
  restart();
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(pdu(sent[i]).value(), before[i]);
  EXPECT_EQ(story(id), story_before);
  EXPECT_EQ(*matrix::find_string(state(id, "m.room.name")->event->content, "name"), "Hall");
  EXPECT_TRUE(send("alice", id, "four"));
}

TEST_F(StoredEventTest, ARedactionLeavesNothingOfAnOldRow) {
  const auto id = public_room("alice");
  const auto sent = send("alice", id, "a secret");
  make_old(sent->pos);
  restart();
  ASSERT_TRUE(server->run(server->service->redact(actor("alice"), id, sent->event_id, {})));
  EXPECT_EQ(column("bytes", sent->pos), "");
  EXPECT_EQ(column("body", sent->pos).find("a secret"), std::string::npos);
  EXPECT_EQ(column("body", sent->pos), base::to_stored(pdu(sent->pos).value()));
}

TEST_F(StoredEventTest, AnUnknownFormatIsAnErrorOfThatEvent) {
  const auto id = public_room("alice");
  const auto newer = send("alice", id, "from the future");
  const auto other = send("alice", id, "of today");
  write("UPDATE hs_event SET body = ?2 WHERE pos = ?1", newer->pos, store::Value::blob("\2packed"));
  restart();
  const auto failed = pdu(newer->pos);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Errc::internal);
  EXPECT_NE(failed.error().detail().find("event " + std::to_string(newer->pos)), std::string::npos);
  EXPECT_NE(failed.error().detail().find("format is 2, which a newer version wrote"), std::string::npos);
  EXPECT_NE(pdu(other->pos).value().find("of today"), std::string::npos);
}

}  // namespace
}  // namespace troupe::homeserver::rooms
