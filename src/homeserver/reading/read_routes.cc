#include "homeserver/reading/read_routes.h"

#include "homeserver/reading/notifications.h"

namespace troupe::homeserver {

using namespace std::chrono_literals;

ReadServices setup_reading(host::Context& context, Rooms& rooms, Users& users, EventLookup& lookup, DeviceSync devices,
                           Presence* presence) {
  auto& db = context.db();
  const auto& clock = context.clock();
  auto& account_data = context.make<AccountData>(db, rooms, users, context.settings().account_data_bytes_per_user);
  auto& receipts = context.make<Receipts>(db, rooms, users, account_data, clock);
  auto& unread = context.make<Unread>(receipts, account_data);
  auto& typing = context.make<Typing>(db, rooms, users, context.bus(), context.io().next().get_executor());
  auto& filters = context.make<Filters>(db);
  auto& history = context.make<History>(db, rooms, lookup, account_data, clock);
  auto& state = context.make<RoomState>(db, rooms, users, clock);
  auto& sync = context.make<SyncService>(
      db, rooms, users, filters,
      SyncServices{.receipts = receipts, .unread = unread, .typing = typing, .account_data = account_data},
      std::move(devices), clock);
  const ReadServices services{account_data, receipts, typing, filters, history, state, sync, presence};

  add_sync_routes(context.routes(), services);
  add_history_routes(context.routes(), services);
  add_state_routes(context.routes(), services);
  add_account_data_routes(context.routes(), services);
  add_marker_routes(context.routes(), services);

  context.every({.name = "homeserver.forget_receipts", .every = 5min, .run = [&receipts]() -> Task<Unit> {
                   receipts.evict();
                   co_return Unit{};
                 }});
  context.every({.name = "homeserver.notifications",
                 .every = 1h,
                 .run = [&db] { return forget_read_notifications(db); },
                 .singleton = true});
  context.on_stop([&typing, &sync]() -> Task<Unit> {
    sync.stop();
    typing.stop();
    co_return Unit{};
  });
  return services;
}

Result<std::optional<StreamPos>> query_position(const net::Request& request, std::string_view name) {
  const auto text = request.query_value(name);
  if (!text || text->empty()) return std::optional<StreamPos>();
  const auto token = parse_token(*text);
  if (!token) return Error(Errc::invalid_param, std::string(name) + " is no token of this server.");
  return std::optional(token->pos);
}

Result<EventFilter> query_filter(const net::Request& request) {
  const auto text = request.query_value("filter");
  if (!text || text->empty()) return EventFilter();
  if (text->size() > kMaxFilterBytes) return Error(Errc::invalid_param, "The filter is longer than 64 KiB.");
  TRY(const auto json, matrix::parse_json(*text));
  if (!json.is_object()) return Error(Errc::bad_json, "A filter must be a JSON object.");
  return parse_event_filter(json.get_object());
}

ReadRequest read_request(const net::Call& call) {
  return {.user_id = call.caller->user_id, .device_id = call.caller->device_id, .room_id = call.param("room_id")};
}

}  // namespace troupe::homeserver
