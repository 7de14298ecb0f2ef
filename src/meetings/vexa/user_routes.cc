// /user: what somebody sets for themselves.
#include "api/words.h"
#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"

namespace troupe::meetings::vexa {
namespace {

using namespace api::words;
namespace json = boost::json;

constexpr std::size_t kMostEvents = 32;

Result<std::optional<std::string>> text_of(const json::object& body, std::string_view key, std::size_t most) {
  const auto* value = body.if_contains(key);
  if (!value || value->is_null()) return std::nullopt;
  if (!value->is_string()) return unprocessable("body", key, "Input should be a valid string", "string_type");
  if (!is_text(*value, most)) {
    return unprocessable("body", key, "String should have at most " + std::to_string(most) + " characters",
                         "string_too_long");
  }
  return std::string(value->get_string());
}

/// An absent secret stays; one that is empty or null is taken away.
Task<Response> set_webhook(Dialect& dialect, Call& call) {
  const auto& body = net::route::body_object(call);
  CO_TRY(const auto url, text_of(body, "webhook_url", hooks::kMostUrlBytes));
  if (!body.contains("webhook_url")) co_return unprocessable("body", "webhook_url", "Field required", "missing");
  CO_TRY(auto secret, text_of(body, "webhook_secret", hooks::kMostSecretBytes));
  if (!secret && body.contains("webhook_secret")) secret = "";
  std::optional<json::object> events;
  if (const auto* given = body.if_contains("webhook_events"); given && !given->is_null()) {
    const auto* object = given->if_object();
    const bool good = object && object->size() <= kMostEvents &&
                      std::ranges::all_of(*object, [](const auto& row) { return row.value().is_bool(); });
    if (!good)
      co_return unprocessable("body", "webhook_events", "Input should be event names with true or false", "dict_type");
    events = *object;
  }
  CO_TRY(auto user, co_await dialect.users.of_principal(identity::credential_of(*call.caller).principal));
  const auto format = secret || events ? hooks::Format::envelope : hooks::Format::legacy;
  CO_TRY(co_await dialect.webhooks.set_for({.tenant_id = user.tenant_id,
                                            .owner_id = user.id,
                                            .label = actor_of(call).label,
                                            .is_admin = identity::is_server_admin(*call.caller)},
                                           url.value_or(""), std::move(secret), std::move(events), format));
  co_await api::audit(dialect.kit, call, "webhook.set", std::to_string(user.id), {{"face", "vexa"}});
  CO_TRY(const auto shown, co_await shown_user(dialect, std::move(user)));
  co_return api::answer(shown);
}

}  // namespace

void add_user_routes(Dialect& dialect, const Mount& mount) {
  const auto group = group_of(dialect, mount, kUserKeys);
  group.add({.method = "PUT",
             .path = "/user/webhook",
             .summary = "Where to tell of one's meetings; empty or null: nowhere",
             .takes = net::route::Body::json_required,
             .reply = TROUPE_REF("VexaUser"),
             .run = api::bind(set_webhook, dialect)});
}

}  // namespace troupe::meetings::vexa
