// Synapse's admin API: what belongs to an account. Rooms and counts are told of any user, also of one who is not there
// (any more), as Synapse has it.
#include <limits>
#include <set>

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/account_data/pusher_store.h"
#include "homeserver/admin/admin_route.h"
#include "homeserver/admin/admin_user.h"
#include "homeserver/admin/user_data_shapes.h"
#include "homeserver/admin/user_routes.h"
#include "homeserver/admin/user_store.h"
#include "homeserver/crypto/device_keys_store.h"
#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::admin {
namespace {

using net::route::Call;

/// How long an account's master key may be replaced.
constexpr std::chrono::minutes kReplaceable{10};
constexpr std::int64_t kChangesAtOnce = 500;

Task<std::vector<memory::MembershipRow>> memberships_of(UserDataApi& api, const Call& call) {
  auto look = [&call](store::Connection& connection) -> Result<std::vector<memory::MembershipRow>> {
    return memory::event_store::memberships_of(connection, call.param("user_id"));
  };
  co_return co_await api.db.read(look);
}

Task<net::http::Response> get_joined_rooms(UserDataApi& api, Call& call) {
  CO_TRY(auto rows, co_await memberships_of(api, call));
  JoinedRooms shown;
  for (auto& row : rows)
    if (row.membership == "join") shown.joined_rooms.push_back(std::move(row.room_id));
  shown.total = std::ssize(shown.joined_rooms);
  co_return api::answer(shown);
}

Task<net::http::Response> get_memberships(UserDataApi& api, Call& call) {
  CO_TRY(auto rows, co_await memberships_of(api, call));
  Memberships shown;
  for (auto& row : rows) shown.memberships[row.room_id] = std::move(row.membership);
  co_return api::answer(shown);
}

/// "type": content, as it is stored: no entry is parsed.
void append_entry(std::string& object, const account_data::account_data_store::AccountDataRow& row) {
  if (!object.empty()) object += ',';
  object += boost::json::serialize(boost::json::string(row.type)) + ':' + row.content;
}

Result<std::string> account_data_text(store::Connection& connection, const std::string& user_id) {
  using namespace account_data::account_data_store;
  std::string global;
  std::map<memory::RoomNum, std::string> by_room;
  const auto all = account_data_since(connection, user_id, 0, std::numeric_limits<StreamPos>::max());
  for (const auto& row : all) append_entry(row.room == kGlobal ? global : by_room[row.room], row);
  std::string rooms;
  for (const auto& [num, entries] : by_room) {
    const auto room = memory::event_store::find_room(connection, num);
    if (!room) continue;
    if (!rooms.empty()) rooms += ',';
    rooms += boost::json::serialize(boost::json::string(room->room_id)) + ":{" + entries + '}';
  }
  return R"({"account_data":{"global":{)" + global + R"(},"rooms":{)" + rooms + "}}}";
}

Task<net::http::Response> get_account_data_of_user(UserDataApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  auto look = [&account](store::Connection& connection) { return account_data_text(connection, account.user_id); };
  CO_TRY(auto text, co_await api.db.read(look));
  co_return net::http::Response::json(std::move(text));
}

Task<net::http::Response> get_pushers_of_user(UserDataApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  auto look = [&account](store::Connection& connection) -> Result<std::vector<account_data::PusherRow>> {
    return account_data::pusher_store::pushers(connection, account.user_id);
  };
  CO_TRY(const auto rows, co_await api.db.read(look));
  PusherList shown{.pushers = {}, .total = std::ssize(rows)};
  for (const auto& row : rows) {
    CO_TRY(auto pusher, matrix::parse_json(row.json));
    shown.pushers.push_back(std::move(pusher).as_object());
  }
  co_return api::answer(shown);
}

Result<std::int64_t> read_from_ts(const Call& call) {
  if (!call.request.query_value("from_ts")) return Error(Errc::missing_param, "from_ts is missing.");
  return net::route::query_number(call.request, "from_ts",
                                  {.otherwise = 0, .least = 0, .most = std::numeric_limits<std::int64_t>::max()});
}

bool says(store::Connection& connection, StreamPos pos, std::string_view membership) {
  const auto event = memory::event_store::load_event(connection, pos);
  return event && matrix::find_string(event->event->content, "membership") == membership;
}

/// One piece of a count, and where the next begins; nothing when it was the last.
struct Counted {
  std::int64_t invites = 0;
  std::optional<user_store::MemberChange> last;
};

Counted count_invites(store::Connection& connection, const std::string& sender, const user_store::MemberChange& after) {
  const auto changes = user_store::member_changes_after(connection, sender, after, kChangesAtOnce);
  Counted counted;
  for (const auto& change : changes) counted.invites += says(connection, change.pos, "invite") ? 1 : 0;
  if (std::ssize(changes) == kChangesAtOnce) counted.last = changes.back();
  return counted;
}

Task<net::http::Response> get_sent_invite_count(UserDataApi& api, Call& call) {
  CO_TRY(const auto from, read_from_ts(call));
  InviteCount shown;
  std::optional<user_store::MemberChange> after = user_store::MemberChange{.ts = from, .pos = -1};
  while (after) {
    auto look = [&](store::Connection& connection) -> Result<Counted> {
      return count_invites(connection, call.param("user_id"), *after);
    };
    CO_TRY(const auto counted, co_await api.db.read(look));
    shown.invite_count += counted.invites;
    after = counted.last;
  }
  co_return api::answer(shown);
}

Task<net::http::Response> get_joined_room_count(UserDataApi& api, Call& call) {
  CO_TRY(const auto from, read_from_ts(call));
  auto look = [&](store::Connection& connection) -> Result<std::int64_t> {
    std::set<std::int64_t> joined;
    for (const auto& change : user_store::own_changes_since(connection, call.param("user_id"), from)) {
      if (!joined.contains(change.room) && says(connection, change.pos, "join")) joined.insert(change.room);
    }
    return std::ssize(joined);
  };
  CO_TRY(const auto count, co_await api.db.read(look));
  co_return api::answer(JoinCount{.cumulative_joined_room_count = count});
}

Task<net::http::Response> post_allow_replacement(UserDataApi& api, Call& call) {
  CO_TRY(const auto account, co_await account_in_path(api.accounts, call));
  const auto until = api.clock.unix_ms() + std::chrono::milliseconds(kReplaceable).count();
  auto allow = [&](store::Tx& tx) -> Result<Unit> {
    if (crypto::device_keys_store::allow_replacement(tx, account.user_id, until)) return Unit{};
    return Error(Errc::not_found, "This user has no cross-signing keys.");
  };
  CO_TRY(co_await api.db.write(allow));
  co_await api.audit.record(call, "user.allow_key_replacement", account.user_id);
  co_return api::answer(KeysReplaceable{.updatable_without_uia_before_ms = until});
}

}  // namespace

