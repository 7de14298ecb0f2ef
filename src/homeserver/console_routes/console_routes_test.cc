// What the console shows of the homeserver, as administrators of the server, and what everybody else gets.
#include <gtest/gtest.h>

#include "api/contract_check.h"
#include "homeserver/admin/room_deletion.h"
#include "homeserver/media/media_fixture.h"
#include "homeserver/whole_server_fixture.h"
#include "identity/audit.h"
#include "identity/oidc/settings.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "identity/tenants.h"
#include "kit/oidc_provider.h"
#include "matrix/media_repository.h"

namespace troupe::homeserver::console_routes {
namespace {

using matrix::Json;
using matrix::JsonObject;

class ConsoleRoutesTest : public testing::Test {
 protected:
  ConsoleRoutesTest() : anna_(server_.person("anna")), bert_(server_.person("bert")) {
    server_.person("rosa");
    server_.wait(accounts().set_admin("@rosa:example.org", true)).value();
    rosa_ = cookie_of("@rosa:example.org");
  }
  matrix::Accounts& accounts() { return server_.context->get<matrix::Accounts>(); }
  identity::Principals& principals() { return server_.context->get<identity::Principals>(); }
  /// A console session of the account, as its principal stands.
  std::string cookie_of(const std::string& user_id) {
    const auto account = server_.wait(accounts().account(user_id)).value();
    const auto principal = server_.wait(principals().for_account(account)).value();
    auto& sessions = server_.context->get<identity::Sessions>();
    return server_.wait(sessions.create(principal, "192.0.2.7", "browser")).value().token;
  }
  /// `path` begins after /api/v1/homeserver.
  WholeAnswer as(const std::string& cookie, std::string method, const std::string& path, const Json& body = {}) {
    const auto target = "/api/v1/homeserver" + path;
    net::http::Request request;
    request.method = method;
    EXPECT_TRUE(request.set_target(target).has_value());
    request.remote_address = "127.0.0.1";
    request.headers.add("Host", "127.0.0.1:8001");
    request.headers.add("Sec-Fetch-Site", "same-origin");
    if (!cookie.empty()) request.headers.add("Cookie", "troupe_session=" + cookie);
    if (!body.is_null()) request.body = boost::json::serialize(body);
    const auto response = server_.wait(server_.router.dispatch(net::route::kPlatformListener, request));
    contract_.check(method, target, response);
    WholeAnswer answer{response.status, response.shared_body ? *response.shared_body : response.body, {}};
    boost::system::error_code none;
    answer.json = boost::json::parse(answer.text, none);
    return answer;
  }
  /// What an administrator sees of a file.
  struct Seen {
    int status = 0;
    net::http::Headers headers;
    std::string bytes;
  };
  Seen look_at(const std::string& id, const std::string& range = "") {
    net::http::Request request;
    request.method = "GET";
    EXPECT_TRUE(request.set_target("/api/v1/homeserver/media/" + id + "/preview").has_value());
    request.remote_address = "127.0.0.1";
    request.headers.add("Host", "127.0.0.1:8001");
    request.headers.add("Cookie", "troupe_session=" + rosa_);
    if (!range.empty()) request.headers.add("Range", range);
    auto response = server_.wait(server_.router.dispatch(net::route::kPlatformListener, request));
    media::Collector seen;
    if (response.stream) {
      EXPECT_TRUE(server_.wait(response.stream(seen)).has_value());
    }
    return {response.status, response.headers, std::move(seen.bytes)};
  }
  WholeAnswer ask(std::string method, const std::string& path, const Json& body = {}) {
    return as(rosa_, std::move(method), path, body);
  }
  WholeAnswer get(const std::string& path) { return ask("GET", path); }
  std::string make_room(const std::string& token, JsonObject body) {
    const auto made = server_.call(token, "POST", "/createRoom", std::move(body));
    EXPECT_EQ(made.status, 200) << made.text;
    return made.string_at("/room_id");
  }
  std::string upload(std::string bytes, const std::string& user, const std::string& type = "text/plain") {
    auto& media = server_.context->get<matrix::MediaRepository>();
    matrix::Media file{.bytes = std::move(bytes), .content_type = type, .name = "a file"};
    const auto uri = server_.wait(media.upload(user, std::move(file))).value();
    return uri.substr(uri.rfind('/') + 1);
  }
  int download(const std::string& id) {
    return server_.call(anna_, "GET", "/_matrix/client/v1/media/download/example.org/" + id).status;
  }
  /// One member of each item: "a b of 2".
  static std::string list(const WholeAnswer& page, std::string_view member) {
    if (!page.at("/items").is_array()) return page.text;
    std::string out;
    for (const auto& item : page.at("/items").as_array())
      out += std::string(matrix::view(item.at(member).as_string())) + " ";
    return out + "of " + boost::json::serialize(page.at("/total"));
  }
  /// What the audit log says was done, newest first: "action target; …".
  std::string audited() {
    std::string lines;
    const auto page = server_.wait(server_.context->get<identity::Audit>().page(identity::kDefaultTenant, {})).value();
    for (const auto& line : page.items) lines += line.actor + " " + line.action + " " + line.target + "; ";
    return lines;
  }

