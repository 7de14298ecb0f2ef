// Redacting all that somebody said: what goes and what stays, in whose name, and that a stop loses nothing.
#include "homeserver/admin/user_redaction.h"

#include "homeserver/admin/room_admin_fixture.h"
#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::admin {
namespace {

class UserRedactionTest : public RoomAdminTest {
 protected:
  UserRedactionTest() {
    room = make_room(anna, {{"name", "Talk"}, {"preset", "public_chat"}});
    join(bert, room);
  }
  WholeAnswer redact(const matrix::Json& body, const std::string& user = "@bert:example.org") {
    return ask("POST", "/v1/user/" + user + "/redact", body);
  }
  WholeAnswer status(const std::string& id) { return get("/v1/user/redact_status/" + id); }
  void run_job() { server.run_job("homeserver.user_redactions"); }
  /// Asks, works, and yields the status.
  WholeAnswer redact_all(const matrix::Json& body) {
    const auto started = redact(body);
    EXPECT_EQ(started.status, 200) << started.text;
    run_job();
    return status(started.string_at("/redact_id"));
  }
  /// The text of an event as anna sees it; empty: it was redacted.
  std::string text_of(const std::string& event, const std::string& in = {}) {
    const auto seen = server.call(anna, "GET", "/rooms/" + (in.empty() ? room : in) + "/event/" + event);
    EXPECT_EQ(seen.status, 200) << seen.text;
    return seen.string_at("/content/body");
  }
  std::string redacted_because(const std::string& event, const std::string& member) {
    return server.call(anna, "GET", "/rooms/" + room + "/event/" + event)
        .string_at("/unsigned/redacted_because/" + member);
  }
  std::string room;
};

TEST_F(UserRedactionTest, TakesWhatOnePersonSaid) {
  const auto first = say(bert, room, "spam"), theirs = say(anna, room, "mine"), last = say(bert, room, "more spam");
  const auto reaction =
      server.call(bert, "PUT", "/rooms/" + room + "/send/m.reaction/r1",
                  {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", theirs}, {"key", "x"}}}});
  ASSERT_EQ(reaction.status, 200) << reaction.text;
  const auto started = redact({{"rooms", matrix::JsonArray()}, {"reason", "spam"}});
  ASSERT_EQ(started.status, 200) << started.text;
  const auto id = started.string_at("/redact_id");
  EXPECT_EQ(status(id).string_at("/status"), "scheduled");
  EXPECT_EQ(text_of(first), "spam") << "in the background";
  run_job();
  const auto done = status(id);
  EXPECT_EQ(done.string_at("/status"), "complete") << done.text;
  EXPECT_EQ(done.at("/failed_redactions"), matrix::Json(matrix::JsonObject()));
  EXPECT_EQ(done.at("/redacted"), 4) << "two messages, a reaction and the join";
  EXPECT_EQ(text_of(first), "");
  EXPECT_EQ(text_of(last), "");
  EXPECT_EQ(text_of(theirs), "mine");
  EXPECT_EQ(redacted_because(first, "sender"), "@bert:example.org");
  EXPECT_EQ(redacted_because(first, "content/reason"), "spam");
  const auto members = server.call(anna, "GET", "/rooms/" + room + "/joined_members");
  EXPECT_TRUE(members.at("/joined").get_object().contains("@bert:example.org")) << "who was redacted is still in";
  // Once more: there is nothing left, redactions are not redacted.
  EXPECT_EQ(redact_all({{"rooms", matrix::JsonArray()}}).at("/redacted"), 0);
}

TEST_F(UserRedactionTest, OnlyInTheRoomsAndUpToTheLimit) {
  const auto other = make_room(bert, {{"preset", "public_chat"}});
  join(anna, other);
  std::vector<std::string> here;
  for (int i = 0; i < 5; ++i) here.push_back(say(bert, room, "word"));
  const auto elsewhere = say(bert, other, "there");
  EXPECT_EQ(redact_all({{"rooms", {room, "!unknown:example.org"}}, {"limit", 2}}).at("/redacted"), 2);
  EXPECT_EQ(text_of(here[4]), "");
  EXPECT_EQ(text_of(here[3]), "");
  EXPECT_EQ(text_of(here[2]), "word") << "the newest first";
  EXPECT_EQ(text_of(elsewhere, other), "there");
  // The limit is each room's.
  EXPECT_EQ(redact_all({{"rooms", matrix::JsonArray()}, {"limit", 1}}).at("/redacted"), 2);
  EXPECT_EQ(text_of(here[2]), "");
  EXPECT_EQ(text_of(elsewhere, other), "");
}

TEST_F(UserRedactionTest, AlsoOfWhoWasBanned) {
  const auto said = say(bert, room, "spam");
  ASSERT_EQ(server.call(anna, "POST", "/rooms/" + room + "/ban", {{"user_id", "@bert:example.org"}}).status, 200);
  EXPECT_EQ(redact_all({{"rooms", matrix::JsonArray()}}).at("/redacted"), 2);
  EXPECT_EQ(text_of(said), "");
  EXPECT_EQ(redacted_because(said, "sender"), "@anna:example.org") << "the administrator is not in the room";
}

TEST_F(UserRedactionTest, OnlyWhatWasSaidInTheTime) {
  const auto ts_of = [this](const std::string& event) {
    return server.call(anna, "GET", "/rooms/" + room + "/event/" + event).at("/origin_server_ts").as_int64();
  };
  // The clock need not move in between: what was said is given its time.
  const auto set_ts = [this](const std::string& event, std::int64_t ts) {
    ASSERT_TRUE(server.db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run("UPDATE hs_event SET ts = ?2 WHERE event_id = ?1", event, ts);
      return Unit{};
    }));
  };
  const auto early = say(bert, room, "early"), middle = say(bert, room, "middle"), late = say(bert, room, "late");
  const auto now = ts_of(late);
  set_ts(early, now - 200);
  set_ts(middle, now - 100);
  set_ts(late, now + 100);
  EXPECT_EQ(redact_all({{"rooms", {room}}, {"after_ts", now - 100}, {"before_ts", now - 100}}).at("/redacted"), 1);
  EXPECT_EQ(text_of(early), "early");
  EXPECT_EQ(text_of(middle), "") << "both ends count";
  EXPECT_EQ(text_of(late), "late");
  EXPECT_EQ(redact_all({{"rooms", {room}}, {"after_ts", now + 1}, {"limit", 0}}).at("/redacted"), 1);
  EXPECT_EQ(text_of(late), "");
  EXPECT_EQ(text_of(early), "early");
  EXPECT_EQ(redact_all({{"rooms", {room}}, {"before_ts", now - 150}}).at("/redacted"), 1);
  EXPECT_EQ(text_of(early), "");
}

TEST_F(UserRedactionTest, TellsWhatCouldNotBeDone) {
  const auto said = say(bert, room, "spam");
  auto done = redact_all({{"rooms", {room}}, {"use_admin", true}, {"limit", 1}});
  EXPECT_EQ(done.string_at("/status"), "complete");
  EXPECT_EQ(done.at("/redacted"), 0);
  ASSERT_TRUE(done.at("/failed_redactions").is_object()) << done.text;
  EXPECT_TRUE(done.at("/failed_redactions").get_object().contains(said)) << done.text;
  EXPECT_EQ(text_of(said), "spam");
  // In the room and mighty enough, the administrator does it.
  join(root, room);
  ASSERT_EQ(ask("POST", "/v1/rooms/" + room + "/make_room_admin", {{"user_id", "@root:example.org"}}).status, 200);
  done = redact_all({{"rooms", {room}}, {"use_admin", true}, {"limit", 1}});
  EXPECT_EQ(done.at("/redacted"), 1) << done.text;
  EXPECT_EQ(redacted_because(said, "sender"), "@root:example.org");
}

TEST_F(UserRedactionTest, GoesOverManyPieces) {
  for (int i = 0; i < 80; ++i) say(bert, room, "word");
  EXPECT_EQ(redact_all({{"rooms", matrix::JsonArray()}}).at("/redacted"), 81);
}

TEST_F(UserRedactionTest, SeveralPeopleOneAfterTheOther) {
  const auto theirs = say(anna, room, "anna's"), his = say(bert, room, "bert's");
  const auto first = redact({{"rooms", {room}}}, "@bert:example.org").string_at("/redact_id");
  const auto second = redact({{"rooms", {room}}}, "@anna:example.org").string_at("/redact_id");
  run_job();
  EXPECT_EQ(status(first).string_at("/status"), "complete");
  EXPECT_EQ(status(second).string_at("/status"), "complete");
  EXPECT_EQ(text_of(theirs), "");
  EXPECT_EQ(text_of(his), "");
}

TEST_F(UserRedactionTest, Refuses) {
  const matrix::Json all{{"rooms", matrix::JsonArray()}};
  EXPECT_EQ(redact(all, "@nobody:example.org").status, 404);
  EXPECT_EQ(redact(all, "@bert:elsewhere.org").status, 400);
  EXPECT_EQ(redact(all, "bert").status, 400);
  for (const auto* more : {R"("rooms":"all")", R"("rooms":[1])", R"("rooms":[],"limit":-1)",
                           R"("rooms":[],"after_ts":"1")", R"("rooms":[],"before_ts":-1)", R"("rooms":[],"limit":"9")",
                           R"("rooms":[],"reason":5)", R"("rooms":[],"use_admin":"yes")"}) {
    EXPECT_EQ(redact(boost::json::parse("{" + std::string(more) + "}")).status, 400) << more;
  }
  EXPECT_EQ(redact({{"rooms", matrix::JsonArray()}, {"reason", std::string(1'025, 'x')}}).status, 400);
  EXPECT_EQ(redact(matrix::JsonObject()).status, 400) << "rooms must be there";
  EXPECT_EQ(redact({{"rooms", matrix::JsonArray(1'001, "!a:example.org")}}).status, 400);
  EXPECT_EQ(redact(all).status, 200);
  const auto twice = redact(all);
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(errcode(twice), "M_UNKNOWN");
  const auto unknown = status("nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(errcode(unknown), "M_NOT_FOUND");
  EXPECT_EQ(server.call(anna, "POST", "/_synapse/admin/v1/user/@bert:example.org/redact", all).status, 403);
  EXPECT_EQ(server.call(anna, "GET", "/_synapse/admin/v1/user/redact_status/x").status, 403);
}

class RedactionResumeTest : public rooms::RoomTest {
 protected:
  UserRedaction redaction() {
    return UserRedaction(
        {.db = *server->db, .rooms = *server->rooms, .service = *server->service, .clock = server->clock});
  }
};

TEST_F(RedactionResumeTest, AKillAtAnyStatementIsTakenUpAgain) {
  bool whole = false;
  for (std::int64_t n = 0; !whole; n += 13) {
    ASSERT_LT(n, 2'000);
    const auto id = public_room("alice");
    ASSERT_TRUE(join("bob", id));
    // More than one piece takes.
    for (int i = 0; i < 34; ++i) ASSERT_TRUE(send("bob", id, "word"));
    RedactUserBody wanted;
    wanted.rooms = {id};
    std::string redact_id;
    {
      auto first = redaction();
      redact_id = server->run(first.start(user("root"), user("bob"), wanted)).value();
      faults.arm(n, store::FaultPlan::Kind::disk_full, 1'000'000);
      const auto done = server->run(first.run());
      whole = !faults.happened();
      faults.disarm();
      EXPECT_EQ(done.has_value(), whole) << n;
    }
    restart();
    auto again = redaction();
    ASSERT_TRUE(server->run(again.run())) << n;
    const auto row = server->run(again.state(redact_id)).value();
    EXPECT_EQ(row.status, DeletionStatus::complete) << n << row.error;
    EXPECT_EQ(row.redacted, 35) << n << ": each once";
    EXPECT_TRUE(row.failed.empty()) << n;
    EXPECT_EQ(std::ranges::count(story(id), "m.room.redaction"), 35) << n;
  }
}

TEST_F(RedactionResumeTest, EndedOnesAreForgottenAfterADay) {
  auto work = redaction();
  const auto redact_id = server->run(work.start(user("root"), user("bob"), {})).value();
  ASSERT_TRUE(server->run(work.run()));
  const auto now = server->clock.unix_ms();
  ASSERT_TRUE(server->run(work.sweep(now)));
  EXPECT_TRUE(server->run(work.state(redact_id)));
  ASSERT_TRUE(server->run(work.sweep(now + std::chrono::milliseconds(UserRedaction::kKeepEnded).count() + 60'000)));
  EXPECT_EQ(server->run(work.state(redact_id)).error().code(), Errc::not_found);
}

}  // namespace
}  // namespace troupe::homeserver::admin
