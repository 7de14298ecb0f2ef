// Synapse's admin API of uploads.
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/admin_person_fixture.h"
#include "matrix/media_repository.h"

namespace troupe::homeserver::media_admin {
namespace {

using matrix::JsonObject;

constexpr std::string_view kMediaAdmin = "/_synapse/admin/v1";

class MediaAdminTest : public testing::Test {
 protected:
  MediaAdminTest() : anna_(server_.person("anna")) { rosa_ = admin_person(server_); }
  /// The id of an upload.
  std::string upload(std::string bytes, std::string name = {}, const std::string& user = "@anna:example.org") {
    auto& media = server_.context->get<matrix::MediaRepository>();
    matrix::Media file{.bytes = std::move(bytes), .content_type = "text/plain", .name = std::move(name)};
    const auto uri = server_.wait(media.upload(user, std::move(file))).value();
    return uri.substr(uri.rfind('/') + 1);
  }
  WholeAnswer admin(std::string method, const std::string& path) {
    return server_.call(rosa_, std::move(method), std::string(kMediaAdmin) + path);
  }
  int download(const std::string& id, const std::string& query = {}) { return download_by(anna_, id, query); }
  int download_by(const std::string& token, const std::string& id, const std::string& query = {}) {
    return server_.call(token, "GET", "/_matrix/client/v1/media/download/example.org/" + id + query).status;
  }
  std::filesystem::path file_of(std::string_view bytes) {
    const auto hash = base::hex(base::sha256(bytes));
    return server_.dir.path() / "media" / hash.substr(0, 2) / hash;
  }
  static void make_old(const std::filesystem::path& file) {
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));
  }
  void edit(std::string_view sql) {
    ASSERT_TRUE(server_.db->write_now([&](store::Tx& tx) -> Result<Unit> {
      tx.run(sql);
      return Unit{};
    }));
  }
  static std::string ids(const WholeAnswer& page) {
    std::string out;
    if (!page.at("/media").is_array()) return page.text;
    for (const auto& row : page.at("/media").as_array())
      out += std::string(matrix::view(row.at("upload_name").as_string())) + ' ';
    return out;
  }
  void run_job(std::string_view name) {
    for (const auto& job : server_.context->jobs())
      if (job.name == name) ASSERT_TRUE(server_.wait(job.run()).has_value());
  }
  std::string mxc(const std::string& id) { return "mxc://example.org/" + id; }

  WholeServer server_;
  std::string anna_;
  std::string rosa_;
};

TEST_F(MediaAdminTest, QuarantineHoldsForTheContent) {
  const auto first = upload("bad"), twin = upload("bad"), other = upload("good");
  EXPECT_EQ(admin("POST", "/media/quarantine/example.org/" + first).text, "{}");
  EXPECT_EQ(download(first), 404);
  EXPECT_EQ(download(twin), 404);
  EXPECT_EQ(download(upload("bad")), 404) << "what comes later, too";
  EXPECT_EQ(download(other), 200);
  EXPECT_EQ(
      server_.call(anna_, "GET", "/_matrix/client/v1/media/thumbnail/example.org/" + first + "?width=32&height=32")
          .string_at("/errcode"),
      "M_NOT_FOUND");
  EXPECT_EQ(download(first, "?admin_unsafely_bypass_quarantine=true"), 404) << "not for everybody";
  EXPECT_EQ(download_by(rosa_, first), 404);
  EXPECT_EQ(download_by(rosa_, first, "?admin_unsafely_bypass_quarantine=true"), 200);
  const auto info = admin("GET", "/media/example.org/" + twin);
  EXPECT_EQ(info.string_at("/media_info/quarantined_by"), "@rosa:example.org") << info.text;
  EXPECT_EQ(admin("POST", "/media/unquarantine/example.org/" + twin).text, "{}");
  EXPECT_EQ(download(first), 200);
}

TEST_F(MediaAdminTest, AProtectedUploadKeepsItsContentOut) {
  const auto sticker = upload("sticker"), twin = upload("sticker");
  EXPECT_EQ(admin("POST", "/media/protect/" + sticker).text, "{}");
  EXPECT_EQ(admin("POST", "/media/quarantine/example.org/" + twin).status, 200);
  EXPECT_EQ(download(twin), 200);
  EXPECT_EQ(admin("GET", "/media/example.org/" + sticker).at("/media_info/safe_from_quarantine"), true);
  EXPECT_EQ(admin("POST", "/media/unprotect/" + sticker).text, "{}");
  EXPECT_EQ(admin("POST", "/media/quarantine/example.org/" + twin).status, 200);
  EXPECT_EQ(download(sticker), 404);
}