void add_user_data_routes(net::route::Router& router, UserDataApi& api) {
  const auto group = admin_group(router, "/v1/users/{user_id}");
  const net::route::QueryParam from{.name = "from_ts",
                                    .description = "since when, in milliseconds",
                                    .schema = R"({"type":"integer","minimum":0})",
                                    .required = true};
  group.add({.method = "GET",
             .path = "/joined_rooms",
             .summary = "The rooms a user is joined to",
             .reply = api::schema_text<JoinedRooms>(),
             .run = api::bind(get_joined_rooms, api)});
  group.add({.method = "GET",
             .path = "/memberships",
             .summary = "A user's membership in every room they have to do with",
             .reply = api::schema_text<Memberships>(),
             .run = api::bind(get_memberships, api)});
  group.add({.method = "GET",
             .path = "/accountdata",
             .summary = "What an account keeps here, global and by rooms",
             .reply = api::schema_text<AccountDataAnswer>(),
             .run = api::bind(get_account_data_of_user, api)});
  group.add({.method = "GET",
             .path = "/pushers",
             .summary = "Where an account's notifications go",
             .reply = api::schema_text<PusherList>(),
             .run = api::bind(get_pushers_of_user, api)});
  group.add({.method = "GET",
             .path = "/sent_invite_count",
             .summary = "How many invites a user sent since then",
             .reply = api::schema_text<InviteCount>(),
             .query = {from},
             .run = api::bind(get_sent_invite_count, api)});
  group.add({.method = "GET",
             .path = "/cumulative_joined_room_count",
             .summary = "How many rooms a user joined since then, left ones included",
             .reply = api::schema_text<JoinCount>(),
             .query = {from},
             .run = api::bind(get_joined_room_count, api)});
  group.add({.method = "POST",
             .path = "/_allow_cross_signing_replacement_without_uia",
             .summary = "Let a user replace their cross-signing keys without password for ten minutes",
             .reply = api::schema_text<KeysReplaceable>(),
             .run = api::bind(post_allow_replacement, api)});
}

}  // namespace troupe::homeserver::admin
