// Sending, state, redactions, relations.
#include "homeserver/rooms/room_service.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>

#include "homeserver/rooms/room_fixture.h"

namespace troupe::homeserver::rooms {
namespace {

using matrix::JsonObject;

class RoomServiceTest : public RoomTest {
 protected:
  memory::StoredEventPtr stored(StreamPos pos) {
    memory::StoredEventPtr found;
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      found = memory::event_store::load_event(connection, pos);
      return Unit{};
    });
    EXPECT_TRUE(read);
    return found;
  }
  std::int64_t count(std::string sql) {
    std::int64_t number = -1;
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      number = store::number(connection.query(sql));
      return Unit{};
    });
    EXPECT_TRUE(read);
    return number;
  }
  /// How many stored events hold this text. (LIKE finds nothing in bytes, on some SQLites.)
  std::ptrdiff_t rows_with(std::string_view text) {
    std::vector<std::string> rows;
    auto read = server->read([&](store::Connection& connection) -> Result<Unit> {
      rows = store::values<std::string, store::Bytes>(connection.query("SELECT body FROM hs_event"));
      std::ranges::copy(store::values<std::string>(connection.query("SELECT bytes FROM hs_event")),
                        std::back_inserter(rows));
      return Unit{};
    });
    EXPECT_TRUE(read);
    return std::ranges::count_if(rows, [&](const std::string& row) { return row.contains(text); });
  }
  Result<Sent> redact(std::string_view who, const std::string& room_id, const std::string& event_id) {
    return server->run(server->service->redact(actor(who), room_id, event_id, {{"reason", "spam"}}));
  }
  static JsonObject relation(std::string_view rel_type, const std::string& event_id, JsonObject more = {}) {
    more["rel_type"] = rel_type;
    more["event_id"] = event_id;
    return {{"body", "x"}, {"msgtype", "m.text"}, {"m.relates_to", std::move(more)}};
  }
};

