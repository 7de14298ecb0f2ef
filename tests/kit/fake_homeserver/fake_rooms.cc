#include "kit/fake_homeserver/fake_rooms.h"
#include <algorithm>
#include <boost/asio/steady_timer.hpp>

namespace troupe::kit {
namespace {

std::string text_of(const matrix::JsonObject& content, std::string_view key) {
  return std::string(matrix::find_string(content, key).value_or(""));
}

bool is_message(const matrix::FeedEvent& event) {
  return !event.state_key &&
         (event.type == "m.room.message" || event.type == "m.room.encrypted" || event.type == "m.sticker");
}

}  // namespace

std::vector<FakeRooms::Sent> FakeRooms::messages(std::string_view sender) const {
  const base::Lock lock(mutex_);
  std::vector<Sent> found;
  for (const auto& event : feed_) {
    if (event.type != "m.room.message" || (!sender.empty() && event.sender != sender)) continue;
    Sent sent{.room_id = event.room_id,
              .sender = event.sender,
              .body = text_of(event.content, "body"),
              .event_id = event.event_id,
              .answers = {},
              .msgtype = text_of(event.content, "msgtype"),
              .content = event.content};
    if (const auto* mark = matrix::find_object(event.content, "org.troupe.bot")) {
      sent.answers = text_of(*mark, "answers");
    }
    found.push_back(std::move(sent));
  }
  return found;
}

std::int64_t FakeRooms::count(std::string_view type, std::string_view sender) const {
  const base::Lock lock(mutex_);
  return std::ranges::count_if(feed_, [&](const auto& event) { return event.type == type && event.sender == sender; });
}

bool FakeRooms::is_joined(const std::string& room_id, const std::string& user_id) const {
  const base::Lock lock(mutex_);
  const auto room = rooms_.find(room_id);
  return room != rooms_.end() && membership(room->second, user_id) == "join";
}

std::string FakeRooms::put(const std::string& room_id, const std::string& sender, std::string type,
                           matrix::JsonObject content, std::optional<std::string> state_key) {
  std::string id;
  {
    const base::Lock lock(mutex_);
    id = append(room_id, sender, std::move(type), std::move(content), std::move(state_key));
  }
  ring();
  return id;
}

std::string FakeRooms::say(const std::string& room_id, const std::string& sender, std::string_view body) {
  return put(room_id, sender, "m.room.message", {{"msgtype", "m.text"}, {"body", body}});
}

void FakeRooms::prune(const std::string& event_id) {
  const base::Lock lock(mutex_);
  for (auto& event : feed_) {
    if (event.event_id == event_id) event.content = {};
  }
}

void FakeRooms::set_topic(const std::string& room_id, std::string topic) {
  const base::Lock lock(mutex_);
  rooms_.at(room_id).topic = std::move(topic);
}

Task<std::string> FakeRooms::make_room(std::string creator, std::vector<std::string> invite) {
  matrix::NewRoom wanted;
  wanted.creator = std::move(creator);
  wanted.invite = std::move(invite);
  co_return co_await create_room(std::move(wanted));
}

Result<Unit> FakeRooms::add_member(const std::string& room_id, const std::string& user_id) {
  {
    const base::Lock lock(mutex_);
    TRY(const auto* room, find(room_id));
    if (membership(*room, user_id) == "join") return Unit{};
    append(room_id, user_id, "m.room.member", {{"membership", "join"}}, user_id);
  }
  ring();
  return Unit{};
}

void FakeRooms::leave_all(const std::string& user_id) {
  {
    const base::Lock lock(mutex_);
    for (const auto& [room_id, room] : rooms_) {
      const auto now = membership(room, user_id);
      if (now != "join" && now != "invite") continue;
      append(room_id, user_id, "m.room.member", {{"membership", "leave"}}, user_id);
    }
  }
  ring();
}

void FakeRooms::set_presence(matrix::PresenceEdu presence) { observers_.tell(matrix::Edu(std::move(presence))); }

void FakeRooms::set_room_answer(const std::string& room_id, RoomAnswer answer) {
  const base::Lock lock(mutex_);
  room_answers_[room_id] = answer;
}

FakeRooms::RoomAnswer FakeRooms::room_answer(const std::string& room_id) const {
  const base::Lock lock(mutex_);
  const auto found = room_answers_.find(room_id);
  return found == room_answers_.end() ? RoomAnswer::well : found->second;
}

void FakeRooms::fail_sends(int count, Errc code) {
  const base::Lock lock(mutex_);
  failing_sends_ = count;
  send_error_ = code;
}

void FakeRooms::fail_reads(int count) {
  const base::Lock lock(mutex_);
  failing_reads_ = count;
}

void FakeRooms::let_members_set_state(bool let) {
  const base::Lock lock(mutex_);
  members_set_state_ = let;
}

int FakeRooms::refused_states() const {
  const base::Lock lock(mutex_);
  return refused_states_;
}

std::map<std::string, matrix::JsonObject> FakeRooms::state(const std::string& room_id, std::string_view type) const {
  const base::Lock lock(mutex_);
  std::map<std::string, matrix::JsonObject> found;
  const auto room = rooms_.find(room_id);
  if (room == rooms_.end()) return found;
  for (const auto& [key, content] : room->second.state) {
    if (key.first == type) found[key.second] = content;
  }
  return found;
}

int FakeRooms::sends() const {
  const base::Lock lock(mutex_);
  return sends_;
}

int FakeRooms::members_asked() const {
  const base::Lock lock(mutex_);
  return members_asked_;
}

std::vector<std::pair<std::string, bool>> FakeRooms::typing() const {
  const base::Lock lock(mutex_);
  return typing_;
}

Result<FakeRooms::Room*> FakeRooms::find(const std::string& room_id) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return Error(Errc::not_found, "No such room.");
  return &found->second;
}

