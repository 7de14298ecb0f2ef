// A homeserver in memory for tests of what sits on top of the port: one stream of events in order, transaction ids that
// answer the first event, memberships, and failures on demand. Only tests include this.
#pragma once
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "bus/bus.h"
#include "matrix/homeserver.h"
#include "matrix/ids.h"

namespace troupe::fleet {

class FakeHomeserver : public matrix::Homeserver {
 public:
  FakeHomeserver(bus::Bus& bus, const base::Clock& clock) : bus_(bus), clock_(clock) {}

  // For tests.
  struct Sent {
    std::string room_id, sender, body, event_id, answers, msgtype;
    matrix::JsonObject content;
  };
  /// All m.room.message events in order.
  std::vector<Sent> messages(std::string_view sender = {}) const {
    std::lock_guard lock(mutex_);
    std::vector<Sent> found;
    for (const auto& event : feed_) {
      if (event.type != "m.room.message" || (!sender.empty() && event.sender != sender)) continue;
      Sent sent{event.room_id,  event.sender, std::string(matrix::find_string(event.content, "body").value_or("")),
                event.event_id, {},           std::string(matrix::find_string(event.content, "msgtype").value_or("")),
                event.content};
      if (const auto* mark = matrix::find_object(event.content, "org.troupe.bot")) {
        sent.answers = matrix::find_string(*mark, "answers").value_or("");
      }
      found.push_back(std::move(sent));
    }
    return found;
  }
  /// How many events of a type somebody has sent.
  std::int64_t count(std::string_view type, std::string_view sender) const {
    std::lock_guard lock(mutex_);
    return std::ranges::count_if(feed_,
                                 [&](const auto& event) { return event.type == type && event.sender == sender; });
  }
  bool is_joined(const std::string& room_id, const std::string& user_id) const {
    std::lock_guard lock(mutex_);
    auto room = rooms_.find(room_id);
    return room != rooms_.end() && membership(room->second, user_id) == "join";
  }
  void add_person(const std::string& localpart, std::string password = "secret-password", bool admin = false) {
    std::lock_guard lock(mutex_);
    auto id = matrix::make_user_id(localpart, name_);
    auto& account = accounts_[id];
    account.user_id = id;
    account.admin = admin;
    account.created_ms = clock_.unix_ms();
    passwords_[id] = std::move(password);
  }
  void set_flags(const std::string& user_id, bool deactivated, bool locked) {
    std::lock_guard lock(mutex_);
    accounts_.at(user_id).deactivated = deactivated;
    accounts_.at(user_id).locked = locked;
  }
  void set_admin_flag(const std::string& user_id, bool admin) {
    std::lock_guard lock(mutex_);
    accounts_.at(user_id).admin = admin;
  }
  /// Appends an event as its sender's client would; yields its id.
  std::string put(const std::string& room_id, const std::string& sender, std::string type, matrix::JsonObject content,
                  std::optional<std::string> state_key = std::nullopt) {
    StreamPos pos = 0;
    std::string id;
    {
      std::lock_guard lock(mutex_);
      id = append(room_id, sender, std::move(type), std::move(content), std::move(state_key));
      pos = head_;
    }
    bus_.ring(bus::Topic::events, pos);
    return id;
  }
  std::string say(const std::string& room_id, const std::string& sender, std::string_view body) {
    return put(room_id, sender, "m.room.message", {{"msgtype", "m.text"}, {"body", body}});
  }
  /// The content of an event goes, as a redaction does it.
  void prune(const std::string& event_id) {
    std::lock_guard lock(mutex_);
    for (auto& event : feed_) {
      if (event.event_id == event_id) event.content = {};
    }
  }
  /// The next `count` sends fail with this error.
  void fail_sends(int count, Errc code) {
    std::lock_guard lock(mutex_);
    failing_sends_ = count;
    send_error_ = code;
  }
  /// The next `count` look-ups of accounts fail.
  void fail_accounts(int count) {
    std::lock_guard lock(mutex_);
    failing_accounts_ = count;
  }
  void fail_reads(int count) {
    std::lock_guard lock(mutex_);
    failing_reads_ = count;
  }
  std::string add_media(matrix::Media file) {
    std::lock_guard lock(mutex_);
    auto mxc = "mxc://" + name_ + "/media" + std::to_string(media_.size() + 1);
    media_[mxc] = std::move(file);
    return mxc;
  }
  std::optional<matrix::Media> media(const std::string& mxc) const {
    std::lock_guard lock(mutex_);
    auto found = media_.find(mxc);
    return found == media_.end() ? std::nullopt : std::optional(found->second);
  }
  /// The access tokens that are in force, by account and device.
  std::map<std::pair<std::string, std::string>, std::string> tokens() const {
    std::lock_guard lock(mutex_);
    return tokens_;
  }
  int sends() const {
    std::lock_guard lock(mutex_);
    return sends_;
  }
  std::vector<std::pair<std::string, bool>> typing() const {
    std::lock_guard lock(mutex_);
    return typing_;
  }