TEST_F(RoomServiceTest, SendsAndKeepsTransactionIdsOverARestart) {
  auto id = public_room("alice");
  auto first = send(with_txn("alice", "t1"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(first) << first.error().message();
  auto again = send(with_txn("alice", "t1"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->event_id, first->event_id);
  EXPECT_TRUE(again->duplicate);
  restart();
  auto after = send(with_txn("alice", "t1"), id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(after);
  EXPECT_EQ(after->event_id, first->event_id);
  auto other_device = with_txn("alice", "t1");
  other_device.device_id = "TABLET";
  auto other = send(other_device, id, "m.room.message", {{"body", "hi"}});
  ASSERT_TRUE(other);
  EXPECT_NE(other->event_id, first->event_id);
  EXPECT_GT(other->pos, first->pos);
  EXPECT_EQ(stored(first->pos)->txn_id, "t1");
  EXPECT_EQ(stored(first->pos)->device, "PHONE");
}

TEST_F(RoomServiceTest, TheSameRequestManyTimesAtOnceMakesOneEvent) {
  auto id = public_room("alice");
  std::vector<std::future<Result<Sent>>> tries;
  for (int i = 0; i < 50; ++i)
    tries.push_back(boost::asio::co_spawn(
        server->io, server->service->send(with_txn("alice", "same"), id, "m.room.message", {{"body", "hi"}}),
        boost::asio::use_future));
  std::set<std::string> ids;
  int duplicates = 0;
  for (auto& one : tries) {
    auto sent = one.get();
    ASSERT_TRUE(sent);
    ids.insert(sent->event_id);
    duplicates += sent->duplicate;
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(duplicates, 49);
}

TEST_F(RoomServiceTest, AFailedTryIsNotRemembered) {
  auto id = public_room("alice");
  EXPECT_EQ(send(with_txn("bob", "t1"), id, "m.room.message", {}).error().code(), Errc::forbidden);
  ASSERT_TRUE(join("bob", id));
  auto sent = send(with_txn("bob", "t1"), id, "m.room.message", {});
  ASSERT_TRUE(sent);
  EXPECT_FALSE(sent->duplicate);
}

TEST_F(RoomServiceTest, TheSameRoomAfterARestart) {
  auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  ASSERT_TRUE(set_state("alice", id, "m.room.name", "", {{"name", "Tea"}}));
  std::string last;
  for (int i = 0; i < 100; ++i) last = send("bob", id, std::to_string(i))->event_id;
  auto before = room(id);
  auto old_depth = before->depth();
  before.reset();
  restart();
  auto after = room(id);
  EXPECT_EQ(after->depth(), old_depth);
  EXPECT_EQ(after->last_event_id(), last);
  EXPECT_EQ(after->joined_count(), 2U);
  EXPECT_EQ(membership(id, "bob"), "join");
  EXPECT_GT(after->tail_complete_after(), 0);
  EXPECT_LE(after->tail().size(), memory::Room::kTailEvents);
  auto next = send("bob", id, "next");
  ASSERT_TRUE(next);
  EXPECT_EQ(matrix::linked_events(after->version(), *stored(next->pos)->event, "prev_events").value(),
            std::vector{last});
  EXPECT_GT(next->pos, after->tail_complete_after());
}

TEST_F(RoomServiceTest, RefusesOutsidersAndUnknownRoomsAlike) {
  auto id = must_create("alice");
  auto outside = send("bob", id, "hi");
  auto unknown = send("bob", "!" + std::string(43, 'a'), "hi");
  EXPECT_EQ(outside.error().code(), Errc::forbidden);
  EXPECT_EQ(unknown.error().code(), Errc::forbidden);
  EXPECT_EQ(outside.error().message(), unknown.error().message());
}

TEST_F(RoomServiceTest, RefusesWhatIsNoEvent) {
  auto id = public_room("alice");
  EXPECT_EQ(send(actor("alice"), id, "m.room.message", {{"n", 1.5}}).error().code(), Errc::bad_json);
  EXPECT_EQ(send(actor("alice"), id, "m.room.message", {{"n", std::int64_t{1} << 60}}).error().code(), Errc::bad_json);
  EXPECT_EQ(send(actor("alice"), id, "m.room.message", {{"body", std::string(70'000, 'x')}}).error().code(),
            Errc::too_large);
  EXPECT_EQ(send(actor("alice"), id, std::string(256, 't'), {}).error().code(), Errc::too_large);
  EXPECT_EQ(set_state("alice", id, "t", std::string(256, 'k'), {}).error().code(), Errc::too_large);
}

TEST_F(RoomServiceTest, ARoomIsCreatedOnce) {
  auto id = public_room("alice");
  for (const auto* who : {"alice", "stranger"}) {
    for (const auto* key : {"", "other", "@alice:example.org"})
      EXPECT_EQ(set_state(who, id, "m.room.create", key, {}).error().code(), Errc::bad_json) << who << " " << key;
    EXPECT_EQ(send(actor(who), id, "m.room.create", {}).error().code(), Errc::bad_json) << who;
  }
}

TEST_F(RoomServiceTest, PowerLevelsListNoCreators) {
  auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  ASSERT_TRUE(join("carol", id));
  ASSERT_TRUE(set_state("alice", id, "m.room.power_levels", "", {{"users", {{user("bob"), 100}}}}));
  const JsonObject listing{{"users", {{user("alice"), 100}, {user("bob"), 100}}}};
  for (const auto* who : {"alice", "bob"})
    EXPECT_EQ(set_state(who, id, "m.room.power_levels", "", listing).error().code(), Errc::bad_json) << who;
  for (const auto* who : {"carol", "stranger"})
    EXPECT_EQ(set_state(who, id, "m.room.power_levels", "", listing).error().code(), Errc::forbidden) << who;
  EXPECT_EQ(set_state("alice", id, "m.room.power_levels", "other", listing).error().code(), Errc::forbidden)
      << "with another key they are no levels of the room: the rules speak";
  EXPECT_EQ(state(id, "m.room.power_levels")->event->content.at("users"), (JsonObject{{user("bob"), 100}}));
  auto v11 = public_room("alice", "11");
  EXPECT_TRUE(set_state("alice", v11, "m.room.power_levels", "", listing));
}

TEST_F(RoomServiceTest, EqualStateIsNotWrittenAgain) {
  auto id = public_room("alice");
  auto first = set_state("alice", id, "m.room.topic", "", {{"topic", "tea"}});
  ASSERT_TRUE(first);
  auto again = set_state("alice", id, "m.room.topic", "", {{"topic", "tea"}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->event_id, first->event_id);
  auto other = set_state("alice", id, "m.room.topic", "", {{"topic", "coffee"}});
  ASSERT_TRUE(other);
  EXPECT_NE(other->event_id, first->event_id);
  EXPECT_EQ(stored(other->pos)->replaces, first->pos);
  ASSERT_TRUE(join("bob", id));
  EXPECT_EQ(set_state("bob", id, "m.room.topic", "", {{"topic", "coffee"}}).error().code(), Errc::forbidden);
}

TEST_F(RoomServiceTest, RedactsAtOnceAndForGood) {
  for (const auto* version : {"10", "11", "12"}) {
    auto id = public_room("alice", version);
    ASSERT_TRUE(join("bob", id));
    ASSERT_TRUE(join("carol", id));
    auto sent = send("bob", id, "a secret");
    ASSERT_TRUE(sent);
    EXPECT_EQ(redact("carol", id, sent->event_id).error().code(), Errc::forbidden);
    auto redaction = redact("bob", id, sent->event_id);
    ASSERT_TRUE(redaction) << redaction.error().message();
    auto pruned = stored(sent->pos);
    EXPECT_EQ(pruned->event->event_id, sent->event_id);
    EXPECT_TRUE(pruned->event->content.empty());
    EXPECT_EQ(pruned->redacted_by, redaction->pos);
    EXPECT_EQ(pruned->flags & memory::kNotifies, 0U);
    EXPECT_EQ(pruned->client_open.find("secret"), std::string::npos);
    EXPECT_EQ(stored(redaction->pos)->event->redacts, sent->event_id);
    auto found = room(id);
    for (const auto& event : found->tail()) EXPECT_EQ(event->event->pdu.find("a secret"), std::string::npos);
    EXPECT_TRUE(redact("alice", id, sent->event_id)) << "a moderator may, and twice is no harm";
    EXPECT_EQ(stored(sent->pos)->redacted_by, redaction->pos);
  }
  EXPECT_GT(rows_with("m.room.create"), 0);
  EXPECT_EQ(rows_with("a secret"), 0);
}

TEST_F(RoomServiceTest, RedactsThroughSendAndOnlyInTheSameRoom) {
  auto id = public_room("alice");
  auto other = public_room("alice");
  auto sent = send("alice", id, "hi");
  EXPECT_EQ(redact("alice", other, sent->event_id).error().code(), Errc::not_found);
  EXPECT_EQ(redact("alice", id, "$" + std::string(43, 'a')).error().code(), Errc::not_found);
  EXPECT_EQ(redact("alice", id, "nonsense").error().code(), Errc::not_found);
  EXPECT_EQ(send(actor("alice"), id, "m.room.redaction", {}).error().code(), Errc::bad_json);
  ASSERT_TRUE(send(actor("alice"), id, "m.room.redaction", {{"redacts", sent->event_id}}));
  EXPECT_TRUE(stored(sent->pos)->redacted_by);
  EXPECT_EQ(redact("alice", id, state(id, "m.room.create")->event->event_id).error().code(), Errc::forbidden);
}

TEST_F(RoomServiceTest, ARedactedStateEventStaysAsPrunedState) {
  auto id = public_room("alice");
  auto named = set_state("alice", id, "m.room.name", "", {{"name", "Rude"}});
  ASSERT_TRUE(redact("alice", id, named->event_id));
  EXPECT_TRUE(state(id, "m.room.name")->event->content.empty());
  ASSERT_TRUE(redact("alice", id, state(id, "m.room.member", user("alice"))->event->event_id));
  EXPECT_EQ(membership(id, "alice"), "join");
  restart();
  EXPECT_TRUE(state(id, "m.room.name")->event->content.empty());
  EXPECT_EQ(room(id)->joined_count(), 1U);
  auto again = set_state("alice", id, "m.room.name", "", {});
  ASSERT_TRUE(again);
  EXPECT_NE(again->event_id, named->event_id) << "a redacted event is not answered as equal state";
}

TEST_F(RoomServiceTest, KeepsRelations) {
  auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  auto root = send("alice", id, "root");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send("alice", id, "far away"));  // beyond the tail
  ASSERT_TRUE(send(actor("bob"), id, "m.room.message", relation("m.thread", root->event_id)));
  ASSERT_TRUE(send(actor("bob"), id, "m.room.message", relation("m.reference", root->event_id)));
  auto edit = send(actor("alice"), id, "m.room.message", relation("m.replace", root->event_id));
  ASSERT_TRUE(edit);
  EXPECT_EQ(stored(edit->pos)->flags & (memory::kIsEdit | memory::kNotifies), memory::kIsEdit + 0U);
  auto of = [&](const std::string& rel_type) {
    return count("SELECT COUNT(*) FROM hs_relation WHERE parent = " + std::to_string(root->pos) + " AND rel_type = '" +
                 rel_type + "'");
  };
  EXPECT_EQ(of("m.thread"), 1);
  EXPECT_EQ(of("m.reference"), 1);
  EXPECT_EQ(of("m.replace"), 1);
  ASSERT_TRUE(send(actor("bob"), id, "m.room.message", relation("m.replace", root->event_id)));
  ASSERT_TRUE(send(actor("alice"), id, "m.sticker", relation("m.replace", root->event_id)));
  ASSERT_TRUE(send(actor("alice"), id, "m.room.message", relation("m.replace", edit->event_id)));
  EXPECT_EQ(of("m.replace"), 1) << "others' edits, other types and edits of edits do not count";
  ASSERT_TRUE(redact("alice", id, edit->event_id));
  EXPECT_EQ(of("m.replace"), 0);
  ASSERT_TRUE(send(actor("bob"), id, "m.room.message", relation("m.thread", "$" + std::string(43, 'a'))));
  ASSERT_TRUE(send(actor("bob"), id, "m.room.message", {{"m.relates_to", "odd"}}));
}

TEST_F(RoomServiceTest, AThreadBeginsAtAnEventWithoutRelation) {
  auto id = public_room("alice");
  auto root = send("alice", id, "root");
  ASSERT_TRUE(root);
  const auto in_thread = [&](const std::string& event_id, std::string txn = {}) {
    return send(txn.empty() ? actor("alice") : with_txn("alice", std::move(txn)), id, "m.room.message",
                relation("m.thread", event_id));
  };
  auto answer = in_thread(root->event_id);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(in_thread(root->event_id)) << "a thread has many answers";
  auto edit = send(actor("alice"), id, "m.room.message", relation("m.replace", root->event_id));
  auto reaction = send(actor("alice"), id, "m.reaction", relation("m.annotation", root->event_id, {{"key", "x"}}));
  auto named = send(actor("alice"), id, "m.room.message", relation("org.example.other", root->event_id));
  for (const auto* parent : {&*answer, &*edit, &*reaction, &*named}) {
    auto refused = in_thread(parent->event_id, "again");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().http_status(), 400);
    EXPECT_EQ(refused.error().wire_code(), "M_UNKNOWN");
  }
  auto reply = send(actor("alice"), id, "m.room.message",
                    {{"m.relates_to", {{"m.in_reply_to", {{"event_id", root->event_id}}}}}});
  EXPECT_TRUE(in_thread(reply->event_id, "again")) << "a refused transaction id may be used again";
  ASSERT_TRUE(redact("alice", id, answer->event_id));
  EXPECT_TRUE(in_thread(answer->event_id)) << "it has lost its relation";
  auto elsewhere = public_room("alice");
  EXPECT_TRUE(send(actor("alice"), elsewhere, "m.room.message", relation("m.thread", edit->event_id)))
      << "what another room has is not known in this one";
}

TEST_F(RoomServiceTest, TheSameReactionTwiceIsRefused) {
  auto id = public_room("alice");
  auto root = send("alice", id, "root");
  auto react = [&](std::string key) {
    return send(actor("alice"), id, "m.reaction",
                {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", root->event_id}, {"key", key}}}});
  };
  auto first = react("👍");
  ASSERT_TRUE(first);
  auto twice = react("👍");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().wire_code(), "M_DUPLICATE_ANNOTATION");
  EXPECT_TRUE(react("🎉"));
  ASSERT_TRUE(redact("alice", id, first->event_id));
  EXPECT_TRUE(react("👍"));
}

TEST_F(RoomServiceTest, MentionsAreNotedForMembersOnly) {
  auto id = public_room("alice");
  ASSERT_TRUE(join("bob", id));
  auto sent = send(actor("alice"), id, "m.room.message",
                   {{"body", "x"}, {"m.mentions", {{"user_ids", {user("bob"), user("alice"), user("nobody"), 5}}}}});
  ASSERT_TRUE(sent);
  EXPECT_EQ(count("SELECT COUNT(*) FROM hs_notify WHERE pos = " + std::to_string(sent->pos)), 1);
  EXPECT_EQ(count("SELECT kind FROM hs_notify WHERE user_id = '@bob:example.org'"), 3);
  ASSERT_TRUE(redact("alice", id, sent->event_id));
  EXPECT_EQ(count("SELECT COUNT(*) FROM hs_notify"), 0);
  auto all = send(actor("alice"), id, "m.room.message", {{"m.mentions", {{"room", true}}}});
  EXPECT_TRUE(stored(all->pos)->flags & memory::kHighlightsRoom);
  auto by_member = send(actor("bob"), id, "m.room.message", {{"m.mentions", {{"room", true}}}});
  EXPECT_FALSE(stored(by_member->pos)->flags & memory::kHighlightsRoom);
}

TEST_F(RoomServiceTest, OldTransactionsAreForgotten) {
  ASSERT_TRUE(server->run(server->db->write([&](store::Tx& tx) -> Result<Unit> {
    for (int i = 0; i < 1200; ++i)
      memory::event_store::insert_txn(tx, memory::txn_hash("u", "d", std::to_string(i)), 0, 5);
    memory::event_store::insert_txn(tx, memory::txn_hash("u", "d", "new"), 0, server->clock.unix_ms());
    return Unit{};
  })));
  ASSERT_TRUE(server->run(server->service->forget_old_txns(server->clock.unix_ms())));
  EXPECT_EQ(count("SELECT COUNT(*) FROM hs_txn"), 1);
}

}  // namespace
}  // namespace troupe::homeserver::rooms
