#include "homeserver/port/embedded_homeserver.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "base/mutex.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/common/settings.h"
#include "homeserver/memory/event_lookup.h"
#include "matrix/ids.h"

namespace troupe::homeserver::port {
namespace {

constexpr std::size_t kMaxTxnBytes = 255;
constexpr std::size_t kMaxFeed = 1000;
constexpr StreamPos kNow = std::numeric_limits<StreamPos>::max();

/// Somebody of this server, as their account stands now.
Task<rooms::Actor> acting(accounts::AccountService& accounts, std::string user_id) {
  rooms::Actor actor{.user_id = std::move(user_id), .device_id = {}, .txn_path = {}, .txn_id = {}};
  CO_TRY(actor.unheard, co_await accounts.is_shadow_banned(actor.user_id));
  co_return actor;
}

matrix::FeedEvent as_feed_event(const memory::StoredEvent& stored) {
  const auto& event = *stored.event;
  matrix::FeedEvent told{.pos = stored.pos,
                         .room_id = event.room_id,
                         .event_id = event.event_id,
                         .type = event.type,
                         .sender = event.sender,
                         .state_key = event.state_key,
                         .origin_server_ts = event.origin_server_ts,
                         .content = event.content};
  // Redactions name their target outside the content up to room version 10: the feed always finds it inside.
  if (event.redacts) told.content["redacts"] = *event.redacts;
  return told;
}

std::string text_of(const memory::StoredEventPtr& stored, std::string_view key) {
  return stored ? std::string(matrix::find_string(stored->event->content, key).value_or("")) : std::string();
}

/// Present facts of a room, from memory when it is there, else from the rows: looking at rooms loads none.
class RoomFacts {
 public:
  RoomFacts(store::Connection& connection, const memory::Rooms& rooms, memory::RoomNum num)
      : connection_(connection), num_(num), room_(rooms.find(num)) {}

  memory::StoredEventPtr state(std::string_view type, std::string_view state_key = {}) {
    if (!room_) return memory::event_store::state_entry_at(connection_, num_, kNow, type, state_key);
    const base::ReadLock lock(room_->mutex());
    return room_->state_event(type, state_key);
  }
  std::int64_t joined_members() {
    if (!room_) return memory::event_store::count_members(connection_, num_, "join");
    const base::ReadLock lock(room_->mutex());
    return static_cast<std::int64_t>(room_->joined_count());
  }
  /// Position of the event by which the user came in, however often they changed their profile since; 0: not joined.
  StreamPos joined_at(std::string_view user_id) {
    constexpr int kMaxSteps = 1000;
    auto member = state("m.room.member", user_id);
    StreamPos since = 0;
    for (int step = 0; member && text_of(member, "membership") == "join" && step < kMaxSteps; ++step) {
      since = member->pos;
      member = member->replaces ? memory::event_store::load_event(connection_, *member->replaces) : nullptr;
    }
    return since;
  }

 private:
  store::Connection& connection_;
  memory::RoomNum num_;
  memory::RoomPtr room_;
};

/// Gathers messages while walking a timeline from its end, with the newest text of edited ones.
class MessageCollector {
 public:
  MessageCollector(StreamPos visible_after, std::size_t limit) : visible_after_(visible_after), limit_(limit) {}

  /// False when there are enough.
  bool add(const memory::StoredEvent& stored) {
    const auto& event = *stored.event;
    if (stored.pos <= visible_after_ || messages_.size() == limit_) return false;
    bool is_message = event.type == "m.room.message" || event.type == "m.room.encrypted" || event.type == "m.sticker";
    if (!is_message || event.is_state() || stored.redacted_by) return true;
    if (stored.flags & memory::kIsEdit) {
      auto relation = memory::relation_of(event.content);
      const auto* text = matrix::find_object(event.content, "m.new_content");
      if (relation && text) edits_.try_emplace({std::string(relation->event_id), event.sender}, *text);
      return true;
    }
    auto edit = edits_.find({event.event_id, event.sender});
    messages_.push_back({.event_id = event.event_id,
                         .sender = event.sender,
                         .type = event.type,
                         .origin_server_ts = event.origin_server_ts,
                         .content = edit == edits_.end() ? event.content : edit->second,
                         .edited = edit != edits_.end()});
    return messages_.size() < limit_;
  }
  std::vector<matrix::RoomMessage> take() { return std::move(messages_); }

