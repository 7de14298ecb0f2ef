// A server's administrator, for those who call the whole homeserver. Only tests include this.
#pragma once
#include "homeserver/whole_server_fixture.h"

namespace troupe::homeserver {

/// Makes the account and yields an access token.
inline std::string admin_person(WholeServer& server, const std::string& localpart = "rosa") {
  auto& accounts = server.context->get<matrix::Accounts>();
  matrix::NewAccount account;
  account.localpart = localpart;
  account.admin = true;
  server.wait(accounts.create_account(std::move(account))).value();
  return server.wait(accounts.issue_token("@" + localpart + ":example.org", "DESK")).value().access_token;
}

}  // namespace troupe::homeserver
