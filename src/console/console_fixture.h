// The platform's modules behind the real router, on a real database and a homeserver in memory. Only tests include
// this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>
#include <future>
#include <map>

#include "console/module.h"
#include "fleet/module.h"
#include "fleet/test_drivers.h"
#include "identity/module.h"
#include "identity/settings.h"
#include "identity/sign_in_elsewhere.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/program.h"
#include "matrix/homeserver.h"

namespace troupe::console {

struct Answer {
  int status = 0;
  net::http::Headers headers;
  boost::json::value body;
  std::string text;
  const boost::json::value& operator[](std::string_view pointer) const { return body.at_pointer(pointer); }
};

/// A homeserver's providers as the test has them.
struct FakeSignInElsewhere final : identity::SignInElsewhere {
  std::vector<identity::ProviderName> names;
  std::map<std::string, std::string> tokens;  ///< token → user id
  std::vector<std::string> used;
  mutable std::string back;  ///< of the last departure

  std::vector<identity::ProviderName> providers() const override { return names; }
  Result<std::string> departure(const net::http::Request&, std::string_view provider,
                                std::string_view to) const override {
    if (std::ranges::find(names, provider, &identity::ProviderName::id) == names.end())
      return Error(Errc::not_found, "There is no such provider.");
    back = to;
    return "https://hs.example.org/leave/" + std::string(provider);
  }
  Task<identity::Vouched> redeem(std::string token) override {
    const auto found = tokens.find(token);
    if (found == tokens.end() || std::ranges::find(used, token) != used.end())
      co_return Error(Errc::forbidden, "This token is not valid.");
    co_return identity::Vouched{.user_id = found->second,
                                .origin = {.provider = "oidc-kc", .subject = found->second, .sid = "s"},
                                .use = [this, token](store::Tx&) -> Result<Unit> {
                                  used.push_back(token);
                                  return Unit{};
                                }};
  }
};

using kit::HeaderList;

class ConsoleTest : public ::testing::Test, protected kit::Program {
 protected:
  ConsoleTest() {
    settings.version = "9.9.9";
    settings.edit<identity::IdentitySettings>().api_token = "the-api-token";
    settings.edit<identity::IdentitySettings>().dev_token = "the-dev-token";
    settings.rate_limits = false;
    homeserver.add_person("admin", "admin-password", true);
    homeserver.add_person("anna", "anna-password");
    begin();
    set_up(identity::identity_module());
    matrix::offer_roles(*context, homeserver);
    context->offer<identity::SignInElsewhere>(elsewhere);
    set_up(fleet::drivers_for_tests());
    set_up(fleet::fleet_module());
    set_up(console_module());
    serve();
    start();
  }
  ~ConsoleTest() override { end(); }

  net::http::Response raw(std::string method, const std::string& target, std::string body, const HeaderList& headers) {
    return dispatch(kit::platform_request(std::move(method), target, std::move(body), headers));
  }
  Answer call(const std::string& method, const std::string& target, std::string body, const HeaderList& headers) {
    auto response = raw(method, target, std::move(body), headers);
    contract->check(method, target, response);
    Answer answer{.status = response.status, .headers = response.headers, .body = nullptr, .text = {}};
    answer.text = response.shared_body ? *response.shared_body : response.body;
    boost::system::error_code ec;
    answer.body = boost::json::parse(answer.text, ec);
    return answer;
  }
  /// As the administrator's key.
  Answer api(std::string method, const std::string& target, std::string body = {}) {
    return call(std::move(method), target, std::move(body), {{"X-API-Key", "the-api-token"}});
  }
  /// The Cookie header of a fresh session.
  std::pair<std::string, std::string> sign_in(const std::string& user, const std::string& password) {
    auto answer = call("POST", "/api/v1/session", R"({"user":")" + user + R"(","password":")" + password + "\"}", {});
    EXPECT_EQ(answer.status, 200) << answer.text;
    std::string cookie(answer.headers.get("Set-Cookie"));
    return {"Cookie", cookie.substr(0, cookie.find(';'))};
  }

  FakeSignInElsewhere elsewhere;
  kit::FakeHomeserver homeserver{*bus, base::system_clock()};
};

}  // namespace troupe::console
