#include "meetings/vexa/dialect.h"

#include "api/caller.h"
#include "meetings/vexa/schemes.h"
#include "meetings/vexa/shapes.h"
#include "meetings/vexa/target.h"

namespace troupe::meetings::vexa {
namespace {

constexpr net::route::Tag kTag{"Vexa (compatibility)",
                               "The REST dialect of Vexa, for programs that were written for it: {\"detail\"} for "
                               "errors, X-API-Key and X-Admin-API-Key. New ones use /api/v1/meetings.",
                               true};

}  // namespace

LimitedGroup group_of(Dialect& dialect, const Mount& mount, std::string_view scheme) {
  const bool admin = scheme == kAdminKey;
  return {dialect.rate,
          api::Group(dialect.kit.routes, {.prefix = mount.prefix,
                                          .needs = admin ? net::route::Access::admin : net::route::Access::user,
                                          .scope = admin ? "" : "bots",
                                          .tag = mount.is_shown ? kTag : net::route::Tag{},
                                          .listener = mount.listener,
                                          .scheme = std::string(scheme),
                                          .dialect = net::route::Dialect::detail})};
}

void add_routes(Dialect& dialect, bool has_listener) {
  api::add_shapes_of<MeetingReply, MeetingList, StopReply, MessageReply, RunningBots, TranscriptReply, TokenReply,
                     UserReply, UserDetail>(dialect.kit);
  std::vector<Mount> mounts{{.is_shown = true, .has_bot_list = false}, {.prefix = "/vexa"}};
  if (has_listener) mounts.push_back({.listener = std::string(kListener)});
  for (const auto& mount : mounts) {
    add_bot_routes(dialect, mount);
    add_act_routes(dialect, mount);
    add_meeting_routes(dialect, mount);
    add_recording_routes(dialect, mount);
    add_user_routes(dialect, mount);
    add_admin_routes(dialect, mount);
    add_share_routes(dialect, mount);
  }
}

records::Whose own(const net::route::Call& call) {
  return {.tenant_id = api::tenant(call), .owner_id = call.caller->principal_id};
}

Actor actor_of(const net::route::Call& call) {
  const auto& principal = identity::credential_of(*call.caller).principal;
  return {.id = principal.id, .label = principal.label()};
}

Result<std::int64_t> number_of(const net::http::Request& request, std::string_view name, std::int64_t otherwise,
                               std::int64_t least, std::int64_t most) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) return otherwise;
  const auto number = net::route::whole_number(*text);
  if (number && *number >= least && *number <= most) return *number;
  return unprocessable(
      "query", name,
      "Input should be a valid integer between " + std::to_string(least) + " and " + std::to_string(most),
      "int_parsing");
}

Task<UserReply> shown_user(Dialect& dialect, User user) {
  auto reply = user_reply(user, dialect.rules.usual_at_once);
  CO_TRY(const auto hook, co_await dialect.webhooks.get_for(user.tenant_id, user.id));
  reply.data.erase("webhook_secret");
  reply.data.erase("webhook_url");
  if (hook && !hook->url.empty()) {
    reply.data["webhook_url"] = hook->url;
    if (!hook->events.empty()) reply.data["webhook_events"] = hook->events;
  }
  co_return reply;
}

Task<std::vector<boost::json::object>> read_transcript(Dialect& dialect, const net::route::Call& call,
                                                       MeetingId meeting) {
  constexpr std::int64_t kMost = 50'000;
  CO_TRY(const auto page, co_await dialect.transcripts.read(meeting, 0, kMost));
  std::vector<boost::json::object> segments;
  segments.reserve(page.items.size());
  for (const auto& segment : page.items) segments.push_back(segment_reply(segment));
  if (dialect.readers.is_new(call.caller->principal_id, meeting)) {
    co_await api::audit(dialect.kit, call, "transcript.read", std::to_string(meeting), {{"face", "vexa"}});
  }
  co_return segments;
}

Result<Reading::Call> call_of(const net::route::Call& call) {
  TRY(const auto platform, platform_in_path(call.param("platform")));
  TRY(auto native_id, native_id_in_path(platform, call.param("native_meeting_id")));
  return Reading::Call{.platform = platform, .native_id = std::move(native_id)};
}

}  // namespace troupe::meetings::vexa