  static void settings(host::Settings& settings) {
    settings.public_base_url = "https://chat.example.org";
    settings.edit<identity::oidc::OidcSettings>().providers = {{.id = "oidc-kc",
                                                                .name = "Key & Cloak",
                                                                .issuer = "https://idp.example.org/realms/main",
                                                                .client_id = "troupe",
                                                                .client_secret = "a secret of theirs",
                                                                .backchannel_logout = true}};
  }

  WholeServer server_{base::system_clock(), {.configure = settings}};
  api::ContractCheck contract_{server_.router};
  std::string anna_, bert_, rosa_;
};

TEST_F(ConsoleRoutesTest, OnlyTheServersAdministratorsComeIn) {
  const auto room = make_room(anna_, {{"name", "Garden"}});
  const auto file = upload("bytes", "@anna:example.org");
  auto& tenants = server_.context->get<identity::Tenants>();
  const auto other = server_.wait(tenants.create("other")).value();
  cookie_of("@bert:example.org");
  server_.wait(tenants.move("@bert:example.org", other.id)).value();
  server_.wait(principals().set_role("@bert:example.org", net::route::Role::admin)).value();
  const auto tenants_admin = cookie_of("@bert:example.org");
  const auto member = cookie_of("@anna:example.org");
  const std::vector<std::pair<std::string, std::string>> routes = {
      {"GET", "/rooms"},
      {"GET", "/rooms/" + room},
      {"GET", "/rooms/" + room + "/members"},
      {"POST", "/rooms/" + room + "/block"},
      {"POST", "/rooms/" + room + "/delete"},
      {"GET", "/deletions"},
      {"GET", "/deletions/x"},
      {"POST", "/deletions/x/cancel"},
      {"GET", "/media"},
      {"GET", "/media/" + file + "/preview"},
      {"POST", "/media/" + file + "/quarantine"},
      {"POST", "/media/" + file + "/release"},
      {"POST", "/media/" + file + "/delete"},
      {"GET", "/media-usage"},
      {"POST", "/media-usage/@anna:example.org/quarantine"},
      {"GET", "/registration"},
      {"GET", "/registration/tokens"},
      {"POST", "/registration/tokens"},
      {"PATCH", "/registration/tokens/x"},
      {"DELETE", "/registration/tokens/x"},
      {"GET", "/providers"},
      {"POST", "/providers/oidc-kc/test"},
      {"GET", "/reports"},
      {"GET", "/reports/event/1"},
      {"DELETE", "/reports/event/1"}};
  for (const auto& [method, path] : routes) {
    Json body;
    if (method != "GET" && path.ends_with("/block")) body = JsonObject{{"blocked", true}};
    if (path.ends_with("/delete")) body = JsonObject{{"confirm", path.starts_with("/rooms") ? room : file}};
    if (path.starts_with("/registration/tokens") && (method == "POST" || method == "PATCH")) body = JsonObject();
    EXPECT_EQ(as("", method, path, body).status, 401) << method << path;
    for (const auto& cookie : {member, tenants_admin}) {
      const auto refused = as(cookie, method, path, body);
      EXPECT_EQ(refused.status, 403) << method << path << refused.text;
    }
  }
  EXPECT_EQ(download(file), 200);
  EXPECT_EQ(get("/rooms/" + room).status, 200);
}

TEST_F(ConsoleRoutesTest, ProvidersAreListedAndTested) {
  kit::OidcProvider idp;
  server_.http.answer = [&idp](const net::client::ClientRequest& request) { return idp.answer(request); };
  const auto listed = get("/providers");
  EXPECT_EQ(listed.string_at("/items/0/id"), "oidc-kc");
  EXPECT_EQ(listed.string_at("/items/0/state"), "unknown");
  EXPECT_EQ(listed.string_at("/items/0/redirect_uri"), "https://chat.example.org/_synapse/client/oidc/callback");
  EXPECT_EQ(listed.string_at("/items/0/logout_uri"),
            "https://chat.example.org/_synapse/client/oidc/backchannel_logout");
  EXPECT_EQ(listed.text.find("a secret of theirs"), std::string::npos);
  EXPECT_EQ(ask("POST", "/providers/oidc-kc/test").string_at("/state"), "ready");
  EXPECT_TRUE(get("/providers").at("/items/0/asked_at").is_string());
  idp.is_down = true;
  const auto away = ask("POST", "/providers/oidc-kc/test");
  EXPECT_EQ(away.status, 200);
  EXPECT_EQ(away.string_at("/state"), "failing");
  EXPECT_EQ(away.string_at("/error"), "discovery: nobody listens");
  EXPECT_EQ(ask("POST", "/providers/nobody/test").status, 404);
  server_.http.answer = nullptr;
}

TEST_F(ConsoleRoutesTest, SomebodyAtAProviderIsGivenAnAccountAndTakenFromIt) {
  const auto anna = JsonObject{{"user_id", "@anna:example.org"}};
  const std::string place = "/identities/oidc-kc/f%3A1%2Fanna";
  EXPECT_EQ(ask("PUT", place, anna).status, 204);
  EXPECT_EQ(ask("PUT", place, anna).status, 204) << "she has it already";
  const auto ways = server_.wait(accounts().ways_in("@anna:example.org")).value();
  ASSERT_TRUE(ways && ways->identities.size() == 1);
  EXPECT_EQ(ways->identities[0].provider, "oidc-kc");
  EXPECT_EQ(ways->identities[0].subject, "f:1/anna");
  const auto taken = ask("PUT", place, JsonObject{{"user_id", "bert"}});
  EXPECT_EQ(taken.status, 409);
  EXPECT_NE(taken.text.find("@anna:example.org"), std::string::npos) << taken.text;
  EXPECT_EQ(ask("PUT", "/identities/kc/two", JsonObject{{"user_id", "anna"}}).status, 204)
      << "by the id in the configuration";
  EXPECT_EQ(server_.wait(accounts().ways_in("@anna:example.org")).value()->identities[1].provider, "oidc-kc");

  const auto nobody = ask("PUT", "/identities/oidc-kc/x", JsonObject{{"user_id", "nobody"}});
  EXPECT_EQ(nobody.status, 404) << nobody.text;
  EXPECT_EQ(ask("PUT", "/identities/elsewhere/x", anna).status, 404);
  EXPECT_EQ(ask("PUT", "/identities/oidc-kc/" + std::string(256, 'x'), anna).status, 400);
  server_.wait(accounts().deactivate("@bert:example.org")).value();
  EXPECT_EQ(ask("PUT", "/identities/oidc-kc/x", JsonObject{{"user_id", "bert"}}).status, 409) << "closed for ever";
  matrix::NewAccount bot;
  bot.localpart = "bot_parrot";
  bot.kind = matrix::AccountKind::bot;
  server_.wait(accounts().create_account(std::move(bot))).value();
  EXPECT_EQ(ask("PUT", "/identities/oidc-kc/x", JsonObject{{"user_id", "bot_parrot"}}).status, 409);

  EXPECT_EQ(ask("DELETE", place).status, 204);
  EXPECT_EQ(ask("DELETE", place).status, 404);
  EXPECT_EQ(server_.wait(accounts().ways_in("@anna:example.org")).value()->identities.size(), 1U);
  const auto lines = audited();
  EXPECT_NE(lines.find("user.unlink @anna:example.org; "), std::string::npos) << lines;
  EXPECT_NE(lines.find("user.link @anna:example.org; "), std::string::npos) << lines;
}

TEST_F(ConsoleRoutesTest, RoomsAreListedShownAndBlocked) {
  const auto garden = make_room(anna_, {{"name", "Garden"}, {"preset", "public_chat"}, {"topic", "Roses"}});
  const auto cellar = make_room(anna_, {{"name", "Cellar"}});
  ASSERT_EQ(server_.call(bert_, "POST", "/join/" + garden, JsonObject()).status, 200);
  EXPECT_EQ(list(get("/rooms"), "name"), "Cellar Garden of 2");
  EXPECT_EQ(list(get("/rooms?sort=-members"), "name"), "Garden Cellar of 2");
  EXPECT_EQ(list(get("/rooms?sort=members"), "name"), "Cellar Garden of 2");
  EXPECT_EQ(list(get("/rooms?sort=-name&limit=1"), "name"), "Garden of 2");
  EXPECT_EQ(get("/rooms?limit=1").at("/next_from"), 1);
  EXPECT_EQ(list(get("/rooms?search=gard"), "room_id"), garden + " of 1");
  EXPECT_EQ(list(get("/rooms?empty=true"), "name"), "of 0");
  EXPECT_EQ(get("/rooms?sort=colour").status, 400);
  const auto of = [&](const std::string& who, const std::string& rest = "") {
    return list(get("/rooms?member=@" + who + ":example.org" + rest), "room_id");
  };
  EXPECT_EQ(of("nobody"), "of 0");
  const auto all = of("anna");
  EXPECT_EQ(of("anna", "&limit=1"), all.substr(0, all.find(' ')) + all.substr(all.find(" of ")));
  EXPECT_NE(all.find(garden), std::string::npos);
  EXPECT_EQ(of("anna", "&search=gard"), garden + " of 1");
  EXPECT_EQ(get("/rooms?member=@anna:example.org&sort=name").status, 400);
  EXPECT_EQ(get("/rooms?limit=0").status, 400);

  const auto shown = get("/rooms/" + garden);
  EXPECT_EQ(shown.string_at("/topic"), "Roses");
  EXPECT_EQ(shown.at("/members"), 2);
  EXPECT_GT(shown.at("/events").to_number<int>(), 5);
  EXPECT_TRUE(shown.at("/blocked_by").is_null()) << "not there";
  EXPECT_EQ(list(get("/rooms/" + garden + "/members"), "user_id"), "@anna:example.org @bert:example.org of 2");
  EXPECT_EQ(list(get("/rooms/" + garden + "/members?from=1"), "user_id"), "@bert:example.org of 2");
  EXPECT_EQ(list(get("/rooms/" + garden + "/members?from=7"), "user_id"), "of 2");
  EXPECT_EQ(get("/rooms/!none:example.org").status, 404);
  EXPECT_EQ(get("/rooms/!none:example.org/members").status, 404);

  EXPECT_EQ(ask("POST", "/rooms/" + garden + "/block", {{"blocked", true}}).string_at("/blocked_by"),
            "@rosa:example.org");
  const auto carl = server_.person("carl");
  EXPECT_EQ(server_.call(carl, "POST", "/join/" + garden, JsonObject()).status, 403);
  EXPECT_TRUE(ask("POST", "/rooms/" + garden + "/block", {{"blocked", false}}).at("/blocked_by").is_null());
  EXPECT_EQ(server_.call(carl, "POST", "/join/" + garden, JsonObject()).status, 200);
  EXPECT_EQ(ask("POST", "/rooms/!none:example.org/block", {{"blocked", true}}).status, 404);
  EXPECT_EQ(audited(), "@rosa:example.org room.unblock " + garden + "; @rosa:example.org room.block " + garden + "; ");
}

TEST_F(ConsoleRoutesTest, ARoomIsDeletedWithProgress) {
  const auto garden = make_room(anna_, {{"name", "Garden"}, {"preset", "public_chat"}});
  ASSERT_EQ(server_.call(bert_, "POST", "/join/" + garden, JsonObject()).status, 200);
  const auto path = "/rooms/" + garden + "/delete";
  EXPECT_EQ(ask("POST", path, {{"confirm", "Garden"}}).status, 400);
  EXPECT_EQ(ask("POST", path, JsonObject()).status, 400);
  EXPECT_EQ(ask("POST", "/rooms/!none:example.org/delete", {{"confirm", "!none:example.org"}}).status, 404);
  const auto started = ask("POST", path, {{"confirm", garden}});
  ASSERT_EQ(started.status, 202) << started.text;
  EXPECT_EQ(started.string_at("/state"), "scheduled");
  EXPECT_EQ(ask("POST", path, {{"confirm", garden}}).status, 409) << "once is enough";
  const auto one = "/deletions/" + started.string_at("/delete_id");

  server_.run_job("homeserver.room_deletions");
  const auto done = get(one);
  EXPECT_EQ(done.string_at("/state"), "complete") << done.text;
  EXPECT_EQ(done.string_at("/name"), "Garden");
  EXPECT_EQ(done.at("/people"), 2);
  EXPECT_EQ(done.at("/people_out"), 2);
  EXPECT_GT(done.at("/events").to_number<int>(), 5);
  EXPECT_GT(done.at("/events_removed").to_number<int>(), 5);
  EXPECT_FALSE(done.string_at("/finished_at").empty());
  EXPECT_EQ(list(get("/deletions"), "room_id"), garden + " of 1");
  EXPECT_EQ(get("/rooms/" + garden).status, 404);
  EXPECT_EQ(ask("POST", one + "/cancel").status, 409) << "it has ended";
  EXPECT_EQ(get("/deletions/none").status, 404);
  EXPECT_EQ(ask("POST", "/deletions/none/cancel").status, 404);
  EXPECT_EQ(audited(), "@rosa:example.org room.delete " + garden + "; ");
}

TEST_F(ConsoleRoutesTest, ADeletionIsCancelledBeforeTheRoomIsGone) {
  const auto garden = make_room(anna_, {{"name", "Garden"}});
  const auto started = ask("POST", "/rooms/" + garden + "/delete", {{"confirm", garden}, {"block", true}});
  ASSERT_EQ(started.status, 202) << started.text;
  const auto one = "/deletions/" + started.string_at("/delete_id");
  EXPECT_EQ(ask("POST", one + "/cancel").string_at("/state"), "cancelled");
  server_.run_job("homeserver.room_deletions");
  EXPECT_EQ(get(one).string_at("/state"), "cancelled");
  EXPECT_EQ(get("/rooms/" + garden).at("/members"), 1);
  EXPECT_EQ(get("/rooms/" + garden).string_at("/blocked_by"), "@rosa:example.org");
  EXPECT_EQ(ask("POST", one + "/cancel").status, 409);
  EXPECT_EQ(ask("POST", "/rooms/" + garden + "/delete", {{"confirm", garden}}).status, 202) << "and begins anew";
  EXPECT_NE(audited().find("room.delete_cancel " + garden), std::string::npos);
}

TEST_F(ConsoleRoutesTest, FilesAreListedQuarantinedAndRemoved) {
  const auto small = upload("small", "@anna:example.org");
  const auto large = upload(std::string(5'000, 'x'), "@bert:example.org");
  EXPECT_EQ(list(get("/media"), "media_id"), large + " " + small + " of 2");
  EXPECT_EQ(list(get("/media?limit=1&from=1"), "media_id"), small + " of 2");
  EXPECT_EQ(get("/media?sort=-uploaded_at").at("/total"), 2);
  EXPECT_EQ(list(get("/media?user_id=@anna:example.org"), "media_id"), small + " of 1");
  EXPECT_EQ(get("/media?user_id=@nobody:example.org").status, 404);
  EXPECT_EQ(get("/media?user_id=@anna:example.org&quarantined=true").status, 400);
  EXPECT_EQ(get("/media?from=100001").status, 400);
  EXPECT_EQ(list(get("/media-usage"), "user_id"), "@bert:example.org @anna:example.org of 2");
  EXPECT_EQ(list(get("/media-usage?search=ANN"), "user_id"), "@anna:example.org of 1");

  EXPECT_EQ(ask("POST", "/media/" + small + "/quarantine").string_at("/quarantined_by"), "@rosa:example.org");
  EXPECT_EQ(download(small), 404);
  EXPECT_EQ(list(get("/media?quarantined=true"), "media_id"), small + " of 1");
  EXPECT_EQ(ask("POST", "/media/" + small + "/release").status, 200);
  EXPECT_EQ(download(small), 200);
  EXPECT_EQ(list(get("/media?quarantined=true&sort=-uploaded_at"), "media_id"), "of 0");
  EXPECT_EQ(ask("POST", "/media-usage/@bert:example.org/quarantine").at("/count"), 1);
  EXPECT_EQ(download(large), 404);
  EXPECT_EQ(ask("POST", "/media-usage/@nobody:example.org/quarantine").status, 404);

  EXPECT_EQ(ask("POST", "/media/" + small + "/delete", {{"confirm", "yes"}}).status, 400);
  EXPECT_EQ(ask("POST", "/media/" + small + "/delete", {{"confirm", small}}).status, 204);
  EXPECT_EQ(list(get("/media"), "media_id"), large + " of 1");
  for (const auto* what : {"/quarantine", "/release"})
    EXPECT_EQ(ask("POST", "/media/" + small + what).status, 404) << what;
  EXPECT_EQ(ask("POST", "/media/" + small + "/delete", {{"confirm", small}}).status, 404);
  EXPECT_EQ(audited(), "@rosa:example.org media.delete " + small +
                           "; @rosa:example.org media.quarantine_user @bert:example.org; @rosa:example.org "
                           "media.release " +
                           small + "; @rosa:example.org media.quarantine " + small + "; ");
}

TEST_F(ConsoleRoutesTest, AFileIsLookedAtBeforeItIsQuarantined) {
  const auto page = upload("<script>alert(1)</script>", "@anna:example.org", "text/html");
  const auto drawing = upload("<svg xmlns='http://www.w3.org/2000/svg'/>", "@anna:example.org", "image/svg+xml");
  const auto cat = upload(media::png(1'600, 900), "@anna:example.org", "image/png");
  const auto song = upload("0123456789", "@anna:example.org", "audio/ogg");
  const auto film = upload("0123456789", "@bert:example.org", "video/mp4");
  const auto of = [&](const std::string& id) {
    for (const auto& item : get("/media").at("/items").as_array())
      if (item.at("media_id").as_string() == id) return std::string(matrix::view(item.at("preview").as_string()));
    return std::string("not listed");
  };
  EXPECT_EQ(of(page) + of(drawing) + of(cat) + of(song) + of(film), "nonenonepicturesoundfilm");
  for (const auto& id : {page, drawing}) EXPECT_EQ(look_at(id).status, 415);

  const auto small = look_at(cat);
  EXPECT_EQ(small.status, 200);
  EXPECT_LT(small.bytes.size(), 1'600U * 900U) << "a picture that was made here";
  EXPECT_EQ(small.headers.get("Content-Security-Policy").substr(0, 8), "sandbox;");
  EXPECT_EQ(small.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(small.headers.get("Cache-Control"), "private, no-store");
  EXPECT_EQ(small.headers.count("Cross-Origin-Resource-Policy"), 1U);
  EXPECT_EQ(small.headers.get("Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_EQ(ask("POST", "/media/" + song + "/quarantine").status, 200);
  EXPECT_EQ(look_at(song).bytes, "0123456789") << "in quarantine it is looked at all the same";
  const auto part = look_at(film, "bytes=4-6");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.bytes, "456");
  EXPECT_EQ(look_at(film, "bytes=10-").status, 416);
  EXPECT_EQ(look_at("nothing").status, 404);
  EXPECT_EQ(audited(), "@rosa:example.org media.view " + film + "; @rosa:example.org media.view " + song +
                           "; @rosa:example.org media.quarantine " + song + "; @rosa:example.org media.view " + cat +
                           "; ")
      << "who looks is on record, at a part as well";
}

TEST_F(ConsoleRoutesTest, AProtectedFileIsNotQuarantined) {
  const auto file = upload("logo", "@anna:example.org");
  const auto token = server_.wait(accounts().issue_token("@rosa:example.org", "DESK")).value().access_token;
  ASSERT_EQ(server_.call(token, "POST", "/_synapse/admin/v1/media/protect/" + file, JsonObject()).status, 200);
  EXPECT_EQ(ask("POST", "/media/" + file + "/quarantine").status, 409);
  EXPECT_EQ(download(file), 200);
}

TEST_F(ConsoleRoutesTest, RegistrationTokensComeChangeAndGo) {
  EXPECT_EQ(get("/registration").string_at("/mode"), "closed");
  const auto drawn = ask("POST", "/registration/tokens", JsonObject());
  ASSERT_EQ(drawn.status, 201) << drawn.text;
  EXPECT_EQ(drawn.string_at("/token").size(), 16U);
  EXPECT_EQ(drawn.at("/valid"), true);
  const auto chosen =
      ask("POST", "/registration/tokens", {{"token", "spring"}, {"uses_allowed", 3}, {"valid_for_s", 3'600}});
  EXPECT_EQ(chosen.at("/uses_allowed"), 3) << chosen.text;
  EXPECT_FALSE(chosen.string_at("/expires_at").empty());
  const auto taken = ask("POST", "/registration/tokens", {{"token", "spring"}});
  EXPECT_EQ(taken.status, 400);
  EXPECT_EQ(taken.string_at("/errors/0/pointer"), "/token") << taken.text;
  EXPECT_EQ(ask("POST", "/registration/tokens", {{"token", "a b"}}).status, 400);
  EXPECT_EQ(ask("POST", "/registration/tokens", {{"uses_allowed", 0}}).status, 400);
  EXPECT_EQ(get("/registration/tokens").at("/total"), 2);
  EXPECT_EQ(get("/registration/tokens?limit=1").at("/next_from"), 1);
  EXPECT_EQ(get("/registration/tokens?valid=false").at("/total"), 0);

  const auto changed = ask("PATCH", "/registration/tokens/spring", {{"uses_allowed", 0}});
  EXPECT_TRUE(changed.at("/uses_allowed").is_null()) << changed.text;
  EXPECT_FALSE(changed.string_at("/expires_at").empty()) << "what is not named stays";
  EXPECT_TRUE(ask("PATCH", "/registration/tokens/spring", {{"valid_for_s", 0}}).at("/expires_at").is_null());
  EXPECT_EQ(ask("PATCH", "/registration/tokens/none", JsonObject()).status, 404);
  EXPECT_EQ(ask("DELETE", "/registration/tokens/spring").status, 204);
  EXPECT_EQ(ask("DELETE", "/registration/tokens/spring").status, 404);
  EXPECT_NE(audited().find("registration.delete token spri…"), std::string::npos) << audited();
}

TEST_F(ConsoleRoutesTest, ReportsAreReadAndPutAway) {
  const auto garden = make_room(anna_, {{"name", "Garden"}, {"preset", "public_chat"}});
  ASSERT_EQ(server_.call(bert_, "POST", "/join/" + garden, JsonObject()).status, 200);
  const auto event = server_
                         .call(anna_, "PUT", "/rooms/" + garden + "/send/m.room.message/1",
                               {{"msgtype", "m.text"}, {"body", "something rude"}})
                         .string_at("/event_id");
  const auto report = [&](const std::string& path) {
    return server_.call(bert_, "POST", path, {{"reason", "rude"}}).status;
  };
  ASSERT_EQ(report("/rooms/" + garden + "/report/" + event), 200);
  ASSERT_EQ(report("/rooms/" + garden + "/report"), 200);
  ASSERT_EQ(report("/users/@anna:example.org/report"), 200);
  EXPECT_EQ(list(get("/reports"), "event_id"), event + " of 1");
  EXPECT_EQ(list(get("/reports?kind=room"), "room_name"), "Garden of 1");
  EXPECT_EQ(list(get("/reports?kind=user&about=anna&reporter=bert"), "about"), "@anna:example.org of 1");
  EXPECT_EQ(get("/reports?kind=user&about=carl").at("/total"), 0);
  EXPECT_EQ(get("/reports?kind=weather").status, 400);

  for (const std::string kind : {"event", "room", "user"}) {
    const auto id = boost::json::serialize(get("/reports?kind=" + kind).at("/items/0/id"));
    const auto path = "/reports/" + kind + "/" + id;
    const auto one = get(path);
    EXPECT_EQ(one.string_at("/reason"), "rude") << one.text;
    EXPECT_EQ(one.string_at("/event/content/body"), kind == "event" ? "something rude" : "");
    EXPECT_EQ(ask("DELETE", path).status, 204);
    EXPECT_EQ(get(path).status, 404);
    EXPECT_EQ(ask("DELETE", path).status, 404);
  }
  for (const auto* none : {"/reports/event/x", "/reports/weather/1", "/reports/event/-1"})
    EXPECT_EQ(get(none).status, 404) << none;
}

}  // namespace
}  // namespace troupe::homeserver::console_routes
