#include "homeserver/rtc/rtc_routes.h"

#include "api/shape.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/public_address.h"
#include "homeserver/common/settings.h"
#include "homeserver/rtc/authorization.h"

namespace troupe::homeserver::rtc {
namespace {

constexpr std::string_view kServicePath = "/_matrix/livekit/jwt";
constexpr std::size_t kMaxBodyBytes = 16UL * 1024;
constexpr std::chrono::minutes kLookAgain{1};
constexpr std::chrono::seconds kPutOutEvery{5};

struct Transport {
  std::string type;
  std::string livekit_service_url;
};
struct TransportList {
  std::vector<Transport> rtc_transports;
};

/// What clients of before MSC4195's members ask for.
struct SfuGetBody {
  std::string room;
  CallToken openid_token;
  std::string device_id;
};

struct CallMember {
  std::string id;
  std::string claimed_user_id;
  std::string claimed_device_id;
};
struct GetTokenBody {
  std::string room_id;
  std::string slot_id;
  CallToken openid_token;
  CallMember member;
};

}  // namespace
}  // namespace troupe::homeserver::rtc

namespace troupe::api {

namespace rtc = homeserver::rtc;

namespace {
constexpr Facts kRtcId{.least = 1, .most = rtc::Authorization::kMaxIdBytes};
}

Shape<rtc::Transport> make_shape(Of<rtc::Transport>) {
  return Shape<rtc::Transport>::part({member<&rtc::Transport::type>("type", {.description = "livekit"}),
                                      member<&rtc::Transport::livekit_service_url>("livekit_service_url")});
}

Shape<rtc::TransportList> make_shape(Of<rtc::TransportList>) {
  return Shape<rtc::TransportList>::part({member<&rtc::TransportList::rtc_transports>("rtc_transports")});
}

Shape<rtc::CallToken> make_shape(Of<rtc::CallToken>) {
  return Shape<rtc::CallToken>::matrix_request(
      {member<&rtc::CallToken::access_token>("access_token", kRtcId),
       member<&rtc::CallToken::matrix_server_name>("matrix_server_name", kRtcId)});
}

Shape<rtc::SfuGetBody> make_shape(Of<rtc::SfuGetBody>) {
  return Shape<rtc::SfuGetBody>::matrix_request({member<&rtc::SfuGetBody::room>("room", kRtcId),
                                                 member<&rtc::SfuGetBody::openid_token>("openid_token"),
                                                 member<&rtc::SfuGetBody::device_id>("device_id", kRtcId)});
}

Shape<rtc::CallMember> make_shape(Of<rtc::CallMember>) {
  return Shape<rtc::CallMember>::matrix_request(
      {member<&rtc::CallMember::id>("id", kRtcId), member<&rtc::CallMember::claimed_user_id>("claimed_user_id", kRtcId),
       member<&rtc::CallMember::claimed_device_id>("claimed_device_id", kRtcId)});
}

Shape<rtc::GetTokenBody> make_shape(Of<rtc::GetTokenBody>) {
  return Shape<rtc::GetTokenBody>::matrix_request(
      {member<&rtc::GetTokenBody::room_id>("room_id", kRtcId), member<&rtc::GetTokenBody::slot_id>("slot_id", kRtcId),
       member<&rtc::GetTokenBody::openid_token>("openid_token"), member<&rtc::GetTokenBody::member>("member")});
}

Shape<rtc::LetIn> make_shape(Of<rtc::LetIn>) {
  return Shape<rtc::LetIn>::part({member<&rtc::LetIn::url>("url"), member<&rtc::LetIn::jwt>("jwt")});
}

}  // namespace troupe::api