 private:
  StreamPos visible_after_;
  std::size_t limit_;
  std::map<std::pair<std::string, std::string>, matrix::JsonObject> edits_;
  std::vector<matrix::RoomMessage> messages_;
};

/// Several subscriptions as one.
class Observing final : public base::Subscription {
 public:
  explicit Observing(std::array<base::SubscriptionPtr, 3> all) : all_(std::move(all)) {}

 private:
  std::array<base::SubscriptionPtr, 3> all_;
};

/// Bytes in memory as the body of an upload.
class BytesReader : public net::http::BodyReader {
 public:
  explicit BytesReader(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<std::string> next() override { co_return std::exchange(bytes_, {}); }

 private:
  std::string bytes_;
};

}  // namespace

EmbeddedHomeserver::EmbeddedHomeserver(Parts parts) : parts_(parts) {}

const std::string& EmbeddedHomeserver::server_name() const { return parts_.settings.server_name; }
StreamPos EmbeddedHomeserver::head() const { return parts_.db.head(); }

// Accounts: all of it is the account service's.

Task<matrix::Account> EmbeddedHomeserver::create_account(matrix::NewAccount account) {
  co_return co_await parts_.accounts.create(std::move(account));
}
Task<matrix::Account> EmbeddedHomeserver::account(std::string user_id) {
  co_return co_await parts_.accounts.find(std::move(user_id));
}
Task<matrix::AccountPage> EmbeddedHomeserver::accounts(matrix::AccountQuery query) {
  co_return co_await parts_.accounts.list(std::move(query));
}
Task<matrix::Account> EmbeddedHomeserver::check_password(std::string user, std::string password, std::string address) {
  co_return co_await parts_.accounts.check_password(std::move(user), std::move(password), std::move(address));
}
Task<std::optional<matrix::WaysIn>> EmbeddedHomeserver::ways_in(std::string user_id) {
  co_return co_await parts_.accounts.ways_in(std::move(user_id));
}
Task<Unit> EmbeddedHomeserver::set_password(std::string user_id, std::string password, bool logout_devices) {
  co_return co_await parts_.accounts.set_password(std::move(user_id), std::move(password), logout_devices);
}
Task<Unit> EmbeddedHomeserver::set_admin(std::string user_id, bool admin) {
  co_return co_await parts_.accounts.set_admin(std::move(user_id), admin);
}
Task<Unit> EmbeddedHomeserver::set_display_name(std::string user_id, std::string name) {
  co_return co_await parts_.accounts.set_display_name(std::move(user_id), std::move(name));
}
Task<Unit> EmbeddedHomeserver::deactivate(std::string user_id) {
  co_return co_await parts_.accounts.deactivate(std::move(user_id));
}

Task<matrix::IssuedToken> EmbeddedHomeserver::issue_token(std::string user_id, std::string device_id) {
  CO_TRY(auto account, co_await parts_.accounts.find(user_id));
  if (account.deactivated) co_return Error(Errc::forbidden, "The account " + user_id + " is closed.");
  accounts::SignIn request{.user_id = std::move(user_id),
                           .device_id = std::move(device_id),
                           .display_name = "Troupe",
                           .with_refresh_token = false,
                           .remote_address = {}};
  CO_TRY(auto made, co_await parts_.devices.sign_in(std::move(request)));
  co_return matrix::IssuedToken{.device_id = std::move(made.device_id), .access_token = std::move(made.access_token)};
}
Task<Unit> EmbeddedHomeserver::revoke_token(std::string user_id, std::string device_id) {
  std::vector<std::string> devices;
  devices.push_back(std::move(device_id));
  co_return co_await parts_.devices.remove(std::move(user_id), std::move(devices));
}

Task<Unit> EmbeddedHomeserver::set_locked(std::string user_id, bool locked) {
  co_return co_await parts_.accounts.set_locked(std::move(user_id), locked);
}

Task<std::vector<matrix::AccountSession>> EmbeddedHomeserver::sessions(std::string user_id) {
  CO_TRY(co_await parts_.accounts.find(user_id));
  CO_TRY(auto devices, co_await parts_.devices.list(std::move(user_id)));
  std::vector<matrix::AccountSession> found;
  found.reserve(devices.size());
  for (auto& device : devices) {
    found.push_back({.device_id = std::move(device.device_id),
                     .display_name = std::move(device.display_name).value_or(""),
                     .last_seen_ms = device.last_seen_ms,
                     .last_seen_ip = std::move(device.last_seen_ip).value_or("")});
  }
  co_return found;
}

Task<Unit> EmbeddedHomeserver::end_session(std::string user_id, std::string device_id) {
  CO_TRY(co_await parts_.devices.find(user_id, device_id));
  co_return co_await parts_.devices.remove(std::move(user_id), {std::move(device_id)});
}

Task<Unit> EmbeddedHomeserver::end_all_sessions(std::string user_id) {
  CO_TRY(co_await parts_.accounts.find(user_id));
  co_return co_await parts_.devices.sign_out_everywhere(std::move(user_id));
}

Task<std::vector<matrix::BulkAccount>> EmbeddedHomeserver::create_accounts(std::vector<matrix::NewAccount> accounts,
                                                                           std::optional<std::string> join_room,
                                                                           std::function<void(std::size_t)> done) {
  // Looked for first: without it nothing is to be made.
  std::string room_id;
  if (join_room) {
    CO_TRY(room_id, co_await parts_.room_service.resolve(*std::move(join_room)));
    auto exists = [&](store::Connection& connection) -> Result<Unit> {
      if (parts_.rooms.load(connection, room_id)) return Unit{};
      return Error(Errc::not_found, "There is no room " + room_id + " here.");
    };
    CO_TRY(co_await parts_.db.read(exists));
  }
  std::vector<std::string> users;
  users.reserve(accounts.size());
  for (const auto& account : accounts) users.push_back(matrix::make_user_id(account.localpart, server_name()));
  CO_TRY(auto created, co_await parts_.accounts.create_many(std::move(accounts), std::move(done)));
  std::vector<matrix::BulkAccount> result(users.size());
  for (std::size_t i = 0; i < users.size(); ++i) result[i].created = created[i];
  if (room_id.empty()) co_return result;
  // A closed account keeps its name; it enters no room any more.
  auto closed = [&](store::Connection& connection) -> Result<std::set<std::string>> {
    std::set<std::string> found;
    for (std::size_t i = 0; i < users.size(); ++i) {
      if (created[i]) continue;
      auto account = accounts::account_store::find_account(connection, users[i]);
      if (account && account->deactivated) found.insert(users[i]);
    }
    return found;
  };
  CO_TRY(auto outside, co_await parts_.db.read(closed));
  std::vector<std::string> entering;
  std::ranges::copy_if(users, std::back_inserter(entering), [&](const auto& user) { return !outside.contains(user); });
  CO_TRY(auto joined, co_await parts_.room_service.join_all(std::move(room_id), std::move(entering)));
  outside.insert(joined.banned.begin(), joined.banned.end());
  for (std::size_t i = 0; i < users.size(); ++i) result[i].joined = !outside.contains(users[i]);
  co_return result;
}

// Rooms.

Task<std::string> EmbeddedHomeserver::create_room(matrix::NewRoom room) {
  rooms::CreateRoom request;
  request.preset = room.is_public ? "public_chat" : "private_chat";
  request.is_public = room.is_public;
  request.is_direct = room.is_direct;
  request.name = std::move(room.name);
  request.topic = std::move(room.topic);
  request.invite = std::move(room.invite);
  request.version = std::move(room.version);
  request.alias_localpart = std::move(room.alias);
  CO_TRY(auto actor, co_await acting(parts_.accounts, std::move(room.creator)));
  co_return co_await parts_.room_service.create(std::move(actor), std::move(request));
}

Task<std::string> EmbeddedHomeserver::resolve_alias(std::string alias_or_id) {
  co_return co_await parts_.room_service.resolve(std::move(alias_or_id));
}

Task<Unit> EmbeddedHomeserver::change(std::string sender, std::string room_id, std::string target,
                                      std::string membership) {
  rooms::MembershipChange wanted;
  CO_TRY(wanted.room_id, co_await parts_.room_service.resolve(std::move(room_id)));
  wanted.target = std::move(target);
  wanted.membership = std::move(membership);
  CO_TRY(auto actor, co_await acting(parts_.accounts, std::move(sender)));
  CO_TRY(co_await parts_.room_service.change_membership(std::move(actor), std::move(wanted)));
  co_return Unit{};
}

Task<Unit> EmbeddedHomeserver::join(std::string user_id, std::string room_id) {
  auto target = user_id;
  co_return co_await change(std::move(user_id), std::move(room_id), std::move(target), "join");
}
Task<Unit> EmbeddedHomeserver::leave(std::string user_id, std::string room_id) {
  auto target = user_id;
  co_return co_await change(std::move(user_id), std::move(room_id), std::move(target), "leave");
}

Task<Unit> EmbeddedHomeserver::invite(std::string sender, std::string room_id, std::string target) {
  auto known = [&](store::Connection& connection) -> Result<Unit> {
    auto found = accounts::account_store::find_account(connection, target);
    if (!found || found->deactivated) return Error(Errc::not_found, "There is no user " + target + " on this server.");
    return Unit{};
  };
  CO_TRY(co_await parts_.db.read(known));
  co_return co_await change(std::move(sender), std::move(room_id), std::move(target), "invite");
}

Task<std::vector<matrix::JoinedRoom>> EmbeddedHomeserver::joined_rooms(std::string user_id) {
  auto read = [&](store::Connection& connection) -> Result<std::vector<matrix::JoinedRoom>> {
    std::vector<matrix::JoinedRoom> joined;
    for (const auto& row : memory::event_store::memberships_of(connection, user_id)) {
      if (row.membership != "join") continue;
      RoomFacts facts(connection, parts_.rooms, row.room);
      joined.push_back({.room_id = row.room_id,
                        .joined_at = facts.joined_at(user_id),
                        .joined_members = facts.joined_members(),
                        .encrypted = facts.state("m.room.encryption") != nullptr});
    }
    return joined;
  };
  co_return co_await parts_.db.read(read);
}

Task<std::vector<std::string>> EmbeddedHomeserver::invited_rooms(std::string user_id) {
  auto read = [&](store::Connection& connection) -> Result<std::vector<std::string>> {
    std::vector<std::string> invited;
    for (auto& row : memory::event_store::memberships_of(connection, user_id))
      if (row.membership == "invite") invited.push_back(std::move(row.room_id));
    return invited;
  };
  co_return co_await parts_.db.read(read);
}

Task<matrix::RoomSummary> EmbeddedHomeserver::room(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<matrix::RoomSummary> {
    auto row = memory::event_store::find_room(connection, room_id);
    if (!row) return Error(Errc::not_found, "There is no room " + room_id + " on this server.");
    RoomFacts facts(connection, parts_.rooms, row->room);
    const auto encryption = facts.state("m.room.encryption");
    return matrix::RoomSummary{.room_id = row->room_id,
                               .name = text_of(facts.state("m.room.name"), "name"),
                               .canonical_alias = text_of(facts.state("m.room.canonical_alias"), "alias"),
                               .joined_members = facts.joined_members(),
                               .encrypted = encryption != nullptr,
                               .topic = text_of(facts.state("m.room.topic"), "topic"),
                               .encryption = encryption ? encryption->event->content : matrix::JsonObject()};
  };
  co_return co_await parts_.db.read(read);
}

Task<Unit> EmbeddedHomeserver::check_may_send(std::string user_id, std::string room_id, std::string type) {
  auto read = [&](store::Connection& connection) -> Result<Unit> {
    const auto row = memory::event_store::find_room(connection, room_id);
    if (!row) return Error(Errc::not_found, "There is no room " + room_id + " on this server.");
    RoomFacts facts(connection, parts_.rooms, row->room);
    matrix::GivenState state;
    const std::pair<std::string_view, std::string_view> wanted[] = {
        {"m.room.create", ""}, {"m.room.power_levels", ""}, {"m.room.member", user_id}};
    for (const auto& [of_type, key] : wanted) {
      if (const auto stored = facts.state(of_type, key)) state.put(stored->event);
    }
    return matrix::check_may_send(state, user_id, room_id, type);
  };
  co_return co_await parts_.db.read(read);
}

// Events.

Task<matrix::SentEvent> EmbeddedHomeserver::send(matrix::NewEvent event) {
  if (event.txn_id.empty() || event.txn_id.size() > kMaxTxnBytes)
    co_return Error(Errc::invalid_param, "An event needs a transaction id of 1 to 255 bytes.");
  CO_TRY(auto actor, co_await acting(parts_.accounts, std::move(event.sender)));
  // Apart from every path that a client can send on: those have no such first segment.
  for (std::string_view part :
       {std::string_view("port"), std::string_view(event.room_id), std::string_view(event.txn_id)})
    actor.txn_path.append(part).push_back('\0');
  actor.txn_id = std::move(event.txn_id);
  actor.plain_rooms_only = event.plain_rooms_only;
  CO_TRY(auto sent, co_await parts_.room_service.send(std::move(actor), std::move(event.room_id), std::move(event.type),
                                                      std::move(event.content)));
  co_return matrix::SentEvent{.event_id = std::move(sent.event_id), .pos = sent.pos, .duplicate = sent.duplicate};
}

Task<Unit> EmbeddedHomeserver::set_state(matrix::NewState state) {
  CO_TRY(auto actor, co_await acting(parts_.accounts, std::move(state.sender)));
  CO_TRY(co_await parts_.room_service.set_state(std::move(actor), std::move(state.room_id), std::move(state.type),
                                                std::move(state.state_key), std::move(state.content)));
  co_return Unit{};
}

std::unique_ptr<matrix::EventStream> EmbeddedHomeserver::open_stream(std::string room_id, std::string sender) {
  return parts_.streams.open_stream(std::move(room_id), std::move(sender));
}

Task<Unit> EmbeddedHomeserver::set_typing(std::string room_id, std::string user_id, bool typing,
                                          std::chrono::milliseconds timeout) {
  co_return co_await parts_.typing.set(std::move(room_id), std::move(user_id), typing, timeout);
}
Task<Unit> EmbeddedHomeserver::mark_read(std::string room_id, std::string user_id, std::string event_id) {
  co_return co_await parts_.receipts.mark_read(std::move(room_id), std::move(user_id), std::move(event_id));
}

Task<std::vector<matrix::RoomMessage>> EmbeddedHomeserver::recent_messages(std::string room_id, std::string user_id,
                                                                           std::size_t limit) {
  constexpr std::size_t kChunk = 200;
  constexpr std::size_t kMaxLooked = 5'000;  // events, when most of them are no messages
  auto read = [&](store::Connection& connection) -> Result<std::vector<matrix::RoomMessage>> {
    auto row = memory::event_store::find_room(connection, room_id);
    RoomFacts facts(connection, parts_.rooms, row ? row->room : 0);
    auto joined_at = row ? facts.joined_at(user_id) : 0;
    if (joined_at == 0) return Error(Errc::forbidden, user_id + " is not in this room.");
    auto visibility = text_of(facts.state("m.room.history_visibility"), "history_visibility");
    bool all = visibility.empty() || visibility == "shared" || visibility == "world_readable";
    MessageCollector messages(all ? 0 : joined_at, std::clamp<std::size_t>(limit, 1, 100));
    StreamPos before = kNow;
    for (std::size_t looked = 0; looked < kMaxLooked; looked += kChunk) {
      auto events = memory::event_store::timeline(connection, row->room, 0, before, kChunk, true);
      bool enough = events.size() < kChunk;
      for (auto event = events.rbegin(); event != events.rend(); ++event)
        if (!messages.add(**event)) {
          enough = true;
          break;
        }
      if (enough) break;
      before = events.front()->pos - 1;
    }
    return messages.take();
  };
  co_return co_await parts_.db.read(read);
}

// Media.

Task<matrix::Media> EmbeddedHomeserver::download(std::string mxc, std::size_t max_bytes) {
  constexpr std::string_view kScheme = "mxc://";
  constexpr std::size_t kPiece = 1024 * 1024;
  std::string_view rest = mxc;
  auto slash = rest.starts_with(kScheme) ? rest.find('/', kScheme.size()) : rest.npos;
  if (slash == rest.npos) co_return Error(Errc::invalid_param, "Not the address of a file: it must begin with mxc://.");
  auto server = rest.substr(kScheme.size(), slash - kScheme.size());
  if (server != server_name()) co_return Error(Errc::not_found, "This file is on another server.");
  CO_TRY(auto file, co_await parts_.media.open(std::string(rest.substr(slash + 1)), std::chrono::seconds(10)));
  auto size = file.reader->bytes();
  if (size > max_bytes) {
    co_return Error(Errc::too_large, "The file is larger than " + std::to_string(max_bytes) + " bytes.");
  }
  matrix::Media media{.bytes = {}, .content_type = file.content_type, .name = file.upload_name.value_or("")};
  media.bytes.reserve(size);
  while (media.bytes.size() < size) {
    CO_TRY(auto piece, co_await file.reader->read(media.bytes.size(), kPiece));
    if (piece.empty()) co_return Error(Errc::unavailable, "The file is shorter than it should be.");
    media.bytes += piece;
  }
  co_return media;
}

Task<std::string> EmbeddedHomeserver::upload(std::string user_id, matrix::Media media) {
  if (media.bytes.size() > parts_.settings.of<MediaSettings>().max_upload_bytes) {
    co_return Error(Errc::too_large, "The file is larger than this server takes.");
  }
  media::NewMedia wanted{.user_id = std::move(user_id),
                         .media_id = {},
                         .content_type = std::move(media.content_type),
                         .upload_name = std::nullopt};
  if (!media.name.empty() && media.name.size() <= media::MediaService::kMaxNameBytes) wanted.upload_name = media.name;
  BytesReader body(std::move(media.bytes));
  CO_TRY(auto media_id, co_await parts_.media.upload(std::move(wanted), body));
  co_return "mxc://" + server_name() + "/" + media_id;
}

Task<matrix::FeedPage> EmbeddedHomeserver::events_after(StreamPos cursor, std::size_t limit) {
  limit = std::clamp<std::size_t>(limit, 1, kMaxFeed);
  matrix::FeedPage feed;
  if (auto recent = parts_.rooms.recent_after(cursor, limit)) {
    feed.events.reserve(recent->events.size());
    for (const auto& stored : recent->events) feed.events.push_back(as_feed_event(*stored));
    feed.cursor = recent->upto;
    feed.more = recent->more;
    co_return feed;
  }
  auto head = parts_.db.head();  // before the snapshot: it holds everything up to here
  auto read = [&](store::Connection& connection) -> Result<matrix::FeedPage> {
    matrix::FeedPage found;
    for (const auto& stored : memory::event_store::stream_after(connection, cursor, limit))
      found.events.push_back(as_feed_event(*stored));
    found.more = found.events.size() == limit;
    auto last = found.events.empty() ? cursor : found.events.back().pos;
    found.cursor = found.more ? last : std::max(last, head);
    return found;
  };
  co_return co_await parts_.db.read(read);
}

base::SubscriptionPtr EmbeddedHomeserver::observe(std::function<void(const matrix::Edu&)> receive) {
  return std::make_unique<Observing>(
      std::array{parts_.typing.observe(receive), parts_.receipts.observe(receive), parts_.presence.observe(receive)});
}

}  // namespace troupe::homeserver::port
