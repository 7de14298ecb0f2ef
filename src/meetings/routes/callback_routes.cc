// POST /bots/internal/callback/{token}/…: what bots of meetings say, in the words of Vexa's bots. The token is the
// credential; whoever has none learns nothing. An answer never asks a bot to do anything: it may come late, repeatedly
// and in any order, and most bots do not read it.
#include "api/group.h"
#include "api/shape.h"
#include "meetings/routes/meeting_routes.h"

namespace troupe::meetings::routes {
namespace {

struct CallbackBody {
  std::string connection_id;
  std::string status;
  std::string container_id;
  std::string reason;
  std::string completion_reason;
  std::optional<std::int64_t> exit_code;
};
struct CallbackReply {
  std::int64_t meeting_id = 0;
  std::string status;  ///< as Vexa names them; "ignored": it changed nothing
  std::string detail;
};

struct DeviceBody {
  std::string connection_id;
  std::string device_id;
};
struct ConsentBody {
  std::string connection_id;
  std::string user_id;
  bool declined = false;
  std::optional<std::int64_t> ago_ms;
};
struct NoticeBody {
  std::string connection_id;
  std::string notice;
};
struct Heard {
  bool ok = true;
};
struct DeviceHeard {
  bool ok = true;
  std::vector<std::string> declined{};
};

constexpr std::int64_t kMostOfId = 200;
constexpr std::int64_t kMostOfName = 255;
constexpr std::int64_t kMostOfWord = 1'000;
constexpr std::int64_t kLongestAgo = 86'400'000;

}  // namespace
}  // namespace troupe::meetings::routes

namespace troupe::api {

using meetings::routes::CallbackBody;
using meetings::routes::CallbackReply;

Shape<CallbackBody> make_shape(Of<CallbackBody>) {
  using namespace meetings::routes;
  return Shape<CallbackBody>::matrix_request(
      {member<&CallbackBody::connection_id>("connection_id", {.least = 1, .most = kMostOfId}),
       member<&CallbackBody::status>(
           "status", {.description = "joining, awaiting_admission, needs_help, active, completed or failed.",
                      .most = kMostOfId,
                      .may_lack = true}),
       member<&CallbackBody::container_id>("container_id", {.most = kMostOfId, .may_lack = true}),
       member<&CallbackBody::reason>("reason", {.most = kMostOfWord, .may_lack = true}),
       member<&CallbackBody::completion_reason>("completion_reason", {.most = kMostOfWord, .may_lack = true}),
       member<&CallbackBody::exit_code>("exit_code")});
}

Shape<CallbackReply> make_shape(Of<CallbackReply>) {
  return Shape<CallbackReply>::part({member<&CallbackReply::meeting_id>("meeting_id"),
                                     member<&CallbackReply::status>("status"),
                                     member<&CallbackReply::detail>("detail", {.may_lack = true})});
}

Shape<meetings::routes::DeviceBody> make_shape(Of<meetings::routes::DeviceBody>) {
  using namespace meetings::routes;
  return Shape<DeviceBody>::matrix_request(
      {member<&DeviceBody::connection_id>("connection_id", {.least = 1, .most = kMostOfId}),
       member<&DeviceBody::device_id>("device_id", {.least = 1, .most = kMostOfName})});
}

Shape<meetings::routes::ConsentBody> make_shape(Of<meetings::routes::ConsentBody>) {
  using namespace meetings::routes;
  return Shape<ConsentBody>::matrix_request(
      {member<&ConsentBody::connection_id>("connection_id", {.least = 1, .most = kMostOfId}),
       member<&ConsentBody::user_id>("user_id", {.least = 1, .most = kMostOfName}),
       member<&ConsentBody::declined>("declined"),
       member<&ConsentBody::ago_ms>(
           "ago_ms", {.description = "Milliseconds since they said so, where the bot could not tell it at once.",
                      .least = 0,
                      .most = kLongestAgo})});
}

Shape<meetings::routes::NoticeBody> make_shape(Of<meetings::routes::NoticeBody>) {
  using namespace meetings::routes;
  return Shape<NoticeBody>::matrix_request(
      {member<&NoticeBody::connection_id>("connection_id", {.least = 1, .most = kMostOfId}),
       member<&NoticeBody::notice>("notice", {.description = "given, off or failed.", .most = kMostOfId})});
}

Shape<meetings::routes::DeviceHeard> make_shape(Of<meetings::routes::DeviceHeard>) {
  using meetings::routes::DeviceHeard;
  return Shape<DeviceHeard>::part({member<&DeviceHeard::ok>("ok"), member<&DeviceHeard::declined>("declined")});
}

Shape<meetings::routes::Heard> make_shape(Of<meetings::routes::Heard>) {
  using meetings::routes::Heard;
  return Shape<Heard>::part({member<&Heard::ok>("ok")});
}

}  // namespace troupe::api

