#include "homeserver/rtc/rtc_routes.h"

#include "api/shape.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/settings.h"

namespace troupe::homeserver::rtc {
namespace {

struct Transport {
  std::string type;
  std::string livekit_service_url;
};
struct TransportList {
  std::vector<Transport> rtc_transports;
};

}  // namespace
}  // namespace troupe::homeserver::rtc

namespace troupe::api {

Shape<homeserver::rtc::Transport> make_shape(Of<homeserver::rtc::Transport>) {
  using homeserver::rtc::Transport;
  return Shape<Transport>::part({member<&Transport::type>("type", {.description = "livekit"}),
                                 member<&Transport::livekit_service_url>("livekit_service_url")});
}

Shape<homeserver::rtc::TransportList> make_shape(Of<homeserver::rtc::TransportList>) {
  using homeserver::rtc::TransportList;
  return Shape<TransportList>::part({member<&TransportList::rtc_transports>("rtc_transports")});
}

}  // namespace troupe::api

namespace troupe::homeserver::rtc {
namespace {

TransportList transports_of(const host::Settings& settings) {
  TransportList list;
  const auto& url = settings.of<RtcSettings>().livekit_service_url;
  if (!url.empty()) list.rtc_transports.push_back({.type = "livekit", .livekit_service_url = url});
  return list;
}

Task<net::http::Response> get_transports(const host::Settings& settings, net::route::Call&) {
  co_return api::answer(transports_of(settings));
}

}  // namespace

matrix::JsonArray rtc_transports(const host::Settings& settings) {
  return api::write_all(transports_of(settings).rtc_transports);
}

void setup_rtc(host::Context& context, Offers& offers) {
  const auto& settings = context.settings();
  if (!settings.of<RtcSettings>().livekit_service_url.empty()) {
    offers.unstable_features.emplace_back("org.matrix.msc4143");
  }
  const auto group = matrix_group(
      context.routes(), {.prefix = "/_matrix/client/unstable/org.matrix.msc4143", .needs = net::route::Access::user});
  group.add({.method = "GET",
             .path = "/rtc/transports",
             .summary = "List what calls may run over",
             .reply = api::schema_text<TransportList>(),
             .run = api::bind(get_transports, settings)});
}

}  // namespace troupe::homeserver::rtc
