#include "console/session/sign_in.h"

#include "console/people/user_entry.h"

namespace troupe::console::session {

Task<Proven> SignIn::check_from(matrix::Accounts& accounts, std::string user, std::string password,
                                std::string address) {
  CO_TRY(auto account, co_await accounts.check_password(std::move(user), std::move(password), std::move(address)));
  co_return Proven(std::move(account));
}

Task<Proven> SignIn::check_vouched(std::string token) const {
  if (!elsewhere_) co_return Error(Errc::not_found, "This server has no sign-in providers.");
  CO_TRY(auto vouched, co_await elsewhere_->redeem(std::move(token)));
  CO_TRY(auto account, co_await accounts_.account(vouched.user_id));
  Proven proven(std::move(account));
  proven.vouched_ = std::move(vouched);
  co_return proven;
}

Task<Entered> SignIn::enter(const net::route::Call& call, Proven who, boost::json::object detail) const {
  const auto& request = call.request;
  Entered entered;
  CO_TRY(entered.principal, co_await principals_.for_account(who.account()));
  CO_TRY(auto session, co_await sessions_.create(entered.principal, request.remote_address,
                                                 std::string(request.headers.get("User-Agent")), who.vouched_.origin,
                                                 std::move(who.vouched_.use)));
  if (auto old = identity::session_token(request); !old.empty()) {
    CO_TRY(co_await sessions_.end(std::move(old)));
  }
  if (!who.vouched_.origin.provider.empty()) detail["provider"] = who.vouched_.origin.provider;
  detail["address"] = request.remote_address;
  co_await api::audit_as(kit_, call, entered.principal, "session.create", entered.principal.label(), std::move(detail));
  const auto seconds = (session.expires_ms - kit_.clock.unix_ms()) / 1000;
  entered.cookie = identity::session_cookie(session.token, request.tls, seconds);
  entered.expires_ms = session.expires_ms;
  co_return entered;
}

asio::awaitable<void> SignIn::refuse(const net::route::Call& call, std::string user, boost::json::object detail) const {
  identity::AuditRecord record;
  if (auto tenant = co_await principals_.tenant_of(people::full_user_id(user, accounts_.server_name()))) {
    record.tenant_id = *tenant;
  }
  record.actor = call.request.remote_address;
  record.action = "session.refuse";
  record.target = std::move(user);
  record.detail = std::move(detail);
  co_await api::write_audit(kit_, call, std::move(record));
}

Task<bool> SignIn::leave(const net::route::Call& call) const {
  auto token = identity::session_token(call.request);
  if (token.empty()) co_return false;
  CO_TRY(co_await sessions_.end(std::move(token)));
  if (call.caller) {
    co_await api::audit(kit_, call, "session.end", identity::credential_of(*call.caller).principal.label());
  }
  api::ring_users(kit_);
  co_return true;
}

std::string no_cookie(const net::route::Call& call) { return identity::session_cookie("", call.request.tls, 0); }

}  // namespace troupe::console::session