Result<FakeRooms::Room*> FakeRooms::find_joined(const std::string& room_id, const std::string& user_id) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end() || membership(found->second, user_id) != "join") {
    return Error(Errc::forbidden, "You are not in this room.");
  }
  return &found->second;
}

std::string FakeRooms::membership(const Room& room, const std::string& user_id) {
  const auto found = room.members.find(user_id);
  return found == room.members.end() ? "leave" : found->second.membership;
}

std::int64_t FakeRooms::joined(const Room& room) {
  return std::ranges::count_if(room.members, [](const auto& member) { return member.second.membership == "join"; });
}

matrix::JsonObject FakeRooms::encryption_of(const Room& room) {
  const auto found = room.state.find({"m.room.encryption", ""});
  return found == room.state.end() ? matrix::JsonObject() : found->second;
}

std::string FakeRooms::append(const std::string& room_id, const std::string& sender, std::string type,
                              matrix::JsonObject content, std::optional<std::string> state_key) {
  head_ += 2;  // positions have gaps
  feed_.push_back({.pos = head_,
                   .room_id = room_id,
                   .event_id = "$event" + std::to_string(head_),
                   .type = std::move(type),
                   .sender = sender,
                   .state_key = std::move(state_key),
                   .origin_server_ts = clock_.unix_ms(),
                   .content = std::move(content)});
  apply(rooms_[room_id], feed_.back());
  return feed_.back().event_id;
}

void FakeRooms::apply(Room& room, const matrix::FeedEvent& event) {
  if (!event.state_key) return;
  room.state[{event.type, *event.state_key}] = event.content;
  if (event.type == "m.room.member") {
    auto& member = room.members[*event.state_key];
    auto now = text_of(event.content, "membership");
    if (now == "join" && member.membership != "join") member.joined_at = event.pos;
    member.membership = std::move(now);
    room.members_version = event.pos;
  }
  if (event.type == "m.room.name") room.name = text_of(event.content, "name");
  if (event.type == "m.room.topic") room.topic = text_of(event.content, "topic");
  if (event.type == "m.room.encryption") room.encrypted = true;
}

Task<std::string> FakeRooms::create_room(matrix::NewRoom wanted) {
  co_await elsewhere();
  std::string room_id;
  {
    const base::Lock lock(mutex_);
    const auto alias = wanted.alias.empty() ? std::string() : "#" + wanted.alias + ":" + kServerName;
    if (!alias.empty() && std::ranges::any_of(rooms_, [&](const auto& room) { return room.second.alias == alias; })) {
      co_return Error(Errc::invalid_param, "The alias is taken.").with_wire_code("M_ROOM_IN_USE");
    }
    room_id = "!room" + std::to_string(rooms_.size() + 1) + ":" + kServerName;
    auto& room = rooms_[room_id];
    room.name = wanted.name;
    room.topic = wanted.topic;
    room.alias = alias;
    room.is_public = wanted.is_public;
    room.creator = wanted.creator;
    append(room_id, wanted.creator, "m.room.member", {{"membership", "join"}}, wanted.creator);
    for (const auto& user : wanted.invite) {
      matrix::JsonObject content{{"membership", "invite"}};
      if (wanted.is_direct) content["is_direct"] = true;
      append(room_id, wanted.creator, "m.room.member", std::move(content), user);
    }
  }
  ring();
  co_return room_id;
}

