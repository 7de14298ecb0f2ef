// Deleting rooms: who is told what, what answers afterwards, and that a kill at any moment is taken up again.
#include "homeserver/admin/room_deletion.h"

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/admin/room_admin_fixture.h"
#include "homeserver/memory/users.h"
#include "homeserver/rooms/directory_store.h"
#include "homeserver/rooms/room_fixture.h"
#include "homeserver/search/search_indexer.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::admin {
namespace {

using Names = boost::json::array;

class RoomDeletionTest : public RoomAdminTest {
 protected:
  RoomDeletionTest() {
    room = make_room(
        anna, {{"name", "Doomed"}, {"preset", "public_chat"}, {"visibility", "public"}, {"room_alias_name", "doomed"}});
    join(bert, room);
    for (int i = 0; i < 5; ++i) event = say(anna, room, "word " + std::to_string(i));
    EXPECT_EQ(server.call(bert, "POST", "/rooms/" + room + "/receipt/m.read/" + event, matrix::JsonObject()).status,
              200);
    EXPECT_EQ(
        server.call(bert, "PUT", "/user/@bert:example.org/rooms/" + room + "/account_data/x.note", {{"a", 1}}).status,
        200);
  }
  WholeAnswer remove(const matrix::Json& body = matrix::JsonObject()) {
    return ask("DELETE", "/v1/rooms/" + room, body);
  }
  std::string since(const std::string& token) { return server.call(token, "GET", "/sync").string_at("/next_batch"); }
  WholeAnswer sync(const std::string& token, const std::string& since) {
    return server.call(token, "GET", "/sync?timeout=0&since=" + since);
  }
  static bool has(const WholeAnswer& synced, const std::string& section, const std::string& id) {
    const auto rooms = synced.at("/rooms/" + section);
    return rooms.is_object() && rooms.get_object().contains(id);
  }
  void run_job(const std::string& name) {
    for (const auto& job : server.context->jobs()) {
      if (job.name == name) EXPECT_TRUE(server.wait(job.run()).has_value());
    }
  }
  std::int64_t rows(const std::string& table) {
    std::int64_t found = -1;
    EXPECT_TRUE(server.db->read_now([&](store::Connection& connection) -> Result<Unit> {
      found = store::number(connection.query("SELECT COUNT(*) FROM " + table));
      return Unit{};
    }));
    return found;
  }
  std::string room;
  std::string event;
};

TEST_F(RoomDeletionTest, NothingAnswersAfterAPurge) {
  const auto seen = since(bert);
  const auto done = remove();
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(done.at("/kicked_users"), (Names{"@anna:example.org", "@bert:example.org"}));
  EXPECT_EQ(done.at("/failed_to_kick_users"), Names{});
  EXPECT_EQ(done.at("/local_aliases"), Names{});
  EXPECT_EQ(done.at("/new_room_id"), nullptr);

  const auto in_room = "/rooms/" + room;
  const auto v1 = "/_matrix/client/v1/rooms/" + room;
  for (const auto& path :
       {in_room + "/messages?dir=b", in_room + "/state", in_room + "/state/m.room.name", in_room + "/members",
        in_room + "/joined_members", in_room + "/event/" + event, in_room + "/context/" + event, in_room + "/aliases",
        v1 + "/relations/" + event, v1 + "/threads", v1 + "/timestamp_to_event?ts=0", "/directory/list/room/" + room,
        std::string("/directory/room/%23doomed:example.org"),
        "/user/@bert:example.org/rooms/" + room + "/account_data/x.note"}) {
    for (const auto& token : {anna, bert, root}) {
      if (path.starts_with("/user") && token != bert) continue;
      const auto answer = server.call(token, "GET", path);
      EXPECT_TRUE(answer.status == 403 || answer.status == 404) << path << " " << answer.status << " " << answer.text;
    }
  }
  for (const auto* path : {"", "/members", "/state", "/messages", "/forward_extremities"})
    EXPECT_EQ(get("/v1/rooms/" + room + path).status, 404) << path;
  EXPECT_EQ(get("/v1/fetch_event/" + event).status, 404);
  EXPECT_EQ(get("/v1/rooms").at("/total_rooms"), 0);
  EXPECT_EQ(server.call(anna, "GET", "/joined_rooms").text, R"({"joined_rooms":[]})");
  EXPECT_EQ(server.call(anna, "GET", "/publicRooms").at("/chunk"), Names{});
  EXPECT_EQ(server.call(anna, "PUT", in_room + "/send/m.room.message/9", {{"body", "x"}}).status, 403);
  EXPECT_EQ(server.call(anna, "POST", in_room + "/join", matrix::JsonObject()).status, 404);
  EXPECT_FALSE(has(server.call(anna, "GET", "/sync"), "join", room));
  EXPECT_EQ(remove().status, 404) << "once is enough";

  const auto told = sync(bert, seen);
  EXPECT_TRUE(has(told, "leave", room)) << told.text;
  EXPECT_FALSE(told.text.contains("word")) << told.text;
  EXPECT_FALSE(has(sync(bert, told.string_at("/next_batch")), "leave", room)) << "once";

  for (const auto* table : {"hs_room", "hs_state", "hs_receipt", "hs_alias", "hs_relation"})
    EXPECT_EQ(rows(table), 0) << table;
  EXPECT_EQ(rows("hs_account_data WHERE type = 'x.note'"), 0);
  EXPECT_EQ(rows("hs_account_data_usage WHERE entries <> (SELECT COUNT(*) FROM hs_account_data a WHERE a.user_id = "
                 "hs_account_data_usage.user_id)"),
            0);
  EXPECT_LE(rows("hs_event"), 1) << "the newest event of all stays for the look-up file";
  EXPECT_LE(rows("hs_timeline"), 1);
}

TEST_F(RoomDeletionTest, WhoWaitsForNewsHearsThatTheyLeft) {
  const auto seen = since(anna);
  ASSERT_EQ(remove({{"purge", false}}).status, 200);
  const auto told = sync(anna, seen);
  EXPECT_TRUE(has(told, "leave", room)) << told.text;
  EXPECT_EQ(get("/v1/rooms/" + room).at("/joined_members"), 0) << "it was not purged";
  EXPECT_EQ(get("/v1/rooms/" + room).at("/public"), false);
  EXPECT_EQ(server.call(anna, "GET", "/directory/room/%23doomed:example.org").status, 404);
  EXPECT_EQ(remove().status, 200) << "purged later";
  EXPECT_FALSE(has(sync(anna, told.string_at("/next_batch")), "leave", room)) << "they know that they left";
  EXPECT_TRUE(has(sync(bert, seen), "leave", room)) << "an old token still works";
}

TEST_F(RoomDeletionTest, EverybodyMovesToANewRoom) {
  const auto done = remove({{"new_room_user_id", "@root:example.org"}, {"room_name", "Next"}, {"message", "moved"}});
  ASSERT_EQ(done.status, 200) << done.text;
  const auto next = done.string_at("/new_room_id");
  EXPECT_EQ(done.at("/local_aliases"), Names{"#doomed:example.org"});
  EXPECT_EQ(get("/v1/rooms/" + next + "/members").at("/members"),
            (Names{"@anna:example.org", "@bert:example.org", "@root:example.org"}));
  EXPECT_EQ(get("/v1/rooms/" + next).string_at("/name"), "Next");
  EXPECT_EQ(server.call(anna, "GET", "/directory/room/%23doomed:example.org").string_at("/room_id"), next);
  EXPECT_EQ(server.call(anna, "GET", "/rooms/" + next + "/messages?dir=b&limit=1").string_at("/chunk/0/content/body"),
            "moved");
  EXPECT_EQ(server.call(anna, "PUT", "/rooms/" + next + "/send/m.room.message/10", {{"body", "x"}}).status, 403)
      << "nobody but its maker speaks";
  EXPECT_EQ(get("/v1/rooms/" + room).status, 404);
}

TEST_F(RoomDeletionTest, ABlockedRoomStaysClosedWhenItIsGone) {
  ASSERT_EQ(remove({{"block", true}}).status, 200);
  EXPECT_EQ(server.call(anna, "POST", "/join/" + room, matrix::JsonObject()).status, 403);
  EXPECT_EQ(get("/v1/rooms/" + room + "/block").text, R"({"block":true,"user_id":"@root:example.org"})");
  const auto unknown = ask("DELETE", "/v1/rooms/!unknown:example.net", {{"block", true}});
  EXPECT_EQ(unknown.text, R"({"kicked_users":[],"failed_to_kick_users":[],"local_aliases":[],"new_room_id":null})");
  EXPECT_EQ(get("/v1/rooms/!unknown:example.net/block").at("/block"), true);
  EXPECT_EQ(errcode(ask("DELETE", "/v1/rooms/!other:example.net", matrix::JsonObject())), "M_NOT_FOUND");
}

TEST_F(RoomDeletionTest, InTheBackgroundWithAStatus) {
  const auto started = ask("DELETE", "/v2/rooms/" + room, matrix::JsonObject());
  ASSERT_EQ(started.status, 200) << started.text;
  const auto id = started.string_at("/delete_id");
  EXPECT_EQ(get("/v2/rooms/delete_status/" + id).string_at("/status"), "scheduled");
  const auto again = ask("DELETE", "/v2/rooms/" + room, matrix::JsonObject());
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(errcode(again), "M_UNKNOWN");
  run_job("homeserver.room_deletions");
  const auto state = get("/v2/rooms/delete_status/" + id);
  EXPECT_EQ(state.string_at("/status"), "complete") << state.text;
  EXPECT_EQ(state.string_at("/delete_id"), id);
  EXPECT_EQ(state.string_at("/room_id"), room);
  EXPECT_EQ(state.at("/shutdown_room/kicked_users").as_array().size(), 2U);
  EXPECT_EQ(state.at("/shutdown_room/new_room_id"), nullptr);
  EXPECT_EQ(get("/v2/rooms/" + room + "/delete_status").at("/results/0"), state.json);
  EXPECT_EQ(get("/v1/rooms/" + room).status, 404);

  const auto unknown = ask("DELETE", "/v2/rooms/!unknown:example.net", matrix::JsonObject());
  run_job("homeserver.room_deletions");
  EXPECT_EQ(get("/v2/rooms/delete_status/" + unknown.string_at("/delete_id")).string_at("/status"), "complete");
  EXPECT_EQ(errcode(get("/v2/rooms/delete_status/none")), "M_NOT_FOUND");
  EXPECT_EQ(errcode(get("/v2/rooms/!other:example.org/delete_status")), "M_NOT_FOUND");
}

TEST_F(RoomDeletionTest, BadRequestsAreRefused) {
  for (const auto* version : {"/v1", "/v2"}) {
    const auto path = std::string(version) + "/rooms/" + room;
    EXPECT_EQ(ask("DELETE", path).status, 400) << "a body is needed";
    for (const auto* flag : {"block", "purge", "force_purge"})
      EXPECT_EQ(errcode(ask("DELETE", path, {{flag, "yes"}})), "M_BAD_JSON") << flag;
    const auto foreign = ask("DELETE", path, {{"new_room_user_id", "@root:elsewhere.org"}});
    EXPECT_EQ(foreign.status, 400);
    EXPECT_EQ(errcode(foreign), "M_UNKNOWN");
    EXPECT_EQ(ask("DELETE", std::string(version) + "/rooms/nonsense", matrix::JsonObject()).status, 400);
    EXPECT_EQ(server.call(anna, "DELETE", "/_synapse/admin" + path, matrix::JsonObject()).status, 403);
  }
  EXPECT_EQ(get("/v1/rooms/" + room).status, 200);
}

TEST_F(RoomDeletionTest, HistoryBeforeAnEventGoesAndStateStays) {
  const auto old = event;
  const auto kept = say(bert, room, "from here on");
  ASSERT_EQ(server
                .call(anna, "PUT", "/rooms/" + room + "/send/m.reaction/20",
                      {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", old}, {"key", "x"}}}})
                .status,
            200);
  const auto state = get("/v1/rooms/" + room + "/state").at("/state").as_array().size();
  const auto purge = "/v1/purge_history/" + room;

  const auto nothing = ask("POST", purge + "/" + kept);
  ASSERT_EQ(nothing.status, 200) << nothing.text;
  run_job("homeserver.room_deletions");
  EXPECT_EQ(get("/v1/fetch_event/" + old).status, 200) << "all that is here was said here";

  const auto started = ask("POST", purge + "/" + kept, {{"delete_local_events", true}});
  const auto status = "/v1/purge_history_status/" + started.string_at("/purge_id");
  EXPECT_EQ(get(status).text, R"({"status":"active"})");
  EXPECT_EQ(ask("POST", purge + "/" + kept).status, 400) << "one at a time";
  run_job("homeserver.room_deletions");
  EXPECT_EQ(get(status).text, R"({"status":"complete"})");

  EXPECT_EQ(server.call(anna, "GET", "/rooms/" + room + "/event/" + old).status, 404);
  EXPECT_EQ(get("/v1/fetch_event/" + old).status, 404);
  EXPECT_EQ(get("/v1/fetch_event/" + kept).status, 200);
  EXPECT_EQ(get("/v1/rooms/" + room + "/state").at("/state").as_array().size(), state);
  const auto all = server.call(anna, "GET", "/rooms/" + room + "/messages?dir=b&limit=100");
  EXPECT_FALSE(all.text.contains("word")) << all.text;
  EXPECT_TRUE(all.text.contains("from here on"));
  EXPECT_TRUE(all.text.contains("m.room.create"));
  const auto first =
      server.call(anna, "GET", "/sync?filter=%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A50%7D%7D%7D");
  EXPECT_TRUE(has(first, "join", room));
  EXPECT_FALSE(first.text.contains("word")) << first.text;
  EXPECT_EQ(rows("hs_relation"), 0);
  say(anna, room, "and on it goes");
}

TEST_F(RoomDeletionTest, HistoryGoesBeforeATimeToo) {
  const auto purge = "/v1/purge_history/" + room;
  const auto started = ask("POST", purge, {{"purge_up_to_ts", 4'000'000'000'000}, {"delete_local_events", true}});
  ASSERT_EQ(started.status, 200) << started.text;
  run_job("homeserver.room_deletions");
  EXPECT_EQ(get("/v1/fetch_event/" + event).status, 200) << "the newest stays";
  EXPECT_FALSE(get("/v1/rooms/" + room + "/messages?limit=100").text.contains("word 3"));

  EXPECT_EQ(errcode(ask("POST", purge)), "M_BAD_JSON");
  EXPECT_EQ(errcode(ask("POST", purge, {{"purge_up_to_ts", "soon"}})), "M_BAD_JSON");
  EXPECT_EQ(errcode(ask("POST", purge, {{"purge_up_to_ts", 1}})), "M_NOT_FOUND");
  EXPECT_EQ(errcode(ask("POST", purge + "/$nothing")), "M_NOT_FOUND");
  EXPECT_EQ(errcode(ask("POST", "/v1/purge_history/!other:example.org/" + event)), "M_NOT_FOUND");
  const auto other = make_room(bert, {{"preset", "private_chat"}});
  EXPECT_EQ(ask("POST", "/v1/purge_history/" + other + "/" + event).status, 400) << "an event of another room";
  EXPECT_EQ(errcode(get("/v1/purge_history_status/none")), "M_NOT_FOUND");
  EXPECT_EQ(server.call(anna, "POST", "/_synapse/admin" + purge).status, 403);
}

/// The services alone, which can be stopped anywhere and started again on the same files.
class DeletionResumeTest : public rooms::RoomTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(search::SearchIndexer(*server->db, *server->rooms, *server->lookup).open())
        << "what was said is to be forgotten";
  }
  std::unique_ptr<RoomDeletion> deletion() {
    return std::make_unique<RoomDeletion>(RoomDeletion::Parts{.db = *server->db,
                                                              .rooms = *server->rooms,
                                                              .service = *server->service,
                                                              .settings = server->settings,
                                                              .clock = server->clock,
                                                              .grace = std::chrono::milliseconds(0)});
  }
  std::int64_t rows(const std::string& table) {
    return *server->read([&](store::Connection& connection) -> Result<std::int64_t> {
      return store::number(connection.query("SELECT COUNT(*) FROM " + table));
    });
  }
  std::vector<memory::GoneRoom> gone_of(std::string_view name) {
    return *server->read([&](store::Connection& connection) -> Result<std::vector<memory::GoneRoom>> {
      const auto view = server->users->load(connection, *server->rooms, user(name));
      const base::Lock lock(view->mutex());
      return view->gone();
    });
  }
  std::size_t rooms_of(std::string_view name) {
    return *server->read([&](store::Connection& connection) -> Result<std::size_t> {
      const auto view = server->users->load(connection, *server->rooms, user(name));
      const base::Lock lock(view->mutex());
      return view->memberships().size();
    });
  }
};

TEST_F(DeletionResumeTest, AKillAtAnyStatementIsTakenUpAgain) {
  bool whole = false;
  for (std::int64_t n = 0; !whole; n += 3) {
    ASSERT_LT(n, 400);
    const auto id = public_room("alice");
    ASSERT_TRUE(join("bob", id));
    ASSERT_TRUE(send("bob", id, "word"));
    const auto delete_id =
        server->run(deletion()->start(user("root"), id, {.new_room_user_id = user("root")}, false)).value();
    faults.arm(n, store::FaultPlan::Kind::disk_full, 1'000'000);
    const auto done = server->run(deletion()->carry_out(delete_id));
    whole = !faults.happened();
    faults.disarm();
    EXPECT_EQ(done.has_value(), whole) << n;
    restart();
    ASSERT_TRUE(server->run(deletion()->run())) << n;
    const auto state = server->run(deletion()->state(delete_id)).value();
    EXPECT_EQ(state.status, "complete") << n;
    EXPECT_EQ(state.shutdown_room.kicked_users.size(), 2U) << n;
    EXPECT_EQ(room(id), nullptr) << n;
    EXPECT_EQ(rows("hs_room"), 1) << n << ": one new room, not two";
    EXPECT_EQ(membership(*state.shutdown_room.new_room_id, "bob"), "join") << n;
    EXPECT_EQ(gone_of("bob").front().room_id, id) << n;
    // The new room goes as well: the next round begins with none.
    const auto last = server->run(deletion()->start(user("root"), *state.shutdown_room.new_room_id, {}, false)).value();
    ASSERT_TRUE(server->run(deletion()->carry_out(last)));
    EXPECT_EQ(rows("hs_room"), 0) << n;
  }
}

TEST_F(DeletionResumeTest, AKillBetweenThePiecesOfASweepIsTakenUpAgain) {
  const auto id = public_room("alice");
  std::vector<std::string> people;
  for (int i = 0; i < 300; ++i) people.push_back(user("guest" + std::to_string(i)));
  ASSERT_TRUE(server->run(server->service->join_all(id, people)));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(send("alice", id, std::to_string(i)));
  const auto before = rows("hs_timeline");
  ASSERT_GT(before, 600);
  const auto emptied =
      server->run(deletion()->start(user("root"), id, {.new_room_user_id = {}, .purge = false}, false)).value();
  ASSERT_TRUE(server->run(deletion()->carry_out(emptied)));
  const auto delete_id = server->run(deletion()->start(user("root"), id, {}, false)).value();
  // The room goes, then the pieces of its rows.
  bool between = false;
  for (std::int64_t n = 1; !between; ++n) {
    ASSERT_LT(n, 100);
    faults.arm(n, store::FaultPlan::Kind::disk_full, 1'000'000);
    static_cast<void>(server->run(deletion()->carry_out(delete_id)));
    faults.disarm();
    restart();
    between = rows("hs_purged_room") == 1 && rows("hs_timeline") > 1;
  }
  EXPECT_EQ(room(id), nullptr) << "gone before its rows are";
  EXPECT_EQ(send("alice", id, "never").error().code(), Errc::forbidden);
  ASSERT_TRUE(server->run(deletion()->run()));
  EXPECT_EQ(server->run(deletion()->state(delete_id)).value().status, "complete");
  EXPECT_LE(rows("hs_timeline"), 1);
  EXPECT_EQ(rows("hs_state"), 0);
}

TEST_F(DeletionResumeTest, HistoryGoesOnToGoAfterAKill) {
  bool whole = false;
  for (std::int64_t n = 0; !whole; n += 2) {
    ASSERT_LT(n, 100);
    const auto id = public_room("alice");
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(send("alice", id, std::to_string(i)));
    const auto last = send("alice", id, "last").value();
    const auto purge_id = server->run(deletion()->start_history(id, last.pos, true)).value();
    faults.arm(n, store::FaultPlan::Kind::disk_full, 1'000'000);
    static_cast<void>(server->run(deletion()->carry_out(purge_id)));
    whole = !faults.happened();
    faults.disarm();
    restart();
    ASSERT_TRUE(server->run(deletion()->run())) << n;
    EXPECT_EQ(server->run(deletion()->history_state(purge_id)).value().status, "complete") << n;
    EXPECT_EQ(std::ranges::count(story(id), "m.room.message"), 1) << n;
    EXPECT_EQ(state(id, "m.room.create")->event->type, "m.room.create");
  }
}

TEST_F(DeletionResumeTest, NumbersAreNotGivenTwiceAndPeopleAreToldForAMonth) {
  const auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  const auto num = room(id)->num();
  const auto held = room(id);
  const auto alice_before = rooms_of("alice");
  auto service = deletion();
  ASSERT_TRUE(server->run(service->carry_out(server->run(service->start(user("root"), id, {}, false)).value())));
  EXPECT_TRUE(held->is_gone());
  EXPECT_EQ(rooms_of("alice"), alice_before - 1);
  EXPECT_EQ(gone_of("alice").at(0).room_id, id);
  const auto live = gone_of("alice").at(0).pos;
  const auto next = public_room("alice");
  EXPECT_GT(room(next)->num(), num);
  restart();
  EXPECT_EQ(gone_of("alice").at(0).pos, live) << "told by the event by which they left";
  service = deletion();
  const auto month = std::chrono::milliseconds(RoomDeletion::kTellMembers).count() + 60'000;
  ASSERT_TRUE(server->run(service->sweep(server->clock.unix_ms())));
  EXPECT_EQ(rows("hs_membership"), 3) << "two who were there, and one who is";
  ASSERT_TRUE(server->run(service->sweep(server->clock.unix_ms() + month)));
  EXPECT_EQ(rows("hs_membership"), 1);
  EXPECT_EQ(rows("hs_deletion"), 0);
  EXPECT_EQ(rows("hs_purged_room"), 1) << "its number stays taken";
  restart();
  EXPECT_TRUE(gone_of("bob").empty());
}

TEST_F(DeletionResumeTest, WhatIsSentBesideAPurgeGoesNowhere) {
  const auto id = public_room("alice");
  using boost::asio::use_future;
  std::vector<std::future<Result<rooms::Sent>>> sent;
  auto service = deletion();
  const auto delete_id = server->run(service->start(user("root"), id, {}, false)).value();
  auto deleted = boost::asio::co_spawn(server->io, service->carry_out(delete_id), use_future);
  for (int i = 0; i < 200; ++i) {
    sent.push_back(boost::asio::co_spawn(server->io,
                                         server->service->send(actor("alice"), id, "m.room.message",
                                                               {{"body", std::to_string(i)}, {"msgtype", "m.text"}}),
                                         use_future));
  }
  ASSERT_TRUE(deleted.get());
  for (auto& one : sent) {
    const auto done = one.get();
    if (!done) EXPECT_EQ(done.error().code(), Errc::forbidden);
  }
  ASSERT_TRUE(server->run(service->sweep(server->clock.unix_ms())));
  EXPECT_LE(rows("hs_timeline"), 1);
  EXPECT_EQ(room(id), nullptr);
}

}  // namespace
}  // namespace troupe::homeserver::admin