  // The port.
  const std::string& server_name() const override { return name_; }

  Task<matrix::Account> create_account(matrix::NewAccount wanted) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (!matrix::is_new_localpart(wanted.localpart, name_)) co_return Error(Errc::invalid_param, "Not a user name.");
    auto id = matrix::make_user_id(wanted.localpart, name_);
    if (accounts_.contains(id)) co_return Error(Errc::user_in_use);
    matrix::Account account;
    account.user_id = id;
    account.kind = wanted.kind;
    account.admin = wanted.admin;
    account.display_name = wanted.display_name;
    account.created_ms = clock_.unix_ms();
    accounts_[id] = account;
    if (wanted.password) passwords_[id] = *wanted.password;
    co_return account;
  }
  Task<matrix::Account> account(std::string user_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (failing_accounts_ > 0) {
      --failing_accounts_;
      co_return Error(Errc::unavailable, "The homeserver is busy.");
    }
    auto found = accounts_.find(user_id);
    if (found == accounts_.end()) co_return Error(Errc::not_found, "No such account.");
    co_return found->second;
  }
  Task<matrix::AccountPage> accounts(matrix::AccountQuery query) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    auto fits = [](const auto& wanted, const auto& value) { return !wanted || *wanted == value; };
    std::vector<matrix::Account> found;
    for (const auto& [id, account] : accounts_) {
      if (id.find(query.search) != id.npos && fits(query.kind, account.kind) && fits(query.admin, account.admin) &&
          fits(query.locked, account.locked) && fits(query.deactivated, account.deactivated)) {
        found.push_back(account);
      }
    }
    auto key = [&](const matrix::Account& account) {
      return query.sort == matrix::AccountSort::name           ? std::pair(std::int64_t{0}, account.user_id)
             : query.sort == matrix::AccountSort::display_name ? std::pair(std::int64_t{0}, account.display_name)
                                                               : std::pair(account.created_ms, std::string());
    };
    std::ranges::sort(found, [&](const auto& a, const auto& b) {
      if (key(a) != key(b)) return query.descending ? key(b) < key(a) : key(a) < key(b);
      return a.user_id < b.user_id;
    });
    matrix::AccountPage page;
    for (const auto& account : found) {
      if (page.total++ < query.from || std::ssize(page.accounts) >= query.limit) continue;
      page.accounts.push_back(account);
    }
    co_return page;
  }
  /// Where the last check of a password came from.
  std::string password_asked_from() {
    std::lock_guard lock(mutex_);
    return password_asked_from_;
  }
  Task<matrix::Account> check_password(std::string user, std::string password, std::string address = {}) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    password_asked_from_ = std::move(address);
    auto id = user.starts_with('@') ? user : matrix::make_user_id(user, name_);
    auto stored = passwords_.find(id);
    if (stored == passwords_.end() || stored->second != password)
      co_return Error(Errc::forbidden, "Wrong name or password.");
    co_return accounts_.at(id);
  }
  Task<Unit> set_password(std::string user_id, std::string password, bool) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    passwords_[user_id] = std::move(password);
    co_return Unit{};
  }
  Task<Unit> set_admin(std::string user_id, bool admin) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (!admin && is_last_admin(user_id)) co_return last_admin(user_id);
    accounts_.at(user_id).admin = admin;
    co_return Unit{};
  }
  Task<Unit> set_display_name(std::string user_id, std::string display_name) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    accounts_.at(user_id).display_name = std::move(display_name);
    co_return Unit{};
  }
  Task<Unit> deactivate(std::string user_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (is_last_admin(user_id)) co_return last_admin(user_id);
    accounts_.at(user_id).deactivated = true;
    passwords_.erase(user_id);
    co_return Unit{};
  }
  Task<matrix::IssuedToken> issue_token(std::string user_id, std::string device_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (!accounts_.contains(user_id)) co_return Error(Errc::not_found, "No such account.");
    if (device_id.empty()) device_id = "DEVICE" + std::to_string(tokens_.size() + 1);
    auto token = "token" + std::to_string(++issued_);
    tokens_[{user_id, device_id}] = token;
    co_return matrix::IssuedToken{.device_id = std::move(device_id), .access_token = std::move(token)};
  }
  Task<Unit> revoke_token(std::string user_id, std::string device_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    tokens_.erase({user_id, device_id});
    co_return Unit{};
  }
  Task<Unit> set_locked(std::string user_id, bool locked) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (!accounts_.contains(user_id)) co_return Error(Errc::not_found, "No such account.");
    if (locked && is_last_admin(user_id)) co_return last_admin(user_id);
    accounts_.at(user_id).locked = locked;
    co_return Unit{};
  }
  Task<std::vector<matrix::AccountSession>> sessions(std::string user_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (!accounts_.contains(user_id)) co_return Error(Errc::not_found, "No such account.");
    std::vector<matrix::AccountSession> found;
    for (const auto& device : devices_[user_id]) {
      found.push_back({.device_id = device, .display_name = {}, .last_seen_ms = std::nullopt, .last_seen_ip = {}});
    }
    co_return found;
  }
  Task<Unit> end_session(std::string user_id, std::string device_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (devices_[user_id].erase(device_id) == 0) co_return Error(Errc::not_found, "No such device.");
    co_return Unit{};
  }
  Task<Unit> end_all_sessions(std::string user_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    devices_.erase(user_id);
    co_return Unit{};
  }
  /// For tests: a device of an account.
  void add_device(const std::string& user_id, std::string device_id) {
    std::lock_guard lock(mutex_);
    devices_[user_id].insert(std::move(device_id));
  }
  Task<Unit> create_accounts(std::vector<matrix::NewAccount> wanted, std::optional<std::string> room_id,
                             std::function<void(std::size_t)> done) override {
    CO_TRY(co_await make_accounts(std::move(wanted), std::move(room_id), std::move(done)));
    co_return Unit{};
  }

  Task<std::string> create_room(matrix::NewRoom wanted) override {
    co_await elsewhere();
    StreamPos pos = 0;
    std::string room_id;
    {
      std::lock_guard lock(mutex_);
      room_id = "!room" + std::to_string(rooms_.size() + 1) + ":" + name_;
      rooms_[room_id].name = wanted.name;
      append(room_id, wanted.creator, "m.room.member", {{"membership", "join"}}, wanted.creator);
      for (const auto& user : wanted.invite) {
        append(room_id, wanted.creator, "m.room.member", {{"membership", "invite"}}, user);
      }
      pos = head_;
    }
    bus_.ring(bus::Topic::events, pos);
    co_return room_id;
  }
  /// For tests: a private room with these invited.
  Task<std::string> make_room(std::string creator, std::vector<std::string> invite = {}) {
    matrix::NewRoom wanted;
    wanted.creator = std::move(creator);
    wanted.invite = std::move(invite);
    co_return co_await create_room(std::move(wanted));
  }
  Task<std::string> resolve_alias(std::string alias_or_id) override { co_return alias_or_id; }
  Task<Unit> join(std::string user_id, std::string room_id) override {
    co_return co_await change_membership(user_id, room_id, user_id, "join");
  }
  Task<Unit> leave(std::string user_id, std::string room_id) override {
    co_return co_await change_membership(user_id, room_id, user_id, "leave");
  }
  Task<Unit> invite(std::string sender, std::string room_id, std::string target) override {
    co_return co_await change_membership(sender, room_id, target, "invite");
  }
  Task<std::vector<matrix::JoinedRoom>> joined_rooms(std::string user_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    std::vector<matrix::JoinedRoom> found;
    for (const auto& [id, room] : rooms_) {
      auto member = room.members.find(user_id);
      if (member == room.members.end() || member->second.first != "join") continue;
      found.push_back({.room_id = id,
                       .joined_at = member->second.second,
                       .joined_members = joined(room),
                       .encrypted = room.encrypted});
    }
    co_return found;
  }
  Task<std::vector<std::string>> invited_rooms(std::string user_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const auto& [id, room] : rooms_) {
      if (membership(room, user_id) == "invite") found.push_back(id);
    }
    co_return found;
  }
  Task<matrix::RoomSummary> room(std::string room_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    auto found = rooms_.find(room_id);
    if (found == rooms_.end()) co_return Error(Errc::not_found, "No such room.");
    co_return matrix::RoomSummary{.room_id = room_id,
                                  .name = found->second.name,
                                  .canonical_alias = {},
                                  .joined_members = joined(found->second),
                                  .encrypted = found->second.encrypted,
                                  .topic = found->second.topic};
  }
  Task<std::vector<std::string>> joined_members(std::string room_id) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    auto found = rooms_.find(room_id);
    if (found == rooms_.end()) co_return Error(Errc::not_found, "No such room.");
    std::vector<std::string> members;
    for (const auto& [user_id, member] : found->second.members) {
      if (member.first == "join") members.push_back(user_id);
    }
    co_return members;
  }
  void set_topic(const std::string& room_id, std::string topic) {
    std::lock_guard lock(mutex_);
    rooms_.at(room_id).topic = std::move(topic);
  }

  Task<matrix::SentEvent> send(matrix::NewEvent event) override {
    co_await elsewhere();
    matrix::SentEvent sent;
    {
      std::lock_guard lock(mutex_);
      ++sends_;
      if (failing_sends_ > 0) {
        --failing_sends_;
        co_return Error(send_error_);
      }
      auto room = rooms_.find(event.room_id);
      if (room == rooms_.end() || membership(room->second, event.sender) != "join") {
        co_return Error(Errc::forbidden, "You are not in this room.");
      }
      auto key = event.sender + " " + event.txn_id;
      if (auto known = transactions_.find(key); known != transactions_.end()) {
        co_return matrix::SentEvent{.event_id = known->second, .pos = 0, .duplicate = true};
      }
      sent.event_id = append(event.room_id, event.sender, event.type, event.content, std::nullopt);
      sent.pos = head_;
      transactions_[key] = sent.event_id;
    }
    bus_.ring(bus::Topic::events, sent.pos);
    co_return sent;
  }
  Task<Unit> set_typing(std::string, std::string user_id, bool typing, std::chrono::milliseconds) override {
    std::lock_guard lock(mutex_);
    typing_.emplace_back(user_id, typing);
    co_return Unit{};
  }
  Task<Unit> mark_read(std::string, std::string, std::string) override { co_return Unit{}; }
  Task<std::vector<matrix::RoomMessage>> recent_messages(std::string room_id, std::string user_id,
                                                         std::size_t limit) override {
    std::lock_guard lock(mutex_);
    auto room = rooms_.find(room_id);
    if (room == rooms_.end() || membership(room->second, user_id) != "join") co_return Error(Errc::forbidden);
    std::vector<matrix::RoomMessage> found;
    for (auto event = feed_.rbegin(); event != feed_.rend() && found.size() < limit; ++event) {
      if (event->room_id != room_id || event->state_key) continue;
      found.push_back({.event_id = event->event_id,
                       .sender = event->sender,
                       .type = event->type,
                       .origin_server_ts = event->origin_server_ts,
                       .content = event->content});
    }
    co_return found;
  }

  Task<matrix::Media> download(std::string mxc, std::size_t max_bytes) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    auto found = media_.find(mxc);
    if (found == media_.end()) co_return Error(Errc::not_found, "There is no such file on this server.");
    if (found->second.bytes.size() > max_bytes) co_return Error(Errc::too_large, "The file is too large.");
    co_return found->second;
  }
  Task<std::string> upload(std::string, matrix::Media file) override {
    co_await elsewhere();
    co_return add_media(std::move(file));
  }

  Task<matrix::Feed> events_after(StreamPos cursor, std::size_t limit) override {
    co_await elsewhere();
    std::lock_guard lock(mutex_);
    if (failing_reads_ > 0) {
      --failing_reads_;
      co_return Error(Errc::unavailable);
    }
    matrix::Feed page;
    for (const auto& event : feed_) {
      if (event.pos <= cursor) continue;
      if (page.events.size() == limit) {
        page.more = true;
        break;
      }
      page.events.push_back(event);
    }
    page.cursor = page.more ? page.events.back().pos : head_;
    co_return page;
  }
  StreamPos head() const override {
    std::lock_guard lock(mutex_);
    return head_;
  }

 private:
  struct Room {
    std::string name;
    std::map<std::string, std::pair<std::string, StreamPos>> members;
    bool encrypted = false;
    std::string topic = {};
  };

  /// As the real one: what follows a wait runs later on the caller's executor.
  static asio::awaitable<void> elsewhere() {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
  bool is_last_admin(const std::string& user_id) const {
    const auto can = [](const matrix::Account& account) {
      return account.admin && !account.locked && !account.deactivated;
    };
    auto found = accounts_.find(user_id);
    return found != accounts_.end() && can(found->second) &&
           std::ranges::count_if(accounts_, [&](const auto& entry) { return can(entry.second); }) == 1;
  }
  static Error last_admin(const std::string& user_id) {
    return Error(Errc::conflict, user_id + " is the last administrator. Make another one first.");
  }
  static std::string membership(const Room& room, const std::string& user_id) {
    auto found = room.members.find(user_id);
    return found == room.members.end() ? "leave" : found->second.first;
  }
  static std::int64_t joined(const Room& room) {
    return std::ranges::count_if(room.members, [](const auto& member) { return member.second.first == "join"; });
  }
  Task<Unit> change_membership(std::string sender, std::string room_id, std::string target, std::string to) {
    co_await elsewhere();
    StreamPos pos = 0;
    {
      std::lock_guard lock(mutex_);
      auto room = rooms_.find(room_id);
      if (room == rooms_.end()) co_return Error(Errc::not_found, "No such room.");
      if (membership(room->second, target) != to) {
        append(room_id, sender, "m.room.member", {{"membership", to}}, target);
      }
      pos = head_;
    }
    bus_.ring(bus::Topic::events, pos);
    co_return Unit{};
  }
  std::string append(const std::string& room_id, const std::string& sender, std::string type,
                     matrix::JsonObject content, std::optional<std::string> state_key) {
    head_ += 2;  // positions have gaps
    auto& room = rooms_[room_id];
    if (type == "m.room.member" && state_key) {
      room.members[*state_key] = {std::string(matrix::find_string(content, "membership").value_or("")), head_};
    }
    if (type == "m.room.encryption") room.encrypted = true;
    std::string id = "$event" + std::to_string(head_);
    feed_.push_back({.pos = head_,
                     .room_id = room_id,
                     .event_id = id,
                     .type = std::move(type),
                     .sender = sender,
                     .state_key = std::move(state_key),
                     .origin_server_ts = clock_.unix_ms(),
                     .content = std::move(content)});
    return id;
  }

  bus::Bus& bus_;
  const base::Clock& clock_;
  std::string name_ = "localhost";
  mutable std::mutex mutex_;
  std::map<std::string, matrix::Account> accounts_;
  std::map<std::string, std::string> passwords_;
  std::string password_asked_from_;
  std::map<std::string, std::set<std::string>> devices_;
  std::map<std::string, Room> rooms_;
  std::vector<matrix::FeedEvent> feed_;
  std::map<std::string, std::string> transactions_;
  std::vector<std::pair<std::string, bool>> typing_;
  std::map<std::string, matrix::Media> media_;
  std::map<std::pair<std::string, std::string>, std::string> tokens_;
  int issued_ = 0;
  StreamPos head_ = 0;
  int sends_ = 0;
  int failing_sends_ = 0;
  int failing_reads_ = 0;
  int failing_accounts_ = 0;
  Errc send_error_ = Errc::unavailable;
};

}  // namespace troupe::fleet
