#include "fleet/routes/bot_views.h"

#include "api/reply.h"
#include "fleet/routes/shape_tables.h"

namespace troupe::fleet::routes {

namespace json = boost::json;

json::object member_bot_view(const BotView& view) {
  auto body = api::write(view);
  body["brain"] = json::object{{"kind", view.bot.brain_kind}};
  body["flowise_url"] = "";
  body["status_detail"] = "";
  body["actions"] = json::array();
  body.erase("task");
  body.erase("last_error");
  if (auto* trouble = body.if_contains("trouble")) trouble->as_object()["text"] = "";
  return body;
}

json::object turn_record_view(std::string_view bot_id, TurnRecord kept) {
  auto body = std::move(kept.record);
  body["bot_id"] = bot_id;
  body["event_id"] = kept.event_id;
  body["at"] = api::rfc3339(kept.at_ms);
  body["config_version"] = kept.config_version;
  return body;
}

}  // namespace troupe::fleet::routes
