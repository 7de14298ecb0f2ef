// Reports of events, rooms and people, and Synapse's admin API of them.
#include <gtest/gtest.h>

#include "homeserver/admin_person_fixture.h"
#include "homeserver/reports/reports.h"

namespace troupe::homeserver::reports {
namespace {

using matrix::Json;
using matrix::JsonObject;

class ReportsTest : public testing::Test {
 protected:
  std::string admin() { return admin_person(server_); }
  /// A room of anna's; private unless said otherwise.
  std::string room_of(const std::string& token, JsonObject more = {}) {
    return server_.call(token, "POST", "/createRoom", std::move(more)).string_at("/room_id");
  }
  std::string say(const std::string& token, const std::string& room, const std::string& text) {
    const auto path = "/rooms/" + room + "/send/m.room.message/" + std::to_string(++sent_);
    return server_.call(token, "PUT", path, JsonObject{{"msgtype", "m.text"}, {"body", text}}).string_at("/event_id");
  }
  WholeAnswer report(const std::string& token, const std::string& room, const std::string& event,
                     JsonObject body = {{"reason", "rude"}, {"score", -100}}) {
    return server_.call(token, "POST", "/rooms/" + room + "/report/" + event, std::move(body));
  }
  WholeAnswer reports(const std::string& token, const std::string& rest = "/event_reports") {
    return server_.call(token, "GET", "/_synapse/admin/v1" + rest);
  }
  /// The numbers of a page, and how many there are in all: "3 2 of 5".
  static std::string ids(const WholeAnswer& page, const std::string& list = "/event_reports") {
    std::string out;
    for (const auto& row : page.at(list).as_array()) out += boost::json::serialize(row.at("event_id")) + " ";
    return out + "of " + boost::json::serialize(page.at("/total"));
  }

