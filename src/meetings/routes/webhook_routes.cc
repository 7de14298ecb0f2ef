#include "meetings/routes/webhook_routes.h"

#include "api/caller.h"
#include "api/group.h"
#include "api/paging.h"
#include "api/words.h"
#include "meetings/routes/meeting_caller.h"
#include "meetings/routes/webhook_shapes.h"

namespace troupe::meetings::routes {
namespace {

using namespace api::words;

constexpr std::string_view kHookScope = "bots";
constexpr net::route::Tag kHookTag{"meetings", ""};

Result<std::int64_t> number_of(const Call& call, std::string_view name, const char* what) {
  const auto id = net::route::whole_number(call.param(name));
  if (!id) return Error(Errc::not_found, what);
  return *id;
}
Result<std::int64_t> hook_of(const Call& call) { return number_of(call, "webhook_id", "There is no such webhook."); }
Result<std::int64_t> delivery_of(const Call& call) {
  return number_of(call, "delivery_id", "There is no such delivery.");
}

Task<Response> list_webhooks(WebhookApi& api, Call& call) {
  CO_TRY(const auto found, co_await api.webhooks(call).list());
  co_return reply(api::whole_list(api::write_all(found)));
}

Task<Response> create_webhook(WebhookApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<WebhookBody>(call));
  const bool for_all = body.tenant_wide.value_or(false);
  if (for_all && is_member(call)) {
    co_return Error(Errc::forbidden, "Only operators are told of everybody's meetings.");
  }
  hooks::NewWebhook wanted{
      .url = std::move(body.url),
      .secret = std::move(body.secret),
      .events = std::move(body.events),
      .format = hooks::parse_format(body.format.value_or("envelope")).value_or(hooks::Format::envelope)};
  CO_TRY(auto made, co_await api.webhooks(call).create(std::move(wanted), for_all));
  co_await api::audit(api.kit, call, "meeting.webhook.create", std::to_string(made.hook.id),
                      {{"tenant_wide", for_all}});
  auto answer = api::write(made.hook);
  answer["secret"] = made.secret;
  co_return api::private_reply(answer, 201);
}

Task<Response> show_webhook(WebhookApi& api, Call& call) {
  CO_TRY(const auto id, hook_of(call));
  CO_TRY(const auto found, co_await api.webhooks(call).find(id));
  co_return api::answer(found);
}

Task<Response> change_webhook(WebhookApi& api, Call& call) {
  CO_TRY(const auto id, hook_of(call));
  CO_TRY(auto body, api::body_of<WebhookChangeBody>(call));
  hooks::WebhookChange change{.url = std::move(body.url),
                              .secret = std::move(body.secret),
                              .events = std::move(body.events),
                              .enabled = body.enabled};
  if (body.format) change.format = hooks::parse_format(*body.format);
  CO_TRY(const auto changed, co_await api.webhooks(call).change(id, std::move(change)));
  co_await api::audit(api.kit, call, "meeting.webhook.change", std::to_string(id));
  co_return api::answer(changed);
}

Task<Response> delete_webhook(WebhookApi& api, Call& call) {
  CO_TRY(const auto id, hook_of(call));
  CO_TRY(co_await api.webhooks(call).remove(id));
  co_await api::audit(api.kit, call, "meeting.webhook.delete", std::to_string(id));
  co_return Response::empty(204);
}

Task<Response> test_webhook(WebhookApi& api, Call& call) {
  CO_TRY(const auto id, hook_of(call));
  CO_TRY(const auto made, co_await api.webhooks(call).test(id));
  co_return api::answer(made, 202);
}

Task<Response> list_deliveries(WebhookApi& api, Call& call) {
  CO_TRY(const auto id, hook_of(call));
  CO_TRY(const auto paging, api::paging(call.request));
  CO_TRY(const auto page, co_await api.webhooks(call).deliveries(id, paging.from, paging.limit));
  co_return reply(api::page(api::write_all(page.items), page.total, paging));
}

Task<Response> show_delivery(WebhookApi& api, Call& call) {
  CO_TRY(const auto id, hook_of(call));
  CO_TRY(const auto delivery, delivery_of(call));
  CO_TRY(const auto found, co_await api.webhooks(call).delivery(id, delivery));
  // Who spoke is in it, or what a model made of their words.
  if (found.meeting != 0 && hooks::has_words(found.event_type) && !found.body.empty()) {
    co_await api::audit(api.kit, call, "transcript.read", std::to_string(found.meeting), {{"face", "webhook"}});
  }
  co_return api::answer(found);
}

Task<Response> replay_delivery(WebhookApi& api, Call& call) {
  CO_TRY(const auto id, hook_of(call));
  CO_TRY(const auto delivery, delivery_of(call));
  CO_TRY(const auto again, co_await api.webhooks(call).replay(id, delivery));
  co_await api::audit(api.kit, call, "meeting.webhook.replay", std::to_string(delivery));
  co_return api::answer(again, 202);
}

/// What is shown, and its secret.
std::string made_schema() {
  auto schema = api::shape_of<hooks::Webhook>().schema();
  schema.at("properties").as_object()["secret"] = {{"type", "string"}, {"description", "Shown this once."}};
  return boost::json::serialize(schema);
}

}  // namespace

