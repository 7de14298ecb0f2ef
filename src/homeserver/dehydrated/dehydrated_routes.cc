#include "homeserver/dehydrated/dehydrated_routes.h"

#include "api/shape.h"
#include "homeserver/accounts/device_service.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/sync_token.h"

namespace troupe::homeserver::dehydrated {
namespace {

struct DehydratedBody {
  std::string device_id;
  boost::json::object device_data;
  std::optional<std::string> initial_device_display_name;
  boost::json::object device_keys;
  std::optional<boost::json::object> one_time_keys;
  std::optional<boost::json::object> fallback_keys;
};
struct DeviceIdAnswer {
  std::string device_id;
};
struct DehydratedAnswer {
  std::string device_id;
  boost::json::object device_data;
};
struct EventsBody {
  std::optional<std::string> next_batch;
};
struct EventsAnswer {
  std::vector<boost::json::object> events;
  std::optional<std::string> next_batch;
};

}  // namespace
}  // namespace troupe::homeserver::dehydrated

namespace troupe::api {

Shape<homeserver::dehydrated::DehydratedBody> make_shape(Of<homeserver::dehydrated::DehydratedBody>) {
  using homeserver::accounts::DeviceService;
  using homeserver::dehydrated::DehydratedBody;
  return Shape<DehydratedBody>::matrix_request(
      {member<&DehydratedBody::device_id>("device_id", {.least = 1, .most = DeviceService::kMaxDeviceIdBytes}),
       member<&DehydratedBody::device_data>("device_data", {.description = "has an algorithm; else the client's own"}),
       member<&DehydratedBody::initial_device_display_name>("initial_device_display_name",
                                                            {.most = DeviceService::kMaxDisplayNameBytes}),
       member<&DehydratedBody::device_keys>("device_keys"), member<&DehydratedBody::one_time_keys>("one_time_keys"),
       member<&DehydratedBody::fallback_keys>("fallback_keys")});
}

Shape<homeserver::dehydrated::DeviceIdAnswer> make_shape(Of<homeserver::dehydrated::DeviceIdAnswer>) {
  using homeserver::dehydrated::DeviceIdAnswer;
  return Shape<DeviceIdAnswer>::part({member<&DeviceIdAnswer::device_id>("device_id")});
}

Shape<homeserver::dehydrated::DehydratedAnswer> make_shape(Of<homeserver::dehydrated::DehydratedAnswer>) {
  using homeserver::dehydrated::DehydratedAnswer;
  return Shape<DehydratedAnswer>::part(
      {member<&DehydratedAnswer::device_id>("device_id"), member<&DehydratedAnswer::device_data>("device_data")});
}

Shape<homeserver::dehydrated::EventsBody> make_shape(Of<homeserver::dehydrated::EventsBody>) {
  using homeserver::dehydrated::EventsBody;
  return Shape<EventsBody>::matrix_request({member<&EventsBody::next_batch>("next_batch")});
}

Shape<homeserver::dehydrated::EventsAnswer> make_shape(Of<homeserver::dehydrated::EventsAnswer>) {
  using homeserver::dehydrated::EventsAnswer;
  return Shape<EventsAnswer>::part(
      {member<&EventsAnswer::events>("events"), member<&EventsAnswer::next_batch>("next_batch")});
}

}  // namespace troupe::api