namespace troupe::meetings::routes {
namespace {

using net::http::Response;
using net::route::Call;

/// What the body's status, or the path that stands for one, says.
Result<life::Callback> callback_of(std::string token, std::string status, CallbackBody body) {
  life::Callback callback{.token = std::move(token),
                          .connection_id = std::move(body.connection_id),
                          .container = std::move(body.container_id),
                          .words = status};
  if (status == "active") {
    callback.kind = life::Callback::Kind::joined;
  } else if (status == "completed" || status == "failed") {
    callback.kind = life::Callback::Kind::ended;
    callback.ending = classify(status == "completed", body.reason, body.completion_reason);
    callback.words += ", " + callback.ending.raw;
    if (body.exit_code) callback.words += ", exit code " + std::to_string(*body.exit_code);
  } else if (const auto phase = parse_phase(status); phase && *phase != Phase::none) {
    callback.phase = *phase;
  } else {
    return Error(Errc::invalid_param,
                 "status is joining, awaiting_admission, needs_help, active, completed or failed.");
  }
  return callback;
}

/// `status`: what the path says; empty: what the body says.
Task<life::CallbackOutcome> take(MeetingApi& api, Call& call, std::string status) {
  CO_TRY(auto body, api::body_of<CallbackBody>(call));
  if (status.empty()) status = body.status;
  CO_TRY(auto callback, callback_of(call.param("token"), std::move(status), std::move(body)));
  co_return co_await api.meetings.call_back(std::move(callback));
}

Task<Response> hear(MeetingApi& api, Call& call, std::string status) {
  CO_TRY(const auto heard, co_await take(api, call, std::move(status)));
  const auto& meeting = heard.meeting;
  CallbackReply answer{.meeting_id = meeting.id,
                       .status = std::string(vexa_status(meeting.life.state, meeting.life.phase)),
                       .detail = {}};
  if (heard.ignored && meeting.life.stop_requested) {
    answer.status = "ignored";
    answer.detail = "stop requested";
  }
  co_return api::answer(answer);
}

/// Vexa's newer bots say all that they say here, and again until the answer is 2xx.
Task<Response> hear_lifecycle(MeetingApi& api, Call& call) {
  CO_TRY(const auto heard, co_await take(api, call, {}));
  co_return api::answer(CallbackReply{.meeting_id = heard.meeting.id, .status = "accepted", .detail = {}});
}

Task<Response> hear_status(MeetingApi& api, Call& call) { return hear(api, call, {}); }
Task<Response> hear_started(MeetingApi& api, Call& call) { return hear(api, call, "active"); }
Task<Response> hear_joining(MeetingApi& api, Call& call) { return hear(api, call, "joining"); }
Task<Response> hear_waiting(MeetingApi& api, Call& call) { return hear(api, call, "awaiting_admission"); }

/// Its end, without a status: the exit code says which.
Task<Response> hear_exited(MeetingApi& api, Call& call) {
  CO_TRY(const auto body, api::body_of<CallbackBody>(call));
  co_return co_await hear(api, call, body.exit_code.value_or(1) == 0 ? "completed" : "failed");
}

/// The bot's page has published the keys of its device. 200: it is a verified one now; 409: they are not there yet.
Task<Response> hear_device(MeetingApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<DeviceBody>(call));
  CO_TRY(auto declined,
         co_await api.words.vouch({.token = call.param("token"), .connection_id = std::move(body.connection_id)},
                                  std::move(body.device_id)));
  co_return api::answer(DeviceHeard{.declined = std::move(declined)});
}

/// Somebody in the call does not want to be heard, or does again.
Task<Response> hear_consent(MeetingApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<ConsentBody>(call));
  CO_TRY(co_await api.words.consent({.token = call.param("token"), .connection_id = std::move(body.connection_id)},
                                    {.user_id = std::move(body.user_id),
                                     .declined = body.declined,
                                     .ago = std::chrono::milliseconds(body.ago_ms.value_or(0))}));
  co_return api::answer(Heard{});
}

/// Whether the people in the call were told that a bot listens.
Task<Response> hear_notice(MeetingApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<NoticeBody>(call));
  const auto notice = parse_notice(body.notice);
  if (!notice) co_return Error(Errc::invalid_param, "notice is given, off or failed.");
  CO_TRY(co_await api.meetings.noticed(std::string(call.param("token")), std::move(body.connection_id), *notice));
  co_return api::answer(Heard{});
}

}  // namespace

void add_callback_routes(MeetingApi& api) {
  using net::route::Rate;
  const api::Group group(api.kit.routes, {.prefix = "/bots/internal/callback/{token}",
                                          .needs = net::route::Access::open,
                                          .tag = {"meetings", ""},
                                          .dialect = net::route::Dialect::detail,
                                          .rate = Rate::read});
  const auto add = [&](std::string_view path, std::string_view summary, Task<Response> (*run)(MeetingApi&, Call&)) {
    group.add({.method = "POST",
               .path = path,
               .summary = summary,
               .body = api::schema_text<CallbackBody>(),
               .reply = api::schema_text<CallbackReply>(),
               .run = api::bind(run, api)});
  };
  add("/status_change", "A meeting's bot says how it is; the token is the credential", hear_status);
  add("/lifecycle", "The same in the words of Vexa's newer bots, answered with the status accepted", hear_lifecycle);
  add("/started", "The same as the status active", hear_started);
  add("/joining", "The same as the status joining", hear_joining);
  add("/awaiting_admission", "The same as the status awaiting_admission", hear_waiting);
  add("/exited", "A meeting's bot says that it ends; exit code 0: completed, else failed", hear_exited);
  group.add({.method = "POST",
             .path = "/matrix_device",
             .summary = "The bot of a Matrix call has keys: its device is signed; 409 while they are not there",
             .body = api::schema_text<DeviceBody>(),
             .reply = api::schema_text<DeviceHeard>(),
             .run = api::bind(hear_device, api)});
  group.add({.method = "POST",
             .path = "/consent",
             .summary = "Somebody in a Matrix call declines to be heard, or takes it back",
             .body = api::schema_text<ConsentBody>(),
             .reply = api::schema_text<Heard>(),
             .run = api::bind(hear_consent, api)});
  group.add({.method = "POST",
             .path = "/notice",
             .summary = "Whether the call was told that a bot listens: given, off or failed",
             .body = api::schema_text<NoticeBody>(),
             .reply = api::schema_text<Heard>(),
             .run = api::bind(hear_notice, api)});
}

}  // namespace troupe::meetings::routes