Task<std::string> FakeRooms::resolve_alias(std::string alias_or_id) {
  if (alias_or_id.starts_with('!')) co_return alias_or_id;
  if (!alias_or_id.starts_with('#')) co_return Error(Errc::invalid_param, "Neither a room id nor an alias.");
  const base::Lock lock(mutex_);
  for (const auto& [room_id, room] : rooms_) {
    if (room.alias == alias_or_id) co_return room_id;
  }
  co_return Error(Errc::not_found, "There is no such alias.");
}

Task<Unit> FakeRooms::join(std::string user_id, std::string room_id) {
  auto target = user_id;
  return change(std::move(user_id), std::move(room_id), std::move(target), "join");
}
Task<Unit> FakeRooms::leave(std::string user_id, std::string room_id) {
  auto target = user_id;
  return change(std::move(user_id), std::move(room_id), std::move(target), "leave");
}
Task<Unit> FakeRooms::invite(std::string sender, std::string room_id, std::string target) {
  return change(std::move(sender), std::move(room_id), std::move(target), "invite");
}

Task<Unit> FakeRooms::change(std::string sender, std::string room_id, std::string target, std::string to) {
  co_await elsewhere();
  {
    const base::Lock lock(mutex_);
    CO_TRY(const auto* room, find(room_id));
    const auto now = membership(*room, target);
    if (to == "join" && now != "join" && now != "invite" && !room->is_public) {
      co_return Error(Errc::forbidden, "You are not invited to this room.");
    }
    if (to == "invite" && (now == "join" || membership(*room, sender) != "join")) {
      co_return Error(Errc::forbidden, "Whoever is in the room invites who is not.");
    }
    if (now != to) append(room_id, sender, "m.room.member", {{"membership", to}}, target);
  }
  ring();
  co_return Unit{};
}

Task<std::vector<matrix::JoinedRoom>> FakeRooms::joined_rooms(std::string user_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  std::vector<matrix::JoinedRoom> found;
  for (const auto& [id, room] : rooms_) {
    const auto member = room.members.find(user_id);
    if (member == room.members.end() || member->second.membership != "join") continue;
    found.push_back({.room_id = id,
                     .joined_at = member->second.joined_at,
                     .joined_members = joined(room),
                     .encrypted = room.encrypted});
  }
  co_return found;
}

Task<std::vector<std::string>> FakeRooms::invited_rooms(std::string user_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [id, room] : rooms_) {
    if (membership(room, user_id) == "invite") found.push_back(id);
  }
  co_return found;
}

Task<matrix::RoomSummary> FakeRooms::room(std::string room_id) {
  co_await elsewhere();
  while (room_answer(room_id) == RoomAnswer::never) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (room_answer(room_id) == RoomAnswer::unavailable) co_return Error(Errc::unavailable);
  const base::Lock lock(mutex_);
  CO_TRY(const auto* found, find(room_id));
  co_return matrix::RoomSummary{.room_id = room_id,
                                .name = found->name,
                                .canonical_alias = found->alias,
                                .joined_members = joined(*found),
                                .encrypted = found->encrypted,
                                .topic = found->topic,
                                .encryption = encryption_of(*found)};
}

Task<StreamPos> FakeRooms::members_version(std::string room_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(const auto* found, find(room_id));
  co_return found->members_version;
}

Task<std::vector<std::string>> FakeRooms::joined_members(std::string room_id) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  ++members_asked_;
  CO_TRY(const auto* found, find(room_id));
  std::vector<std::string> members;
  for (const auto& [user_id, member] : found->members) {
    if (member.membership == "join") members.push_back(user_id);
  }
  co_return members;
}

Result<Unit> FakeRooms::check_power(const Room& room, const std::string& user_id, const std::string& type) {
  matrix::GivenState state;
  state.put("m.room.create", "", room.creator, {{"room_version", "11"}});
  for (const auto& [of_type, key] :
       {std::pair<std::string, std::string>("m.room.power_levels", ""), {"m.room.member", user_id}}) {
    const auto found = room.state.find({of_type, key});
    if (found != room.state.end()) state.put(of_type, key, room.creator, found->second);
  }
  return matrix::check_may_send(state, user_id, {}, type);
}

Task<Unit> FakeRooms::check_may_send(std::string user_id, std::string room_id, std::string type) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  CO_TRY(const auto* room, find(room_id));
  co_return check_power(*room, user_id, type);
}

