// The module behind its routes, with two people and their keys. Nothing is started: no bot is looked after. Only tests
// include this.
#pragma once
#include <gmock/gmock.h>

#include "fleet/brains/bot_kind.h"
#include "identity/api_keys.h"
#include "identity/module.h"
#include "identity/principals.h"
#include "identity/settings.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/program.h"
#include "matrix/homeserver.h"
#include "meetings/module.h"
#include "meetings/records/meeting_store.h"
#include "meetings/settings.h"
#include "runtime/mock_driver.h"

namespace troupe::meetings::routes {

struct RouteAnswer {
  int status = 0;
  net::http::Headers headers;
  boost::json::value body;
  std::string text;
  const boost::json::value& operator[](std::string_view pointer) const { return body.at_pointer(pointer); }
};

class MeetingRoutesTest : public testing::Test, protected kit::Program {
 protected:
  explicit MeetingRoutesTest(const std::function<void(MeetingSettings&)>& configure = {}) {
    settings.edit<identity::IdentitySettings>().api_token = "the-api-token";
    if (configure) configure(settings.edit<MeetingSettings>());
    homeserver.add_person("anna", "anna-password");
    homeserver.add_person("ben", "ben-password");
    begin();
    set_up(identity::identity_module());
    matrix::offer_roles(*context, homeserver);
    drivers.add(mock);
    context->offer(drivers);
    context->offer(bot_kinds);
    set_up(meetings_module());
    serve();
    anna = key_of("@anna:localhost");
    ben = key_of("@ben:localhost");
  }
  ~MeetingRoutesTest() override { end(); }

  kit::HeaderList key_of(const std::string& user_id) {
    const auto principal = must(context->get<identity::Principals>().for_account(must(homeserver.account(user_id))));
    owners[user_id] = principal.id;
    const auto made = must(context->get<identity::ApiKeys>().create(
        principal, {.name = "test", .role = principal.role, .scopes = {"bots"}, .expires_ms = {}}));
    return {{"Authorization", "Bearer " + made.token}};
  }
  /// One of anna's; `also` is written with it.
  MeetingId add_meeting(Meeting made, const std::function<void(store::Tx&, const Meeting&)>& also = {}) {
    made.tenant_id = 1;
    made.owner_id = owners.at("@anna:localhost");
    made.owner = "@anna:localhost";
    made.platform = Platform::jitsi;
    made.link = "https://meet.jit.si/room";
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      made.id = tx.next_pos();
      made.native_id = std::to_string(made.id);
      records::insert_meeting(tx, made);
      if (also) also(tx, made);
      return Unit{};
    }));
    return made.id;
  }
  static RouteAnswer answer_of(const net::http::Response& response, std::string text) {
    RouteAnswer answer{
        .status = response.status, .headers = response.headers, .body = nullptr, .text = std::move(text)};
    boost::system::error_code ec;
    answer.body = boost::json::parse(answer.text, ec);
    return answer;
  }
  std::string path_of_meeting(std::string_view after = {}) const {
    return "/api/v1/meetings/" + std::to_string(meeting) + std::string(after);
  }
  /// Action and target of each line of the audit log of which this SQL is true.
  std::vector<std::string> audited_where(const std::string& condition) {
    std::vector<std::string> out;
    kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
      auto rows = c.query("SELECT action, target FROM id_audit WHERE " + condition + " ORDER BY id");
      while (rows.next()) {
        const auto action = rows.take<std::string>();
        out.push_back(action + " " + rows.take<std::string>());
      }
      return Unit{};
    }));
    return out;
  }

  kit::FakeHomeserver homeserver{*bus, base::system_clock()};
  base::ManualClock still;
  runtime::MockDriver mock{io.at(0).get_executor(), still, "process"};
  runtime::Drivers drivers;
  fleet::brains::BotKinds bot_kinds;
  std::map<std::string, std::int64_t> owners;
  kit::HeaderList anna;
  kit::HeaderList ben;
  MeetingId meeting = 0;
};

}  // namespace troupe::meetings::routes