namespace troupe::homeserver::rtc {
namespace {

TransportList transports_of(const host::Settings& settings, const net::http::Request& request) {
  TransportList list;
  const auto& set = settings.of<RtcSettings>();
  auto url = set.livekit_service_url;
  if (url.empty() && set.lets_in()) url = public_address(settings, request) + std::string(kServicePath);
  if (!url.empty()) list.rtc_transports.push_back({.type = "livekit", .livekit_service_url = std::move(url)});
  return list;
}

Task<net::http::Response> get_transports(const host::Settings& settings, net::route::Call& call) {
  co_return api::answer(transports_of(settings, call.request));
}

Task<net::http::Response> post_sfu_get(Authorization& calls, net::route::Call& call) {
  CO_TRY(auto body, api::body_of<SfuGetBody>(call));
  CO_TRY(const auto in, co_await calls.let_in({.room_id = std::move(body.room),
                                               .token = std::move(body.openid_token),
                                               .device_id = std::move(body.device_id),
                                               .member_id = {},
                                               .claimed_user_id = {}}));
  co_return api::answer(in);
}

Task<net::http::Response> post_get_token(Authorization& calls, net::route::Call& call) {
  CO_TRY(auto body, api::body_of<GetTokenBody>(call));
  CO_TRY(const auto in, co_await calls.let_in({.room_id = std::move(body.room_id),
                                               .slot_id = std::move(body.slot_id),
                                               .token = std::move(body.openid_token),
                                               .device_id = std::move(body.member.claimed_device_id),
                                               .member_id = std::move(body.member.id),
                                               .claimed_user_id = std::move(body.member.claimed_user_id)}));
  co_return api::answer(in);
}

void setup_own_service(host::Context& context, const RtcBasis& basis) {
  const auto& set = context.settings().of<RtcSettings>();
  auto& sfu = context.make<Sfu>(Sfu::Parts{.http = context.http(),
                                           .clock = context.clock(),
                                           .url = set.livekit_url,
                                           .key = {.key = set.livekit_key, .secret = set.livekit_secret}});
  context.health("livekit", [&sfu] { return sfu.trouble(); });
  context.every({.name = "homeserver.livekit", .every = kLookAgain, .run = [&sfu] { return sfu.look(); }});
  auto& in_call = context.make<InCall>(InCall::Parts{.db = context.db(), .sfu = sfu, .clock = context.clock()});
  context.every({.name = "homeserver.in_call",
                 .every = kPutOutEvery,
                 .run = [&in_call] { return in_call.look(); },
                 .singleton = true});
  auto& calls = context.make<Authorization>(Authorization::Parts{.db = context.db(),
                                                                 .rooms = basis.rooms,
                                                                 .openid = basis.openid,
                                                                 .settings = context.settings(),
                                                                 .sfu = sfu,
                                                                 .in_call = in_call});
  // Who asks is known by what is in the body.
  const auto group = matrix_group(context.routes(), {.prefix = std::string(kServicePath),
                                                     .needs = net::route::Access::open,
                                                     .rate = net::route::Rate::write,
                                                     .max_body_bytes = kMaxBodyBytes});
  group.add({.method = "POST",
             .path = "/sfu/get",
             .body = api::schema_text<SfuGetBody>(),
             .reply = api::schema_text<LetIn>(),
             .run = api::bind(post_sfu_get, calls)});
  group.add({.method = "POST",
             .path = "/get_token",
             .body = api::schema_text<GetTokenBody>(),
             .reply = api::schema_text<LetIn>(),
             .run = api::bind(post_get_token, calls)});
}

}  // namespace

matrix::JsonArray rtc_transports(const host::Settings& settings, const net::http::Request& request) {
  return api::write_all(transports_of(settings, request).rtc_transports);
}

void setup_rtc(host::Context& context, const RtcBasis& basis) {
  const auto& settings = context.settings();
  const auto& set = settings.of<RtcSettings>();
  if (!set.livekit_service_url.empty() || set.lets_in()) {
    basis.offers.unstable_features.emplace_back("org.matrix.msc4143");
  }
  const auto group = matrix_group(
      context.routes(), {.prefix = "/_matrix/client/unstable/org.matrix.msc4143", .needs = net::route::Access::user});
  group.add({.method = "GET",
             .path = "/rtc/transports",
             .summary = "List what calls may run over",
             .reply = api::schema_text<TransportList>(),
             .run = api::bind(get_transports, settings)});
  if (set.lets_in()) setup_own_service(context, basis);
}

}  // namespace troupe::homeserver::rtc
