// /api/v1/meetings/retention: for how long a tenant keeps what was said.
#include "api/group.h"
#include "api/shape.h"
#include "api/words.h"
#include "base/field_errors.h"
#include "meetings/routes/meeting_caller.h"
#include "meetings/routes/recording_routes.h"

namespace troupe::meetings::routes {
namespace {

constexpr std::int64_t kMostDays = 3'650;

/// What the tenant says, and what comes of it.
struct RetentionReply {
  records::TenantRetention own{};
  std::int64_t transcript_days = 0;
  std::int64_t recording_days = 0;
};

}  // namespace
}  // namespace troupe::meetings::routes

namespace troupe::api {

using meetings::records::TenantRetention;
using meetings::routes::RetentionReply;

Shape<TenantRetention> make_shape(Of<TenantRetention>) {
  using meetings::routes::kMostDays;
  return Shape<TenantRetention>::matrix_request(
      {member<&TenantRetention::transcript_days>(
           "transcript_days", {.description = "Days after a meeting's end; null or absent: as is set for all.",
                               .least = 1,
                               .most = kMostDays}),
       member<&TenantRetention::recording_days>(
           "recording_days", {.description = "The same of recordings.", .least = 1, .most = kMostDays})});
}

Shape<RetentionReply> make_shape(Of<RetentionReply>) {
  return Shape<RetentionReply>::answer(
      "MeetingRetention",
      {member<&RetentionReply::own, &TenantRetention::transcript_days>(
           "transcript_days", {.description = "Of this tenant; null: as is set for all.", .or_null = true}),
       member<&RetentionReply::own, &TenantRetention::recording_days>("recording_days", {.or_null = true}),
       member<&RetentionReply::transcript_days>(
           "effective_transcript_days", {.description = "The shorter of that and what is set for all; 0: for ever."}),
       member<&RetentionReply::recording_days>("effective_recording_days")});
}

}  // namespace troupe::api

namespace troupe::meetings::routes {
namespace {

using namespace api::words;

std::int64_t shorter(std::optional<std::int64_t> own, std::optional<std::int64_t> all) {
  const auto set = all.value_or(0);
  if (!own) return set;
  return set == 0 ? *own : std::min(*own, set);
}

Response shown(const RecordingApi& api, const records::TenantRetention& own) {
  return api::answer(RetentionReply{.own = own,
                                    .transcript_days = shorter(own.transcript_days, api.server.transcript_days),
                                    .recording_days = shorter(own.recording_days, api.server.recording_days)});
}

Task<Response> show_retention(RecordingApi& api, Call& call) {
  CO_TRY(const auto own, co_await api.retention.find(call));
  co_return shown(api, own);
}

Task<Response> set_retention(RecordingApi& api, Call& call) {
  CO_TRY(const auto wanted, api::body_of<records::TenantRetention>(call));
  // What is not there is taken back: a slip of the pen must not.
  for (const auto& member : net::route::body_object(call)) {
    if (member.key() != "transcript_days" && member.key() != "recording_days") {
      co_return base::field_error("/" + std::string(member.key()), "There is transcript_days, and recording_days.");
    }
  }
  CO_TRY(co_await api.retention.set(call, wanted));
  const auto days = [](std::optional<std::int64_t> value) {
    return value ? boost::json::value(*value) : boost::json::value();
  };
  co_await api::audit(
      api.kit, call, "meeting.retention", "meetings",
      {{"transcript_days", days(wanted.transcript_days)}, {"recording_days", days(wanted.recording_days)}});
  co_return shown(api, wanted);
}

}  // namespace

void add_retention_routes(RecordingApi& api) {
  api::add_shapes_of<RetentionReply>(api.kit);
  const api::Group group(api.kit.routes, {.prefix = std::string(kMeetingPrefix),
                                          .needs = Access::user,
                                          .scope = std::string(kMeetingScope),
                                          .tag = kMeetingTag});
  group.add({.method = "GET",
             .path = "/retention",
             .summary = "For how long this tenant keeps transcripts and recordings",
             .reply = TROUPE_REF("MeetingRetention"),
             .run = api::bind(show_retention, api)});
  group.add({.method = "PUT",
             .path = "/retention",
             .summary = "Say for how long: the shortest of this, what is set for all and what a meeting says counts",
             .needs = Access::operator_,
             .body = api::schema_text<records::TenantRetention>(),
             .reply = TROUPE_REF("MeetingRetention"),
             .run = api::bind(set_retention, api)});
}

}  // namespace troupe::meetings::routes
