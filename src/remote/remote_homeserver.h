// The port's twin over HTTP: bots run unchanged on a homeserver elsewhere. Speaks the client-server API, the
// application service API and, where there is one, Synapse's admin API.
#pragma once
#include <functional>

#include "base/clock.h"
#include "matrix/homeserver.h"
#include "remote/ephemeral.h"
#include "remote/tokens.h"

namespace troupe::remote {

/// Callable from any I/O thread. Without an administrator's token the calls that only an administrator may make (other
/// people's passwords, flags, sessions) answer `unsupported` and say what to configure.
/// Positions are this program's own: events get one as they arrive (rem_event), so the feed is in the order of arrival.
class RemoteHomeserver final : public matrix::Accounts,
                               public matrix::RoomActions,
                               public matrix::RoomPowers,
                               public matrix::Feed,
                               public matrix::EphemeralFeed,
                               public matrix::MediaRepository {
 public:
  struct Parts {
    MatrixApi& api;
    Tokens& tokens;
    store::Database& db;
    const base::SealingKey& key;
    const host::Settings& settings;
    const base::Clock& clock;
    EphemeralObservers& observers;
    /// Told of each account whose events are to come by /sync.
    std::function<void(std::string user_id)> follow;
  };
  explicit RemoteHomeserver(Parts parts) : parts_(std::move(parts)) {}

  const std::string& server_name() const override { return parts_.settings.server_name; }

  Task<matrix::Account> create_account(matrix::NewAccount account) override;
  Task<matrix::Account> account(std::string user_id) override;
  Task<matrix::AccountPage> accounts(matrix::AccountQuery query) override;
  Task<matrix::Account> check_password(std::string user, std::string password, std::string address) override;
  Task<Unit> set_password(std::string user_id, std::string password, bool logout_devices) override;
  Task<Unit> set_admin(std::string user_id, bool admin) override;
  Task<Unit> set_display_name(std::string user_id, std::string name) override;
  Task<Unit> deactivate(std::string user_id) override;
  Task<matrix::IssuedToken> issue_token(std::string user_id, std::string device_id) override;
  Task<Unit> revoke_token(std::string user_id, std::string device_id) override;
  Task<std::vector<matrix::BulkAccount>> create_accounts(std::vector<matrix::NewAccount> accounts,
                                                         std::optional<std::string> join_room,
                                                         std::function<void(std::size_t)> done) override;

  Task<Unit> set_locked(std::string user_id, bool locked) override;
  Task<std::vector<matrix::AccountSession>> sessions(std::string user_id) override;
  Task<Unit> end_session(std::string user_id, std::string device_id) override;
  Task<Unit> end_all_sessions(std::string user_id) override;

  Task<std::string> create_room(matrix::NewRoom room) override;
  Task<std::string> resolve_alias(std::string alias_or_id) override;
  Task<Unit> join(std::string user_id, std::string room_id) override;
  Task<Unit> leave(std::string user_id, std::string room_id) override;
  Task<Unit> invite(std::string sender, std::string room_id, std::string target) override;
  Task<std::vector<matrix::JoinedRoom>> joined_rooms(std::string user_id) override;
  Task<std::vector<std::string>> invited_rooms(std::string user_id) override;
  Task<matrix::RoomSummary> room(std::string room_id) override;
  Task<std::vector<std::string>> joined_members(std::string room_id) override;
  Task<Unit> check_may_send(std::string user_id, std::string room_id, std::string type) override;
  Task<StreamPos> members_version(std::string) override { co_return 0; }  // not without asking for all of them

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
  StreamPos head() const override { return parts_.db.head(); }
  base::SubscriptionPtr observe(std::function<void(const matrix::Edu&)> receive) override {
    return parts_.observers.add(std::move(receive));
  }

 private:
  /// A call in a user's name.
  Task<matrix::JsonObject> as(std::string user_id, ApiCall call);
  /// A call of Synapse's admin API. Error: unsupported, when there is no administrator's token.
  Task<matrix::JsonObject> as_admin(ApiCall call);
  Task<matrix::Account> account_by_profile(std::string user_id);
  Task<std::optional<RemoteAccount>> row_of(std::string user_id);
  Task<std::string> somebody_in(std::string room_id);
  Task<bool> is_encrypted(std::string user_id, std::string room_id);
  Task<std::int64_t> count_members(std::string user_id, std::string room_id);
  Task<std::vector<std::string>> members(std::string user_id, std::string room_id);

  Parts parts_;
};

}  // namespace troupe::remote
