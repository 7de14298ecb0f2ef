#include "homeserver/notices/notices.h"

#include "homeserver/common/settings.h"
#include "homeserver/notices/notice_store.h"
#include "matrix/ids.h"

namespace troupe::homeserver::notices {
namespace {

constexpr std::string_view kTag = "m.server_notice";
/// Of whoever reads: nobody answers the server.
constexpr std::int64_t kReaderLevel = -10;

}  // namespace

Task<std::string> Notices::send(Notice notice) {
  const auto parts = matrix::parse_user_id(notice.user_id);
  if (!parts || parts->server != parts_.settings.server_name)
    co_return Error(Errc::invalid_param, "Server notices can be sent to users of this server only.");
  CO_TRY(auto from, co_await sender());
  CO_TRY(const auto account, co_await parts_.accounts.find(notice.user_id));
  if (account.deactivated) co_return Error(Errc::not_found, "This account has been deactivated.");
  CO_TRY(auto room_id, co_await room_for(from, notice.user_id));
  rooms::Actor actor{.user_id = std::move(from), .device_id = {}, .txn_path = {}, .txn_id = {}};
  if (!notice.txn.empty()) {
    actor.txn_path = "/send_server_notice/" + notice.user_id + '/' + notice.txn;
    actor.txn_id = std::move(notice.txn);
  }
  if (notice.state_key) {
    CO_TRY(auto sent, co_await parts_.rooms.set_state(std::move(actor), std::move(room_id), std::move(notice.type),
                                                      *std::move(notice.state_key), std::move(notice.content)));
    co_return std::move(sent.event_id);
  }
  CO_TRY(auto sent, co_await parts_.rooms.send(std::move(actor), std::move(room_id), std::move(notice.type),
                                               std::move(notice.content)));
  co_return std::move(sent.event_id);
}

Task<std::string> Notices::sender() {
  const auto& wanted = parts_.settings.of<NoticeSettings>();
  if (wanted.localpart.empty())
    co_return Error(Errc::invalid_param, "Server notices are not enabled on this server.").with_wire_code("M_UNKNOWN");
  auto user_id = matrix::make_user_id(wanted.localpart, parts_.settings.server_name);
  auto known = co_await parts_.accounts.find(user_id);
  if (known && known->kind != matrix::AccountKind::service) {
    // Whoever has it would read along, and could speak for the server.
    co_return Error(Errc::conflict,
                    "The account " + user_id + " is somebody's: set server_notices.localpart to another.");
  }
  if (known) co_return user_id;
  matrix::NewAccount account;
  account.localpart = wanted.localpart;
  account.kind = matrix::AccountKind::service;
  account.display_name = wanted.room_name;
  auto made = co_await parts_.accounts.create(std::move(account));
  if (!made && made.error().code() != Errc::user_in_use) co_return std::unexpected(std::move(made).error());
  co_return user_id;
}

Task<std::string> Notices::room_for(std::string sender, std::string user_id) {
  CO_TRY(const auto pass, co_await making_.enter());
  struct Known {
    std::string room_id;  ///< empty: there is none where the server speaks
    bool invite = false;  ///< the person left it
  };
  auto look = [&](store::Connection& connection) -> Result<Known> {
    const auto room = notice_store::find_room(connection, user_id);
    if (!room || memory::event_store::membership_in(connection, sender, *room) != "join") return Known{};
    const auto membership = memory::event_store::membership_in(connection, user_id, *room);
    return Known{.room_id = *room, .invite = membership != "join" && membership != "invite"};
  };
  CO_TRY(auto known, co_await parts_.db.read(look));
  if (known.room_id.empty()) co_return co_await make_room(std::move(sender), std::move(user_id));
  if (known.invite) {
    rooms::Actor actor{.user_id = sender, .device_id = {}, .txn_path = {}, .txn_id = {}};
    rooms::MembershipChange change;
    change.room_id = known.room_id;
    change.target = user_id;
    change.membership = "invite";
    if (!co_await parts_.rooms.change_membership(std::move(actor), std::move(change))) {
      co_return co_await make_room(std::move(sender), std::move(user_id));  // blocked, banned there
    }
  }
  co_return std::move(known.room_id);
}

Task<std::string> Notices::make_room(std::string sender, std::string user_id) {
  rooms::CreateRoom request;
  request.preset = "private_chat";
  request.name = parts_.settings.of<NoticeSettings>().room_name;
  request.invite = {user_id};
  request.power_level_override = matrix::JsonObject{{"users_default", kReaderLevel}};
  rooms::Actor actor{.user_id = std::move(sender), .device_id = {}, .txn_path = {}, .txn_id = {}};
  CO_TRY(auto room_id, co_await parts_.rooms.create(std::move(actor), std::move(request)));
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    notice_store::put_room(tx, user_id, room_id);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(note, {.lane = store::Lane::receipts}));
  CO_TRY(co_await parts_.account_data.set_tag(user_id, room_id, std::string(kTag), {}));
  co_return room_id;
}

}  // namespace troupe::homeserver::notices
