// The port (matrix/homeserver.h) on the server in this program: direct calls, no HTTP.
#pragma once
#include "homeserver/accounts/account_service.h"
#include "homeserver/accounts/device_service.h"
#include "homeserver/media/media_service.h"
#include "homeserver/memory/typing.h"
#include "homeserver/rooms/room_service.h"
#include "homeserver/streams/event_streams.h"
#include "homeserver/sync/presence.h"
#include "homeserver/sync/receipts.h"
#include "matrix/homeserver.h"

namespace troupe::homeserver::port {

/// One per server. What it writes goes the way of every client's request: the same rules, the same durability.
class EmbeddedHomeserver final : public matrix::Accounts,
                                 public matrix::RoomActions,
                                 public matrix::RoomPowers,
                                 public matrix::Feed,
                                 public matrix::EphemeralFeed,
                                 public matrix::EventStreams,
                                 public matrix::MediaRepository {
 public:
  /// Everything must outlive the port.
  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    rooms::RoomService& room_service;
    accounts::AccountService& accounts;
    accounts::DeviceService& devices;
    media::MediaService& media;
    const host::Settings& settings;
    memory::Typing& typing;
    sync::Receipts& receipts;
    sync::Presence& presence;
    streams::EventStreams& streams;
  };
  explicit EmbeddedHomeserver(Parts parts);

  const std::string& server_name() const override;

  Task<matrix::Account> create_account(matrix::NewAccount account) override;
  Task<matrix::Account> account(std::string user_id) override;
  Task<matrix::AccountPage> accounts(matrix::AccountQuery query) override;
  Task<std::optional<matrix::WaysIn>> ways_in(std::string user_id) override;
  Task<matrix::Account> check_password(std::string user, std::string password, std::string address) override;
  Task<Unit> set_password(std::string user_id, std::string password, bool logout_devices) override;
  Task<Unit> set_admin(std::string user_id, bool admin) override;
  Task<Unit> set_display_name(std::string user_id, std::string name) override;
  Task<Unit> deactivate(std::string user_id) override;
  Task<matrix::IssuedToken> issue_token(std::string user_id, std::string device_id) override;
  Task<Unit> revoke_token(std::string user_id, std::string device_id) override;
  Task<Unit> set_locked(std::string user_id, bool locked) override;
  Task<std::vector<matrix::AccountSession>> sessions(std::string user_id) override;
  Task<Unit> end_session(std::string user_id, std::string device_id) override;
  Task<Unit> end_all_sessions(std::string user_id) override;
  Task<std::vector<matrix::BulkAccount>> create_accounts(std::vector<matrix::NewAccount> accounts,
                                                         std::optional<std::string> join_room,
                                                         std::function<void(std::size_t)> done) override;

  Task<std::string> create_room(matrix::NewRoom room) override;
  Task<std::string> resolve_alias(std::string alias_or_id) override;
  Task<Unit> join(std::string user_id, std::string room_id) override;
  Task<Unit> leave(std::string user_id, std::string room_id) override;
  Task<Unit> invite(std::string sender, std::string room_id, std::string target) override;
  Task<std::vector<matrix::JoinedRoom>> joined_rooms(std::string user_id) override;
  Task<std::vector<std::string>> invited_rooms(std::string user_id) override;
  Task<matrix::RoomSummary> room(std::string room_id) override;
  Task<std::vector<std::string>> joined_members(std::string room_id) override;
  Task<StreamPos> members_version(std::string room_id) override;
  Task<Unit> check_may_send(std::string user_id, std::string room_id, std::string type) override;

  Task<matrix::SentEvent> send(matrix::NewEvent event) override;
  Task<Unit> set_state(matrix::NewState state) override;
  Task<Unit> set_typing(std::string room_id, std::string user_id, bool typing,
                        std::chrono::milliseconds timeout) override;
  Task<Unit> mark_read(std::string room_id, std::string user_id, std::string event_id) override;
  Task<std::vector<matrix::RoomMessage>> recent_messages(std::string room_id, std::string user_id,
                                                         std::size_t limit) override;

  Task<matrix::Media> download(std::string mxc, std::size_t max_bytes) override;
  Task<std::string> upload(std::string user_id, matrix::Media media) override;

  Task<matrix::FeedPage> events_after(StreamPos cursor, std::size_t limit) override;
  StreamPos head() const override;
  base::SubscriptionPtr observe(std::function<void(const matrix::Edu&)> receive) override;
  std::unique_ptr<matrix::EventStream> open_stream(std::string room_id, std::string sender) override;
  bool are_followed(std::string_view room_id) const override { return parts_.streams.are_followed(room_id); }

 private:
  Task<Unit> change(std::string sender, std::string room_id, std::string target, std::string membership);
  Parts parts_;
};

}  // namespace troupe::homeserver::port