Task<matrix::SentEvent> FakeRooms::send(matrix::NewEvent event) {
  co_await elsewhere();
  matrix::SentEvent sent;
  {
    const base::Lock lock(mutex_);
    ++sends_;
    if (failing_sends_ > 0) {
      --failing_sends_;
      co_return Error(send_error_);
    }
    CO_TRY(const auto* room, find_joined(event.room_id, event.sender));
    CO_TRY(check_power(*room, event.sender, event.type));
    const auto key = event.sender + " " + event.txn_id;
    if (const auto known = transactions_.find(key); known != transactions_.end()) {
      co_return matrix::SentEvent{.event_id = known->second, .pos = 0, .duplicate = true};
    }
    if (event.plain_rooms_only && room->encrypted) {
      co_return Error(Errc::conflict, "The room is encrypted.").with_wire_code(matrix::kEncryptedRoom);
    }
    sent.event_id = append(event.room_id, event.sender, event.type, event.content, std::nullopt);
    sent.pos = head_;
    transactions_[key] = sent.event_id;
  }
  ring();
  co_return sent;
}

Task<Unit> FakeRooms::set_typing(std::string room_id, std::string user_id, bool typing, std::chrono::milliseconds) {
  const base::Lock lock(mutex_);
  CO_TRY(auto* room, find_joined(room_id, user_id));
  typing_.emplace_back(user_id, typing);
  const auto erased = std::erase(room->typing, user_id);
  if (typing) room->typing.push_back(user_id);
  if (typing != (erased > 0)) {
    observers_.tell(matrix::Edu(matrix::TypingEdu{.room_id = room_id, .user_ids = room->typing}));
  }
  co_return Unit{};
}

Task<Unit> FakeRooms::set_state(matrix::NewState state) {
  co_await elsewhere();
  {
    const base::Lock lock(mutex_);
    CO_TRY(auto* room, find_joined(state.room_id, state.sender));
    if (room->creator != state.sender && !members_set_state_) {
      ++refused_states_;
      co_return Error(Errc::forbidden, "Not enough power.");
    }
    const auto present = room->state.find({state.type, state.state_key});
    if (present != room->state.end() && present->second == state.content) co_return Unit{};
    append(state.room_id, state.sender, state.type, state.content, state.state_key);
  }
  ring();
  co_return Unit{};
}

Task<Unit> FakeRooms::mark_read(std::string room_id, std::string user_id, std::string event_id) {
  const base::Lock lock(mutex_);
  CO_TRY(find_joined(room_id, user_id));
  const bool known = std::ranges::any_of(
      feed_, [&](const auto& event) { return event.room_id == room_id && event.event_id == event_id; });
  if (!known) co_return Error(Errc::not_found, "There is no such event in this room.");
  observers_.tell(matrix::Edu(matrix::ReceiptEdu{.room_id = std::move(room_id),
                                                 .user_id = std::move(user_id),
                                                 .event_id = std::move(event_id),
                                                 .thread_id = {},
                                                 .ts_ms = clock_.unix_ms()}));
  co_return Unit{};
}

Task<std::vector<matrix::RoomMessage>> FakeRooms::recent_messages(std::string room_id, std::string user_id,
                                                                  std::size_t limit) {
  const base::Lock lock(mutex_);
  CO_TRY(find_joined(room_id, user_id));
  std::vector<matrix::RoomMessage> found;
  std::map<std::pair<std::string, std::string>, matrix::JsonObject>
      edits;  // by event and sender; the newest comes first
  for (auto event = feed_.rbegin(); event != feed_.rend() && found.size() < limit; ++event) {
    if (event->room_id != room_id || !is_message(*event)) continue;
    const auto* relation = matrix::find_object(event->content, "m.relates_to");
    if (relation && matrix::find_string(*relation, "rel_type") == "m.replace") {
      if (const auto* text = matrix::find_object(event->content, "m.new_content")) {
        edits.try_emplace({text_of(*relation, "event_id"), event->sender}, *text);
      }
      continue;
    }
    const auto edit = edits.find({event->event_id, event->sender});
    found.push_back({.event_id = event->event_id,
                     .sender = event->sender,
                     .type = event->type,
                     .origin_server_ts = event->origin_server_ts,
                     .content = edit == edits.end() ? event->content : edit->second,
                     .edited = edit != edits.end()});
  }
  co_return found;
}

Task<matrix::FeedPage> FakeRooms::events_after(StreamPos cursor, std::size_t limit) {
  co_await elsewhere();
  const base::Lock lock(mutex_);
  if (failing_reads_ > 0) {
    --failing_reads_;
    co_return Error(Errc::unavailable);
  }
  matrix::FeedPage page;
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

StreamPos FakeRooms::head() const {
  const base::Lock lock(mutex_);
  return head_;
}

base::SubscriptionPtr FakeRooms::observe(std::function<void(const matrix::Edu&)> receive) {
  return observers_.add(std::move(receive));
}

}  // namespace troupe::kit