void add_webhook_routes(WebhookApi& api) {
  api::add_shapes_of<hooks::Webhook, hooks::Delivery>(api.kit);
  static const std::string list = boost::json::serialize(api::list_schema<hooks::Webhook>());
  static const std::string page = boost::json::serialize(api::page_schema<hooks::Delivery>());
  static const std::string made = made_schema();
  const api::Group group(api.kit.routes, {.prefix = "/api/v1/meetings/webhooks",
                                          .needs = Access::user,
                                          .scope = std::string(kHookScope),
                                          .tag = kHookTag});
  group.add({.method = "GET",
             .summary = "Who is told of meetings: one's own webhooks, for operators those of the tenant",
             .reply = list,
             .run = api::bind(list_webhooks, api)});
  group.add({.method = "POST",
             .summary = "Be told of one's meetings; the answer has the secret, which is not shown again",
             .body = api::schema_text<WebhookBody>(),
             .reply = made,
             .status = 201,
             .run = api::bind(create_webhook, api)});
  group.add({.method = "GET",
             .path = "/{webhook_id}",
             .summary = "A webhook of meetings",
             .reply = TROUPE_REF("MeetingWebhook"),
             .run = api::bind(show_webhook, api)});
  group.add({.method = "PATCH",
             .path = "/{webhook_id}",
             .summary = "Change a webhook of meetings",
             .body = api::schema_text<WebhookChangeBody>(),
             .reply = TROUPE_REF("MeetingWebhook"),
             .run = api::bind(change_webhook, api)});
  group.add({.method = "DELETE",
             .path = "/{webhook_id}",
             .summary = "Remove a webhook of meetings, with what it was told and what waits",
             .status = 204,
             .run = api::bind(delete_webhook, api)});
  group.add({.method = "POST",
             .path = "/{webhook_id}/test",
             .summary = "Send a ping, once",
             .reply = TROUPE_REF("MeetingWebhookDelivery"),
             .status = 202,
             .run = api::bind(test_webhook, api)});
  group.add({.method = "GET",
             .path = "/{webhook_id}/deliveries",
             .summary = "What a webhook was told and is to be told, newest first",
             .reply = page,
             .query = api::paging_params(),
             .run = api::bind(list_deliveries, api)});
  group.add({.method = "GET",
             .path = "/{webhook_id}/deliveries/{delivery_id}",
             .summary = "What a webhook was told, with its body",
             .reply = TROUPE_REF("MeetingWebhookDelivery"),
             .run = api::bind(show_delivery, api)});
  group.add({.method = "POST",
             .path = "/{webhook_id}/deliveries/{delivery_id}/replay",
             .summary = "Send it again under the same event id",
             .reply = TROUPE_REF("MeetingWebhookDelivery"),
             .status = 202,
             .run = api::bind(replay_delivery, api)});
}

}  // namespace troupe::meetings::routes
