// The whole homeserver with an administrator, who calls Synapse's admin API. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "homeserver/whole_server_fixture.h"
#include "identity/audit.h"

namespace troupe::homeserver::admin {

class AdminFixture : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.wait(accounts().set_admin(kRoot, true)));
    anna_ = server_.person("anna");
  }
  matrix::Accounts& accounts() { return server_.context->get<matrix::Accounts>(); }
  /// `path` begins after /_synapse/admin.
  WholeAnswer as(const std::string& token, std::string method, const std::string& path, const matrix::Json& body = {}) {
    return server_.call(token, std::move(method), "/_synapse/admin" + path, body);
  }
  WholeAnswer ask(std::string method, const std::string& path, const matrix::Json& body = {}) {
    return as(root_, std::move(method), path, body);
  }
  /// "200", or "400 M_CODE".
  static std::string outcome(const WholeAnswer& answer) {
    const auto code = answer.string_at("/errcode");
    return std::to_string(answer.status) + (code.empty() ? "" : " " + code);
  }
  std::string status(std::string method, const std::string& path, const matrix::Json& body = {}) {
    return outcome(ask(std::move(method), path, body));
  }
  /// Whether the token still opens anything.
  bool is_signed_in(const std::string& token) { return server_.call(token, "GET", "/account/whoami").status == 200; }
  /// What the audit log says was done, newest first: "action target; …".
  std::string audited() {
    std::string lines;
    const auto page = server_.wait(server_.context->get<identity::Audit>().page(identity::kDefaultTenant, {})).value();
    for (const auto& line : page.items) lines += line.actor + " " + line.action + " " + line.target + "; ";
    return lines;
  }

  static constexpr const char* kRoot = "@root:example.org";
  static constexpr const char* kAnna = "@anna:example.org";
  WholeServer server_;
  std::string root_ = server_.person("root");
  std::string anna_;
};

}  // namespace troupe::homeserver::admin