  WholeServer server_;
  int sent_ = 0;
};

TEST_F(ReportsTest, AnEventIsReportedAndRead) {
  const auto anna = server_.person("anna"), bert = server_.person("bert"), rosa = admin();
  const auto room = room_of(
      anna, {{"preset", "public_chat"}, {"name", "Garden"}, {"room_alias_name", "garden"}, {"room_version", "11"}});
  ASSERT_EQ(server_.call(bert, "POST", "/join/" + room).status, 200);
  const auto event = say(anna, room, "something rude");
  EXPECT_EQ(report(bert, room, event).text, "{}");
  EXPECT_EQ(report(anna, room, event, {}).status, 200) << "reason and score may be absent";

  const auto page = reports(rosa);
  ASSERT_EQ(page.status, 200) << page.text;
  EXPECT_EQ(page.at("/total"), 2);
  EXPECT_TRUE(page.at("/next_token").is_null());
  EXPECT_EQ(page.string_at("/event_reports/0/user_id"), "@anna:example.org") << "newest first";
  EXPECT_TRUE(page.json.at("event_reports").at(0).as_object().contains("reason")) << "null, but there";
  EXPECT_TRUE(page.at("/event_reports/0/score").is_null());
  const auto first = page.at("/event_reports/1").as_object();
  EXPECT_EQ(first.at("user_id"), "@bert:example.org");
  EXPECT_EQ(first.at("sender"), "@anna:example.org");
  EXPECT_EQ(first.at("room_id"), Json(room));
  EXPECT_EQ(first.at("event_id"), Json(event));
  EXPECT_EQ(first.at("name"), "Garden");
  EXPECT_EQ(first.at("canonical_alias"), "#garden:example.org");
  EXPECT_EQ(first.at("reason"), "rude");
  EXPECT_EQ(first.at("score"), -100);
  EXPECT_GT(first.at("received_ts").as_int64(), 0);

  const auto path = "/event_reports/" + boost::json::serialize(first.at("id"));
  const auto one = reports(rosa, path);
  EXPECT_EQ(one.string_at("/event_json/content/body"), "something rude");
  EXPECT_EQ(one.string_at("/reason"), "rude");
  EXPECT_EQ(server_.call(rosa, "DELETE", "/_synapse/admin/v1" + path).text, "{}");
  EXPECT_EQ(reports(rosa, path).status, 404);
  EXPECT_EQ(server_.call(rosa, "DELETE", "/_synapse/admin/v1" + path).string_at("/errcode"), "M_NOT_FOUND");
  EXPECT_EQ(reports(rosa).at("/total"), 1);
}

TEST_F(ReportsTest, WhatOneMayNotSeeIsNotThere) {
  const auto anna = server_.person("anna"), bert = server_.person("bert");
  const auto room = room_of(anna), other = room_of(bert);
  const auto event = say(anna, room, "secret");
  const auto missing = report(anna, room, "$0123456789012345678901234567890123456789012");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.string_at("/errcode"), "M_NOT_FOUND");
  EXPECT_EQ(report(bert, room, event).text, missing.text) << "not in the room";
  EXPECT_EQ(report(bert, other, event).text, missing.text) << "of another room";
  EXPECT_EQ(report(bert, "!nowhere:example.org", event).text, missing.text);
  EXPECT_EQ(report(anna, room, "not-an-id").text, missing.text);
  const auto redacted = say(anna, room, "gone");
  ASSERT_EQ(server_.call(anna, "PUT", "/rooms/" + room + "/redact/" + redacted + "/r", JsonObject()).status, 200);
  EXPECT_EQ(report(anna, room, redacted).text, missing.text);
  ASSERT_EQ(server_.call(anna, "POST", "/rooms/" + room + "/leave").status, 200);
  EXPECT_EQ(report(anna, room, event).text, missing.text) << "left";
}

TEST_F(ReportsTest, WhatWasSaidBeforeOneMaySeeItIsNotThere) {
  const auto anna = server_.person("anna"), bert = server_.person("bert");
  JsonObject joined{{"type", "m.room.history_visibility"}, {"content", {{"history_visibility", "joined"}}}};
  const auto room = room_of(anna, {{"preset", "public_chat"}, {"initial_state", matrix::JsonArray{std::move(joined)}}});
  const auto before = say(anna, room, "before");
  ASSERT_EQ(server_.call(bert, "POST", "/join/" + room).status, 200);
  EXPECT_EQ(report(bert, room, before).status, 404);
  EXPECT_EQ(report(bert, room, say(anna, room, "after")).status, 200);
}

TEST_F(ReportsTest, RoomsAndPeopleAreReported) {
  const auto anna = server_.person("anna"), bert = server_.person("bert"), rosa = admin();
  const auto room = room_of(anna, {{"name", "Cellar"}});
  EXPECT_EQ(server_.call(bert, "POST", "/rooms/" + room + "/report", JsonObject{{"reason", "dark"}}).text, "{}")
      << "one need not be in it";
  EXPECT_EQ(server_.call(bert, "POST", "/rooms/!nowhere:example.org/report", JsonObject{{"reason", ""}}).status, 404);
  EXPECT_EQ(server_.call(bert, "POST", "/users/@anna:example.org/report", JsonObject{{"reason", "loud"}}).text, "{}");
  for (const auto* nobody : {"@nobody:example.org", "@anna:elsewhere.org", "anna"}) {
    const auto answer = server_.call(bert, "POST", std::string("/users/") + nobody + "/report", JsonObject());
    EXPECT_EQ(answer.status, 404) << nobody;
    EXPECT_EQ(answer.string_at("/errcode"), "M_NOT_FOUND") << nobody;
  }
  const auto rooms = reports(rosa, "/room_reports");
  EXPECT_EQ(rooms.at("/total"), 1) << rooms.text;
  EXPECT_EQ(rooms.string_at("/room_reports/0/name"), "Cellar");
  EXPECT_EQ(rooms.string_at("/room_reports/0/room_id"), room);
  EXPECT_EQ(rooms.string_at("/room_reports/0/reason"), "dark");
  EXPECT_TRUE(rooms.json.at("room_reports").at(0).at("canonical_alias").is_null());
  const auto people = reports(rosa, "/user_reports?target_user_id=ANNA&user_id=bert");
  EXPECT_EQ(people.at("/total"), 1) << people.text;
  EXPECT_EQ(people.string_at("/user_reports/0/target_user_id"), "@anna:example.org");
  EXPECT_EQ(people.string_at("/user_reports/0/user_id"), "@bert:example.org");
  EXPECT_EQ(reports(rosa, "/user_reports?target_user_id=bert").at("/total"), 0);

  // Each kind has its own numbers.
  const auto id = boost::json::serialize(people.at("/user_reports/0/id"));
  EXPECT_EQ(reports(rosa, "/user_reports/" + id).string_at("/reason"), "loud");
  EXPECT_EQ(reports(rosa, "/event_reports/" + id).status, 404);
  EXPECT_EQ(reports(rosa, "/room_reports/" + id).status, 404);
  EXPECT_EQ(server_.call(rosa, "DELETE", "/_synapse/admin/v1/room_reports/" + id).status, 404);
  EXPECT_EQ(server_.call(rosa, "DELETE", "/_synapse/admin/v1/user_reports/" + id).status, 200);
}

TEST_F(ReportsTest, PagesAndFilters) {
  const auto anna = server_.person("anna"), bert = server_.person("bert"), rosa = admin();
  const auto room = room_of(anna, {{"preset", "public_chat"}}), other = room_of(anna);
  ASSERT_EQ(server_.call(bert, "POST", "/join/" + room).status, 200);
  const auto a = say(anna, room, "a"), b = say(bert, room, "b"), c = say(anna, other, "c");
  for (const auto& event : {a, b}) ASSERT_EQ(report(bert, room, event).status, 200);
  ASSERT_EQ(report(anna, other, c).status, 200);
  const auto quoted = [](const std::string& id) { return '"' + id + "\" "; };
  EXPECT_EQ(ids(reports(rosa, "/event_reports?dir=f")), quoted(a) + quoted(b) + quoted(c) + "of 3");
  EXPECT_EQ(ids(reports(rosa, "/event_reports?dir=b&limit=1")), quoted(c) + "of 3");
  EXPECT_EQ(reports(rosa, "/event_reports?limit=1").at("/next_token"), 1);
  const auto last = reports(rosa, "/event_reports?limit=1&from=2");
  EXPECT_EQ(ids(last), quoted(a) + "of 3");
  EXPECT_TRUE(last.at("/next_token").is_null());
  EXPECT_EQ(ids(reports(rosa, "/event_reports?user_id=@anna")), quoted(c) + "of 1");
  EXPECT_EQ(ids(reports(rosa, "/event_reports?room_id=" + room)), quoted(b) + quoted(a) + "of 2");
  EXPECT_EQ(ids(reports(rosa, "/event_reports?event_sender_user_id=@bert:example.org")), quoted(b) + "of 1");
  EXPECT_EQ(ids(reports(rosa, "/event_reports?sender_user_id=@bert:example.org")), quoted(b) + "of 1");
  EXPECT_EQ(ids(reports(rosa, "/event_reports?user_id=%25")), "of 0") << "a sign, not a pattern";
  for (const auto* bad : {"from=-1", "limit=-1", "limit=x", "dir=up"}) {
    EXPECT_EQ(reports(rosa, std::string("/event_reports?") + bad).string_at("/errcode"), "M_INVALID_PARAM") << bad;
  }
  for (const auto* bad : {"x", "-1", "1.5"}) {
    EXPECT_EQ(reports(rosa, std::string("/event_reports/") + bad).string_at("/errcode"), "M_INVALID_PARAM") << bad;
  }
}

TEST_F(ReportsTest, OnlyAdministratorsReadThem) {
  const auto anna = server_.person("anna");
  for (const auto* path : {"/event_reports", "/room_reports", "/user_reports", "/event_reports/1"}) {
    EXPECT_EQ(reports(anna, path).string_at("/errcode"), "M_FORBIDDEN") << path;
    EXPECT_EQ(reports("", path).string_at("/errcode"), "M_MISSING_TOKEN") << path;
  }
  EXPECT_EQ(server_.call(anna, "DELETE", "/_synapse/admin/v1/event_reports/1").status, 403);
  EXPECT_EQ(report("", "!r", "$e").status, 401);
}

TEST_F(ReportsTest, BadBodiesAreRefused) {
  const auto anna = server_.person("anna");
  const auto room = room_of(anna);
  const auto event = say(anna, room, "a");
  EXPECT_EQ(report(anna, room, event, {{"reason", 5}}).string_at("/errcode"), "M_BAD_JSON");
  EXPECT_EQ(report(anna, room, event, {{"score", "low"}}).string_at("/errcode"), "M_BAD_JSON");
  EXPECT_EQ(report(anna, room, event, {{"score", 1.5}}).string_at("/errcode"), "M_BAD_JSON");
  EXPECT_EQ(report(anna, room, event, {{"reason", std::string(4097, 'x')}}).string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(report(anna, room, event, {{"reason", nullptr}, {"score", nullptr}}).status, 200);
  EXPECT_EQ(server_.call(anna, "POST", "/rooms/" + room + "/report", JsonObject{{"reason", 1}}).string_at("/errcode"),
            "M_BAD_JSON");
}

TEST_F(ReportsTest, APersonHasAThousandOpenOnes) {
  const auto anna = server_.person("anna"), bert = server_.person("bert");
  ASSERT_TRUE(server_.db->write_now([](store::Tx& tx) -> Result<Unit> {
    for (std::int64_t i = 1; i <= Reports::kMaxPerPerson; ++i) {
      ReportRow row;
      row.id = 1'000'000'000 + i;  // where the stream is not yet
      row.kind = ReportKind::person;
      row.user_id = "@anna:example.org";
      report_store::insert(tx, row);
    }
    return Unit{};
  }));
  const auto more = server_.call(anna, "POST", "/users/@bert:example.org/report", JsonObject());
  EXPECT_EQ(more.status, 429);
  EXPECT_EQ(more.string_at("/errcode"), "M_LIMIT_EXCEEDED");
  EXPECT_EQ(server_.call(bert, "POST", "/users/@anna:example.org/report", JsonObject()).status, 200);
}

}  // namespace
}  // namespace troupe::homeserver::reports
