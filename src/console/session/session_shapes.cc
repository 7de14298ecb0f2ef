#include "console/session/session_shapes.h"

namespace troupe::api {

using console::session::Me;
using console::session::NewKeyBody;
using console::session::NewSession;
using identity::ApiKey;
using identity::MadeApiKey;
using identity::Principal;

namespace {

constexpr std::string_view kCredentials[] = {"cookie", "key", "local"};
constexpr std::string_view kScopes[] = {"bots", "users", "admin", "metrics", "assistant"};

}  // namespace

Shape<NewSession> make_shape(Of<NewSession>) {
  return Shape<NewSession>::request(
      "NewSession", {member<&NewSession::user>(
                         "user", {.description = "Local part or full Matrix user id.", .least = 1, .most = 255}),
                     member<&NewSession::password>("password", {.least = 1, .most = 512})});
}

Shape<Me> make_shape(Of<Me>) {
  return Shape<Me>::answer(
      "Me",
      {member<&Me::principal, &Principal::id>("id"),
       member<&Me::principal, &Principal::user_id>("user_id", {.description = "Matrix user id; empty for a service."}),
       member<&Me::display_name>("display_name"), member<&Me::role>("role"),
       member<&Me::principal, &Principal::kind>("kind"), member<&Me::principal, &Principal::tenant_id>("tenant_id"),
       member<&Me::by>("by", {.one_of = kCredentials}), member<&Me::scopes>("scopes", {.may_lack = true}),
       time<&Me::expires_ms>("expires_at"),
       member<&Me::has_password>("has_password",
                                 {.description = "Whether a password opens the account. Not there: not known."})});
}

Shape<identity::ProviderName> make_shape(Of<identity::ProviderName>) {
  return Shape<identity::ProviderName>::part(
      {member<&identity::ProviderName::id>("id"), member<&identity::ProviderName::name>("name")});
}

Shape<ApiKey> make_shape(Of<ApiKey>) {
  return Shape<ApiKey>::answer(
      "ApiKey", {member<&ApiKey::id>("id"), member<&ApiKey::name>("name"), member<&ApiKey::prefix>("prefix"),
                 member<&ApiKey::role>("role"),
                 member<&ApiKey::scopes>("scopes", {.description = "Empty: everything its role may."}),
                 member<&ApiKey::owner>("owner"), time<&ApiKey::created_ms>("created_at"),
                 time<&ApiKey::last_used_ms>("last_used_at"), time<&ApiKey::expires_ms>("expires_at")});
}

Shape<NewKeyBody> make_shape(Of<NewKeyBody>) {
  return Shape<NewKeyBody>::request(
      "NewApiKey", {member<&NewKeyBody::name>("name", {.least = 1, .most = 100}), member<&NewKeyBody::role>("role"),
                    member<&NewKeyBody::scopes>("scopes", {.most = 8, .one_of = kScopes, .may_lack = true}),
                    member<&NewKeyBody::expires_in_days>("expires_in_days", {.least = 1, .most = 3650})});
}

Shape<MadeApiKey> make_shape(Of<MadeApiKey>) {
  return Shape<MadeApiKey>::answer(
      "CreatedApiKey", {member<&MadeApiKey::key>("key"),
                        member<&MadeApiKey::token>("token", {.description = "The key itself, shown this once."})});
}

}  // namespace troupe::api

namespace troupe::console::session {

void add_session_shapes(const api::Kit& kit) {
  api::add_shapes_of<NewSession, Me, identity::ApiKey, NewKeyBody, identity::MadeApiKey>(kit);
  api::add_shape(kit, "SignInProviders", api::list_schema<identity::ProviderName>());
  api::add_shape(kit, "ApiKeys", api::list_schema<identity::ApiKey>());
  api::add_shape(kit, "Role", api::words_schema<net::route::Role>());
}

}  // namespace troupe::console::session