namespace troupe::homeserver::dehydrated {
namespace {

using net::route::Call;

Result<NewDehydrated> read_device(const Call& call) {
  TRY(auto body, api::body_of<DehydratedBody>(call));
  if (!matrix::find_string(body.device_data, "algorithm")) {
    return Error(Errc::bad_json, "device_data.algorithm must be a string.");
  }
  NewDehydrated wanted{.device_id = std::move(body.device_id),
                       .device_data = boost::json::serialize(body.device_data),
                       .display_name = std::move(body.initial_device_display_name),
                       .keys = {}};
  if (wanted.device_data.size() > DehydratedDevices::kMaxDataBytes) {
    return Error(Errc::too_large, "device_data is larger than 64 KiB.");
  }
  TRY(wanted.keys, crypto::read_key_upload(net::route::body_object(call), call.caller->user_id, wanted.device_id));
  return wanted;
}

Task<net::http::Response> put_device(DehydratedDevices& devices, Call& call) {
  CO_TRY(auto wanted, read_device(call));
  DeviceIdAnswer answer{.device_id = wanted.device_id};
  CO_TRY(co_await devices.replace(call.caller->user_id, std::move(wanted)));
  co_return api::answer(answer);
}

Task<net::http::Response> get_device(DehydratedDevices& devices, Call& call) {
  CO_TRY(auto row, co_await devices.find(call.caller->user_id));
  CO_TRY(auto data, matrix::parse_json(row.device_data));
  if (!data.is_object()) co_return Error(Errc::internal, "A stored device is damaged.");
  co_return api::answer(
      DehydratedAnswer{.device_id = std::move(row.device_id), .device_data = std::move(data.get_object())});
}

Task<net::http::Response> delete_device(DehydratedDevices& devices, Call& call) {
  CO_TRY(auto device_id, co_await devices.remove(call.caller->user_id));
  co_return api::answer(DeviceIdAnswer{.device_id = std::move(device_id)});
}

/// Clients ask until nothing comes (POST, as the proposal has it: each page says where the next begins) or until a page
/// names no next one (GET, as matrix-js-sdk does it).
enum class LastPage { names_a_next, names_none };

Task<net::http::Response> show_events(DehydratedDevices& devices, Call& call, std::string from, LastPage last) {
  StreamPos after = 0;
  if (!from.empty()) {
    const auto token = parse_to_device_token(from);
    if (!token) co_return Error(Errc::invalid_param, "That is no token of this list.");
    after = *token;
  }
  CO_TRY(const auto page, co_await devices.waiting(call.caller->user_id, call.param("device_id"), after));
  EventsAnswer answer;
  for (const auto& json : page.events) {
    CO_TRY(auto event, matrix::parse_json(json));
    if (event.is_object()) answer.events.push_back(std::move(event.get_object()));
  }
  if (page.more || last == LastPage::names_a_next) answer.next_batch = to_device_token(page.upto);
  co_return api::answer(answer);
}

Task<net::http::Response> get_events(DehydratedDevices& devices, Call& call) {
  std::string from(call.request.query_value("from").value_or(""));
  if (from.empty()) from = call.request.query_value("next_batch").value_or("");
  return show_events(devices, call, std::move(from), LastPage::names_none);
}

Task<net::http::Response> post_events(DehydratedDevices& devices, Call& call) {
  CO_TRY(auto body, api::body_of<EventsBody>(call));
  co_return co_await show_events(devices, call, body.next_batch.value_or(""), LastPage::names_a_next);
}

}  // namespace

void setup_dehydrated(host::Context& context, const DehydratedBasis& basis) {
  auto& devices = context.make<DehydratedDevices>(DehydratedDevices::Parts{.db = context.db(),
                                                                           .keys = basis.keys,
                                                                           .observer = basis.observer,
                                                                           .settings = context.settings(),
                                                                           .clock = context.clock()});
  constexpr std::size_t kMaxBody = 1024UL * 1024;
  const auto group =
      matrix_group(context.routes(), {.prefix = "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device",
                                      .needs = net::route::Access::user});
  group.add({.method = "PUT",
             .summary = "Replace one's dehydrated device",
             .body = api::schema_text<DehydratedBody>(),
             .max_body_bytes = kMaxBody,
             .reply = api::schema_text<DeviceIdAnswer>(),
             .run = api::bind(put_device, devices)});
  group.add({.method = "GET",
             .summary = "Show one's dehydrated device",
             .reply = api::schema_text<DehydratedAnswer>(),
             .run = api::bind(get_device, devices)});
  group.add({.method = "DELETE",
             .summary = "Remove one's dehydrated device",
             .reply = api::schema_text<DeviceIdAnswer>(),
             .run = api::bind(delete_device, devices)});
  group.add({.method = "GET",
             .path = "/{device_id}/events",
             .summary = "List messages to one's dehydrated device",
             .reply = api::schema_text<EventsAnswer>(),
             .query = {{"from", "next_batch of the page before"}},
             .run = api::bind(get_events, devices)});
  group.add({.method = "POST",
             .path = "/{device_id}/events",
             .summary = "List messages to one's dehydrated device",
             .rate = net::route::Rate::read,
             .body = api::schema_text<EventsBody>(),
             .takes = net::route::Body::json_object,
             .reply = api::schema_text<EventsAnswer>(),
             .run = api::bind(post_events, devices)});
}

}  // namespace troupe::homeserver::dehydrated