TEST_F(MediaAdminTest, ChangesOfQuarantineAreListed) {
  const auto one = upload("one"), two = upload("two"), twin = upload("two");
  const std::string path = "/media/quarantine_changes";
  /// "+name" of what was put there, "-name" of what was let out.
  const auto changes = [&](const WholeAnswer& page) {
    std::string out;
    if (!page.at("/changes").is_array()) return page.text;
    for (const auto& row : page.at("/changes").as_array()) {
      EXPECT_EQ(row.at("origin"), matrix::Json("example.org"));
      const auto id = std::string(matrix::view(row.at("media_id").as_string()));
      out += (row.at("quarantined").as_bool() ? "+" : "-") + std::string(id == one ? "one " : "two ");
    }
    return out;
  };
  EXPECT_EQ(admin("GET", path).text, R"({"next_batch":0,"changes":[]})");
  ASSERT_EQ(admin("POST", "/media/quarantine/example.org/" + one).status, 200);
  const auto first = admin("GET", path);
  EXPECT_EQ(changes(first), "+one ");
  const auto from = [&](const WholeAnswer& page) {
    return admin("GET", path + "?from=" + std::to_string(page.at("/next_batch").as_int64()));
  };
  EXPECT_EQ(from(first).text,
            R"({"next_batch":)" + std::to_string(first.at("/next_batch").as_int64()) + R"(,"changes":[]})");
  ASSERT_EQ(admin("POST", "/media/quarantine/example.org/" + two).status, 200);
  ASSERT_EQ(admin("POST", "/media/quarantine/example.org/" + twin).status, 200) << "it is there already";
  const auto second = from(first);
  EXPECT_EQ(changes(second), "+two +two ") << "each upload of the content";
  ASSERT_EQ(admin("POST", "/media/unquarantine/example.org/" + one).status, 200);
  ASSERT_EQ(admin("POST", "/media/unquarantine/example.org/" + one).status, 200) << "it is out already";
  EXPECT_EQ(changes(from(second)), "-one ");
  EXPECT_EQ(changes(admin("GET", path)), "+two +two -one ") << "the last change of each";
  ASSERT_EQ(admin("DELETE", "/media/example.org/" + twin).status, 200);
  EXPECT_EQ(changes(admin("GET", path)), "+two -one ") << "of what is there";
  EXPECT_EQ(admin("GET", path + "?from=-1").string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(admin("GET", path + "?from=x").string_at("/errcode"), "M_INVALID_PARAM");
}

TEST_F(MediaAdminTest, AllOfAnAccountOrARoom) {
  const auto one = upload("one"), two = upload("two"), safe = upload("safe");
  ASSERT_EQ(admin("POST", "/media/protect/" + safe).status, 200);
  ASSERT_EQ(admin("POST", "/media/quarantine/example.org/" + one).status, 200);
  EXPECT_EQ(admin("POST", "/user/@anna:example.org/media/quarantine").text, R"({"num_quarantined":1})");
  EXPECT_EQ(download(two), 404);
  EXPECT_EQ(download(safe), 200);
  EXPECT_EQ(admin("POST", "/user/@nobody:example.org/media/quarantine").status, 404);
  EXPECT_EQ(admin("POST", "/user/@anna:elsewhere.org/media/quarantine").status, 400);

  const auto shown = upload("shown"), small = upload("small"), face = upload("face"), gone = upload("gone");
  const auto room = server_.call(anna_, "POST", "/createRoom", JsonObject()).string_at("/room_id");
  const auto send = [&](const std::string& txn, const JsonObject& content) {
    return server_.call(anna_, "PUT", "/rooms/" + room + "/send/m.room.message/" + txn, content).string_at("/event_id");
  };
  send("1", {{"msgtype", "m.image"}, {"body", "a"}, {"url", mxc(shown)}, {"info", {{"thumbnail_url", mxc(small)}}}});
  send("2", {{"msgtype", "m.text"}, {"body", "see " + mxc(two)}});
  send("3", {{"msgtype", "m.file"}, {"body", "b"}, {"url", "mxc://elsewhere.org/abc"}});
  ASSERT_EQ(
      server_.call(anna_, "PUT", "/rooms/" + room + "/state/m.room.avatar", JsonObject{{"url", mxc(face)}}).status,
      200);
  const auto redacted = send("4", {{"msgtype", "m.file"}, {"body", "c"}, {"url", mxc(gone)}});
  ASSERT_EQ(server_.call(anna_, "PUT", "/rooms/" + room + "/redact/" + redacted + "/r", JsonObject()).status, 200);
  const auto listed = admin("GET", "/room/" + room + "/media");
  EXPECT_EQ(listed.at("/local").as_array().size(), 3U) << listed.text;
  EXPECT_EQ(boost::json::serialize(listed.at("/remote")), R"(["mxc://elsewhere.org/abc"])");
  EXPECT_EQ(admin("POST", "/room/" + room + "/media/quarantine").text, R"({"num_quarantined":3})");
  for (const auto& id : {shown, small, face}) EXPECT_EQ(download(id), 404);
  EXPECT_EQ(download(gone), 200);
  EXPECT_EQ(admin("GET", "/room/!nowhere:example.org/media").status, 404);
  EXPECT_EQ(admin("POST", "/room/!nowhere:example.org/media/quarantine").string_at("/errcode"), "M_NOT_FOUND");
}

TEST_F(MediaAdminTest, ListsAnAccountsUploads) {
  upload("aaa", "one.txt");
  upload("b", "two.txt");
  upload("cc", "three.txt");
  upload("x", "other.txt", "@rosa:example.org");
  edit("UPDATE hs_media SET created_ms = 1000 WHERE upload_name = 'one.txt'");
  edit("UPDATE hs_media SET created_ms = 2000 WHERE upload_name = 'two.txt'");
  edit("UPDATE hs_media SET created_ms = 3000 WHERE upload_name = 'three.txt'");
  const std::string path = "/users/@anna:example.org/media";
  const auto page = admin("GET", path);
  EXPECT_EQ(ids(page), "three.txt two.txt one.txt ");
  EXPECT_EQ(page.at("/total"), 3);
  EXPECT_TRUE(page.at("/next_token").is_null());
  const auto& first = page.json.at("media").at(0).as_object();
  EXPECT_EQ(first.at("media_length"), 2);
  EXPECT_EQ(first.at("media_type"), "text/plain");
  EXPECT_EQ(first.at("created_ts"), 3000);
  EXPECT_TRUE(first.at("last_access_ts").is_null());
  EXPECT_TRUE(first.at("quarantined_by").is_null());
  EXPECT_EQ(first.at("safe_from_quarantine"), false);
  EXPECT_EQ(ids(admin("GET", path + "?order_by=media_length")), "two.txt three.txt one.txt ");
  EXPECT_EQ(ids(admin("GET", path + "?order_by=media_length&dir=b")), "one.txt three.txt two.txt ");
  EXPECT_EQ(ids(admin("GET", path + "?order_by=upload_name")), "one.txt three.txt two.txt ");
  EXPECT_EQ(ids(admin("GET", path + "?dir=f")), "one.txt two.txt three.txt ");
  for (const auto* order :
       {"media_id", "created_ts", "last_access_ts", "media_type", "quarantined_by", "safe_from_quarantine"}) {
    EXPECT_EQ(admin("GET", path + "?dir=b&order_by=" + order).at("/total"), 3) << order;
  }
  EXPECT_EQ(ids(admin("GET", path + "?limit=1&from=1")), "two.txt ");
  EXPECT_EQ(admin("GET", path + "?limit=1&from=1").at("/next_token"), 2);
  EXPECT_EQ(admin("GET", path + "?order_by=colour").string_at("/errcode"), "M_INVALID_PARAM");
  EXPECT_EQ(admin("GET", "/users/@nobody:example.org/media").string_at("/errcode"), "M_NOT_FOUND");
  EXPECT_EQ(admin("GET", "/users/@anna:elsewhere.org/media").status, 400);
}

TEST_F(MediaAdminTest, DeletionFreesTheDiskWithTheLastUpload) {
  const auto one = upload("shared"), two = upload("shared");
  make_old(file_of("shared"));
  const auto first = admin("DELETE", "/media/example.org/" + one);
  EXPECT_EQ(first.text, R"({"deleted_media":[")" + one + R"("],"total":1})");
  EXPECT_EQ(download(one), 404);
  EXPECT_EQ(download(two), 200);
  EXPECT_TRUE(std::filesystem::exists(file_of("shared")));
  EXPECT_EQ(admin("DELETE", "/media/example.org/" + two).status, 200);
  EXPECT_FALSE(std::filesystem::exists(file_of("shared")));
  EXPECT_EQ(admin("DELETE", "/media/example.org/" + two).string_at("/errcode"), "M_NOT_FOUND");
  EXPECT_EQ(admin("DELETE", "/media/elsewhere.org/" + two).status, 400);
  EXPECT_EQ(admin("GET", "/media/example.org/" + two).status, 404);
  EXPECT_EQ(admin("GET", "/statistics/users/media").at("/total"), 0) << "and the quota";
}

TEST_F(MediaAdminTest, AFileThatWasJustWrittenGoesALittleLater) {
  const auto id = upload("fresh");
  EXPECT_EQ(admin("DELETE", "/media/example.org/" + id).status, 200);
  EXPECT_TRUE(std::filesystem::exists(file_of("fresh"))) << "another upload of it may be about to be written down";
  make_old(file_of("fresh"));
  run_job("homeserver.removed_media");
  EXPECT_FALSE(std::filesystem::exists(file_of("fresh")));
}

TEST_F(MediaAdminTest, WhatIsUploadedAgainStays) {
  const auto id = upload("again");
  EXPECT_EQ(admin("DELETE", "/media/example.org/" + id).status, 200);
  const auto anew = upload("again");
  make_old(file_of("again"));
  run_job("homeserver.removed_media");
  EXPECT_EQ(download(anew), 200);
}

TEST_F(MediaAdminTest, DeletesAPageOfAnAccount) {
  for (int i = 0; i < 3; ++i) upload("file " + std::to_string(i));
  EXPECT_EQ(admin("DELETE", "/users/@anna:example.org/media?limit=2").at("/total"), 2);
  const auto rest = admin("DELETE", "/users/@anna:example.org/media");
  EXPECT_EQ(rest.at("/total"), 1);
  EXPECT_EQ(rest.at("/deleted_media").as_array().size(), 1U);
  EXPECT_EQ(admin("DELETE", "/users/@anna:example.org/media").at("/total"), 0);
  EXPECT_EQ(admin("DELETE", "/users/@nobody:example.org/media").status, 404);
}

TEST_F(MediaAdminTest, DeletesByTimeAndLength) {
  const auto old = upload("old"), used = upload("used"), face = upload("face"), house = upload("house"),
             now = upload("now"), big = upload("bigger than the others");
  edit("UPDATE hs_media SET created_ms = 40000000000");
  edit("UPDATE hs_media SET created_ms = 60000000000 WHERE media_id = '" + now + "'");
  edit("UPDATE hs_media SET last_access_ms = 60000000000 WHERE media_id = '" + used + "'");
  ASSERT_EQ(
      server_.call(anna_, "PUT", "/profile/@anna:example.org/avatar_url", JsonObject{{"avatar_url", mxc(face)}}).status,
      200);
  const auto room = server_.call(anna_, "POST", "/createRoom", JsonObject()).string_at("/room_id");
  ASSERT_EQ(
      server_.call(anna_, "PUT", "/rooms/" + room + "/state/m.room.avatar", JsonObject{{"url", mxc(house)}}).status,
      200);
  const auto sized = admin("POST", "/media/delete?before_ts=50000000000&size_gt=10");
  EXPECT_EQ(sized.text, R"({"deleted_media":[")" + big + R"("],"total":1})");
  const auto kept = admin("POST", "/media/example.org/delete?before_ts=50000000000");
  EXPECT_EQ(kept.text, R"({"deleted_media":[")" + old + R"("],"total":1})");
  EXPECT_EQ(admin("POST", "/media/delete?before_ts=50000000000&keep_profiles=false").at("/total"), 2);
  EXPECT_EQ(download(used), 200);
  EXPECT_EQ(download(now), 200);
  EXPECT_EQ(admin("POST", "/media/delete").string_at("/errcode"), "M_MISSING_PARAM");
  EXPECT_EQ(admin("POST", "/media/elsewhere.org/delete?before_ts=50000000000").status, 400);
  for (const auto* bad : {"before_ts=1234", "before_ts=-1", "before_ts=x", "before_ts=50000000000&size_gt=-1",
                          "before_ts=50000000000&keep_profiles=perhaps"}) {
    EXPECT_EQ(admin("POST", std::string("/media/delete?") + bad).string_at("/errcode"), "M_INVALID_PARAM") << bad;
  }
}

TEST_F(MediaAdminTest, AccessIsKeptToTheHour) {
  const auto id = upload("read");
  ASSERT_EQ(download(id), 200);
  run_job("homeserver.media_accesses");
  const auto at = admin("GET", "/media/example.org/" + id).at("/media_info/last_access_ts");
  ASSERT_TRUE(at.is_int64());
  ASSERT_EQ(download(id), 200);
  run_job("homeserver.media_accesses");
  EXPECT_EQ(admin("GET", "/media/example.org/" + id).at("/media_info/last_access_ts"), at);
}

TEST_F(MediaAdminTest, WhatAccountsTake) {
  upload("12345");
  upload("123");
  upload("1234567890", {}, "@rosa:example.org");
  const std::string path = "/statistics/users/media";
  const auto page = admin("GET", path);
  EXPECT_EQ(page.at("/total"), 2) << page.text;
  EXPECT_EQ(page.string_at("/users/0/user_id"), "@anna:example.org");
  EXPECT_EQ(page.at("/users/0/media_count"), 2);
  EXPECT_EQ(page.at("/users/0/media_length"), 8);
  EXPECT_EQ(page.string_at("/users/0/displayname"), "anna");
  EXPECT_EQ(admin("GET", path + "?order_by=media_length&dir=b").string_at("/users/0/user_id"), "@rosa:example.org");
  EXPECT_EQ(admin("GET", path + "?order_by=media_count").string_at("/users/0/user_id"), "@rosa:example.org");
  EXPECT_EQ(admin("GET", path + "?order_by=displayname&dir=b").string_at("/users/0/user_id"), "@rosa:example.org");
  EXPECT_EQ(admin("GET", path + "?search_term=ROS").at("/total"), 1);
  EXPECT_EQ(admin("GET", path + "?limit=1").at("/next_token"), 1);
  edit("UPDATE hs_media SET created_ms = 1000 WHERE bytes = 3");
  EXPECT_EQ(admin("GET", path + "?until_ts=2000").at("/users/0/media_length"), 3);
  EXPECT_EQ(admin("GET", path + "?until_ts=2000").at("/total"), 1);
  EXPECT_EQ(admin("GET", path + "?from_ts=2000&order_by=media_length&dir=b").at("/users/1/media_length"), 5);
  for (const auto* bad : {"from_ts=-1", "from_ts=5&until_ts=4", "order_by=age"}) {
    EXPECT_EQ(admin("GET", path + "?" + bad).string_at("/errcode"), "M_INVALID_PARAM") << bad;
  }
}

TEST_F(MediaAdminTest, NothingOfOtherServersIsKept) {
  EXPECT_EQ(admin("POST", "/purge_media_cache?before_ts=50000000000").text, R"({"deleted":0})");
  EXPECT_EQ(admin("POST", "/purge_media_cache").string_at("/errcode"), "M_MISSING_PARAM");
  EXPECT_EQ(admin("GET", "/media/elsewhere.org/abc").status, 404);
  EXPECT_EQ(admin("POST", "/media/quarantine/elsewhere.org/abc").status, 404);
  for (const auto* path : {"/media/quarantine/example.org/abc", "/media/unquarantine/example.org/abc",
                           "/media/protect/abc", "/media/unprotect/abc"}) {
    EXPECT_EQ(admin("POST", path).string_at("/errcode"), "M_NOT_FOUND") << path;
  }
}

TEST_F(MediaAdminTest, OnlyForAdministrators) {
  const auto id = upload("mine");
  const struct {
    const char* method;
    std::string path;
  } cases[] = {{"GET", "/users/@anna:example.org/media"},
               {"DELETE", "/users/@anna:example.org/media"},
               {"GET", "/statistics/users/media"},
               {"GET", "/media/example.org/" + id},
               {"GET", "/media/quarantine_changes"},
               {"DELETE", "/media/example.org/" + id},
               {"POST", "/media/delete?before_ts=50000000000"},
               {"POST", "/media/quarantine/example.org/" + id},
               {"POST", "/media/protect/" + id},
               {"POST", "/user/@anna:example.org/media/quarantine"},
               {"POST", "/purge_media_cache?before_ts=50000000000"},
               {"GET", "/room/!r:example.org/media"}};
  for (const auto& c : cases) {
    const auto path = std::string(kMediaAdmin) + c.path;
    EXPECT_EQ(server_.call(anna_, c.method, path).string_at("/errcode"), "M_FORBIDDEN") << c.path;
    EXPECT_EQ(server_.call({}, c.method, path).string_at("/errcode"), "M_MISSING_TOKEN") << c.path;
  }
  EXPECT_EQ(download(id), 200);
}

}  // namespace
}  // namespace troupe::homeserver::media_admin
