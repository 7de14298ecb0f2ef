// The routes of packs behind the real router, with the assistant's module as it is. Only tests include this.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "assistant/module.h"
#include "fleet/brains/bot_kind.h"
#include "fleet/triggers/voice.h"
#include "identity/audit.h"
#include "identity/module.h"
#include "identity/principals.h"
#include "identity/sessions.h"
#include "identity/settings.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/program.h"
#include "matrix/homeserver.h"

namespace troupe::assistant::routes {

struct PackAnswer {
  int status = 0;
  boost::json::value body;
  std::string text;
  const boost::json::value& operator[](std::string_view pointer) const { return body.at_pointer(pointer); }
};

using kit::HeaderList;

class PackRoutesTest : public testing::Test, protected kit::Program {
 protected:
  PackRoutesTest() {
    settings.data_dir = dir.path() / "data";
    std::filesystem::create_directories(settings.data_dir);
    settings.edit<identity::IdentitySettings>().api_token = "the-api-token";
    settings.edit<identity::IdentitySettings>().dev_token = "the-dev-token";
    homeserver.add_person("admin", "admin-password", true);
    homeserver.add_person("anna", "anna-password");
    begin();
    set_up(identity::identity_module());
    matrix::offer_roles(*context, homeserver);
    context->offer(bot_kinds);
    context->offer(voice);
    set_up(assistant_module());
    serve();
    start();
  }
  ~PackRoutesTest() override { end(); }

  PackAnswer call(std::string method, const std::string& target, std::string body, const std::string& key_of) {
    return call(std::move(method), target, std::move(body),
                key_of.empty() ? HeaderList() : HeaderList{{"X-API-Key", key_of}});
  }
  PackAnswer call(const std::string& method, const std::string& target, std::string body, const HeaderList& headers) {
    const auto response = dispatch(kit::platform_request(method, target, std::move(body), headers));
    contract->check(method, target, response);
    PackAnswer answer{.status = response.status, .body = nullptr, .text = {}};
    answer.text = response.shared_body ? *response.shared_body : response.body;
    boost::system::error_code ec;
    answer.body = boost::json::parse(answer.text, ec);
    EXPECT_FALSE(answer.text.contains("canary")) << method << " " << target;
    return answer;
  }
  PackAnswer api(std::string method, const std::string& target, std::string body = {}) {
    return call(std::move(method), target, std::move(body), "the-api-token");
  }
  /// A key of the development token may ask the assistant and nothing else.
  PackAnswer developer(std::string method, const std::string& target, std::string body = {}) {
    return call(std::move(method), target, std::move(body), "the-dev-token");
  }
  /// The header of a fresh session of theirs.
  HeaderList browser_of(const std::string& user_id) {
    auto account = must(homeserver.account(user_id));
    const auto principal = must(context->get<identity::Principals>().for_account(std::move(account)));
    const auto session = must(context->get<identity::Sessions>().create(principal, "127.0.0.1", "a browser"));
    return {{"Cookie", "troupe_session=" + session.token}};
  }
  static std::string shop() {
    const boost::json::object config{
        {"service", "shop"},
        {"title", "The shop"},
        {"base_url", "https://shop.example/v1"},
        {"auth", {{"scheme", "bearer"}}},
        {"operations", {{"list_things", {{"method", "GET"}, {"path", "/things"}, {"summary", "List the things"}}}}}};
    return boost::json::serialize(boost::json::object{{"files", {{"config.json", boost::json::serialize(config)}}}});
  }

  kit::FakeHomeserver homeserver{*bus, base::system_clock()};
  fleet::brains::BotKinds bot_kinds;
  fleet::triggers::Voice voice{*bus};
};

}  // namespace troupe::assistant::routes
