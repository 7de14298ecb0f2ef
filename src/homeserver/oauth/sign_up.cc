#include "homeserver/oauth/sign_up.h"

#include <algorithm>

#include "base/text.h"
#include "homeserver/accounts/uia.h"

namespace troupe::homeserver::oauth {
namespace {

using Flow = std::vector<std::string>;

const Flow kNothing{std::string(accounts::kStageDummy)};
const Flow kByToken{std::string(accounts::kStageRegistrationToken)};

bool has(const accounts::RegistrationRules& rules, const Flow& wanted) {
  return rules.check_open() && std::ranges::count(rules.flows(), wanted) > 0;
}

}  // namespace

bool SignUp::offered() const { return has(rules_, kNothing) || wants_token(); }
bool SignUp::wants_token() const { return !has(rules_, kNothing) && has(rules_, kByToken); }

Task<Unit> SignUp::make(std::string user, std::string password, std::string token) {
  if (!offered()) co_return Error(Errc::forbidden, "Accounts are not made here. Ask an administrator for one.");
  auto localpart = base::ascii_lower(user);
  CO_TRY(rules_.check_not_reserved(localpart));
  CO_TRY(const auto user_id, accounts_.check_new_localpart(localpart));
  accounts::Joined how{.by = "open", .provider = {}};
  std::function<Result<Unit>(store::Tx&)> also;
  if (wants_token()) {
    CO_TRY(const bool valid, co_await rules_.token_is_valid(token));
    if (!valid) co_return Error(Errc::forbidden, "This registration token is not valid.");
    also = rules_.use_of(std::move(token));
    how.by = "token";
  }
  matrix::NewAccount account;
  account.localpart = std::move(localpart);
  account.password = std::move(password);
  also = accounts_.on_record(user_id, std::move(how), std::move(also));
  CO_TRY(co_await accounts_.create(std::move(account), std::move(also)));
  co_return Unit{};
}

}  // namespace troupe::homeserver::oauth
