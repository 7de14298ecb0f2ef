#include "homeserver/streams/event_streams.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <map>

#include "matrix/json_out.h"

namespace troupe::homeserver::streams {
namespace {

constexpr std::string_view kUnstable = "org.matrix.msc4471.stream";
/// From before the proposal had a number; clients that follow it are about.
constexpr std::string_view kEarliest = "com.beeper.stream";
constexpr std::array<std::string_view, 3> kNames{kUnstable, kEarliest, "m.stream"};
constexpr std::string_view kSubscribe = ".subscribe";
constexpr std::string_view kCancel = ".cancel";
constexpr std::string_view kUpdate = ".update";
constexpr std::size_t kMostWaitingOfAll = 1'000;
/// In a room of more than so many somebody is taken to watch without knowing streams.
constexpr std::size_t kTooManyToAsk = 500;

/// Under which name a device speaks of streams; empty: it does not.
std::string_view name_of(std::string_view type, std::string_view verb) {
  if (!type.ends_with(verb)) return {};
  type.remove_suffix(verb.size());
  const auto name = std::ranges::find(kNames, type);
  return name == kNames.end() ? std::string_view() : *name;
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  matrix::append_key(out, key);
  matrix::append_json_string(out, text);
}

/// A device and the words it uses.
struct Follower {
  std::string user_id;
  std::string device_id;
  std::string_view name;  ///< one of kNames
  std::uint64_t seq = 0;
  std::size_t told = 0;  ///< so many bytes of the text
};

struct Request {
  Follower who;
  std::string room_id;
  std::string event_id;
  std::string sender;  ///< of the event
  bool resync = false;
};

/// A to-device event up to what its content holds beside the stream's name.
std::string event_head(const Follower& to, std::string_view sender, std::string_view verb, std::string_view room_id,
                       std::string_view event_id) {
  std::string json = "{";
  append_member(json, "sender", sender);
  append_member(json, "type", std::string(to.name).append(verb));
  json += ",\"content\":{";
  append_member(json, "room_id", room_id);
  append_member(json, "event_id", event_id);
  return json;
}

std::size_t common_beginning(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

struct EventStreams::Shared {
  struct Open {
    std::string room_id;
    std::string sender;
    std::string event_id;  ///< empty: not sent yet
    StreamPos pos = 0;
    std::string msgtype;
    std::string text;
    std::int64_t until_ms = 0;
    std::vector<Follower> followers;
    bool turned_away = false;  ///< a device that could not follow looks at the message
  };

  explicit Shared(Parts given) : parts(given) {}

  std::int64_t now_ms() const { return memory::steady_ms(parts.clock); }

  /// Whether somebody may see the event: in the room now, and then already, unless its past is for all members.
  bool may_see(const Open& stream, const std::string& user_id) const {
    const auto room = parts.rooms.find(stream.room_id);
    if (!room) return false;
    const base::ReadLock lock(room->mutex());
    if (room->membership(user_id) != "join") return false;
    const auto member = room->state_event("m.room.member", user_id);
    if (member && member->pos < stream.pos) return true;
    const auto rule = room->state_event("m.room.history_visibility", "");
    const auto shows = rule ? matrix::find_string(rule->event->content, "history_visibility") : std::nullopt;
    return !shows || *shows == "shared" || *shows == "world_readable";
  }

  void cancel(const Request& request, std::string_view code, std::string_view reason) const {
    auto json = event_head(request.who, request.sender, kCancel, request.room_id, request.event_id);
    append_member(json, "subscriber_device_id", request.who.device_id);
    append_member(json, "device_id", kPublisher);
    append_member(json, "code", code);
    append_member(json, "reason", reason);
    json += "}}";
    parts.inbox.push(request.who.user_id, request.who.device_id, std::move(json));
  }

  void tell(const Open& stream, Follower& to, std::string_view op, std::string_view body) const {
    auto json = event_head(to, stream.sender, kUpdate, stream.room_id, stream.event_id);
    matrix::append_key(json, "seq");
    matrix::append_number(json, static_cast<std::int64_t>(++to.seq));
    append_member(json, "op", op);
    json += ",\"content\":{";
    if (op == "replace") append_member(json, "msgtype", stream.msgtype);
    append_member(json, "body", body);
    json += "}}}";
    to.told = stream.text.size();
    // One that is lost shows as a gap in `seq`: the device asks again.
    parts.inbox.push(to.user_id, to.device_id, std::move(json));
  }

  Open* find(std::string_view room_id, std::string_view event_id) REQUIRES(mutex) {
    const auto found = by_event.find(event_id);
    if (found == by_event.end()) return nullptr;
    auto& stream = streams.at(found->second);
    return stream.room_id == room_id ? &stream : nullptr;
  }
  bool is_awaited(std::string_view room_id, std::string_view sender) const REQUIRES(mutex) {
    return std::ranges::any_of(unsent, [&](std::uint64_t id) REQUIRES(mutex) {
      const auto& stream = streams.at(id);
      return stream.room_id == room_id && stream.sender == sender;
    });
  }

  void accept(Open& stream, Request request) REQUIRES(mutex) {
    if (stream.sender != request.sender || stream.until_ms < now_ms()) {
      return cancel(request, "m.unknown_stream", "There is no such stream.");
    }
    if (!may_see(stream, request.who.user_id)) return cancel(request, "m.forbidden", "You may not see the message.");
    auto known = std::ranges::find_if(stream.followers, [&](const Follower& follower) {
      return follower.user_id == request.who.user_id && follower.device_id == request.who.device_id;
    });
    const bool fresh = known == stream.followers.end();
    if (fresh && stream.followers.size() >= kMostFollowers) {
      stream.turned_away = true;
      return cancel(request, "m.limit_exceeded", "Too many devices follow this stream.");
    }
    parts.inbox.follows_streams(request.who.user_id, request.who.device_id);
    if (fresh) known = stream.followers.insert(known, std::move(request.who));
    if (fresh || request.resync) tell(stream, *known, "replace", stream.text);
  }

  /// Requests that came before the stream's event was known.
  void look_at_waiting(std::string_view room_id, std::string_view sender) REQUIRES(mutex) {
    std::vector<Request> due;
    std::erase_if(waiting, [&](Request& request) REQUIRES(mutex) {
      if (request.room_id != room_id || request.sender != sender) return false;
      if (!by_event.contains(request.event_id) && is_awaited(room_id, sender)) return false;
      due.push_back(std::move(request));
      return true;
    });
    for (auto& request : due) take(std::move(request));
  }

  void take(Request request) REQUIRES(mutex) {
    if (auto* stream = find(request.room_id, request.event_id)) return accept(*stream, std::move(request));
    if (!is_awaited(request.room_id, request.sender)) {
      return cancel(request, "m.unknown_stream", "There is no such stream.");
    }
    const auto of_them = std::ranges::count_if(waiting, [&](const Request& other) {
      return other.room_id == request.room_id && other.sender == request.sender;
    });
    if (waiting.size() >= kMostWaitingOfAll || static_cast<std::size_t>(of_them) >= kMostWaiting) {
      for (const auto id : unsent) {
        auto& stream = streams.at(id);
        if (stream.room_id == request.room_id && stream.sender == request.sender) stream.turned_away = true;
      }
      return cancel(request, "m.limit_exceeded", "Too many devices ask.");
    }
    waiting.push_back(std::move(request));
  }

  void leave(const Request& request) REQUIRES(mutex) {
    const auto is_theirs = [&](const Follower& follower) {
      return follower.user_id == request.who.user_id && follower.device_id == request.who.device_id;
    };
    std::erase_if(waiting, [&](const Request& other) {
      return other.event_id == request.event_id && other.room_id == request.room_id && is_theirs(other.who);
    });
    if (auto* stream = find(request.room_id, request.event_id)) std::erase_if(stream->followers, is_theirs);
  }

  const Parts parts;
  std::atomic<std::int64_t> others_until_ms{std::numeric_limits<std::int64_t>::min()};
  base::Mutex mutex;
  std::unordered_map<std::uint64_t, Open> streams GUARDED_BY(mutex);
  std::map<std::string, std::uint64_t, std::less<>> by_event GUARDED_BY(mutex);
  std::vector<std::uint64_t> unsent GUARDED_BY(mutex);  ///< whose event is not known yet
  std::vector<Request> waiting GUARDED_BY(mutex);
  std::uint64_t last_id GUARDED_BY(mutex) = 0;
};

/// May outlive the server's other parts by nothing: whoever holds one is stopped first.
class EventStreams::Stream final : public matrix::EventStream {
 public:
  Stream(std::shared_ptr<Shared> shared, std::uint64_t id) : shared_(std::move(shared)), id_(id) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() override {
    const base::Lock lock(shared_->mutex);
    const auto stream = shared_->streams.extract(id_);
    std::erase(shared_->unsent, id_);
    const auto named = shared_->by_event.find(stream.mapped().event_id);
    if (named != shared_->by_event.end() && named->second == id_) shared_->by_event.erase(named);
    shared_->look_at_waiting(stream.mapped().room_id, stream.mapped().sender);
  }

  void describe(matrix::JsonObject& content) override {
    for (const auto name : {kUnstable, kEarliest}) {
      content[name] = {{"device_id", kPublisher}, {"expiry_ms", std::chrono::milliseconds(kExpiry).count()}};
    }
    const base::Lock lock(shared_->mutex);
    shared_->streams.at(id_).msgtype = matrix::find_string(content, "msgtype").value_or("m.text");
  }

  void placed(std::string event_id, StreamPos pos) override {
    const base::Lock lock(shared_->mutex);
    auto& stream = shared_->streams.at(id_);
    if (!stream.event_id.empty()) return;
    stream.event_id = std::move(event_id);
    stream.pos = pos;
    shared_->by_event[stream.event_id] = id_;
    std::erase(shared_->unsent, id_);
    shared_->look_at_waiting(stream.room_id, stream.sender);
  }

  void update(std::string_view text) override {
    const base::Lock lock(shared_->mutex);
    auto& stream = shared_->streams.at(id_);
    const auto same = common_beginning(stream.text, text);
    stream.text = text;
    if (stream.event_id.empty() || stream.until_ms < shared_->now_ms()) return;
    std::erase_if(stream.followers, [&](const Follower& follower) REQUIRES(shared_->mutex) {
      return !shared_->may_see(stream, follower.user_id);
    });
    for (auto& follower : stream.followers) {
      if (follower.told > same) {
        shared_->tell(stream, follower, "replace", text);
      } else if (follower.told < text.size()) {
        shared_->tell(stream, follower, "append", text.substr(follower.told));
      }
    }
  }

  bool others_watch() const override {
    if (shared_->others_until_ms.load(std::memory_order_relaxed) >= shared_->now_ms()) return true;
    std::string room_id;
    std::string sender;
    {
      const base::Lock lock(shared_->mutex);
      const auto& stream = shared_->streams.at(id_);
      if (stream.turned_away) return true;
      room_id = stream.room_id;
      sender = stream.sender;
    }
    const auto room = shared_->parts.rooms.find(room_id);
    if (!room) return true;
    {
      const base::ReadLock lock(room->mutex());
      if (room->joined_count() > kTooManyToAsk) return true;
    }
    using Knows = memory::DeviceInbox::Knows;
    const auto& inbox = shared_->parts.inbox;
    return !inbox.has_listener(room, Knows::streams, sender) || inbox.has_listener(room, Knows::no_streams, sender);
  }

 private:
  std::shared_ptr<Shared> shared_;
  std::uint64_t id_;
};

EventStreams::EventStreams(Parts parts) : shared_(std::make_shared<Shared>(parts)) {}
EventStreams::~EventStreams() = default;

std::unique_ptr<matrix::EventStream> EventStreams::open_stream(std::string room_id, std::string sender) {
  const auto room = shared_->parts.rooms.find(room_id);
  if (!room) return nullptr;
  {
    const base::ReadLock lock(room->mutex());
    if (room->state_event("m.room.encryption", "")) return nullptr;  // the text would pass in the open
  }
  const base::Lock lock(shared_->mutex);
  if (shared_->streams.size() >= kMostStreams) return nullptr;
  const auto id = ++shared_->last_id;
  auto& stream = shared_->streams[id];
  stream.room_id = std::move(room_id);
  stream.sender = std::move(sender);
  stream.until_ms = shared_->now_ms() + std::chrono::milliseconds(kExpiry).count();
  shared_->unsent.push_back(id);
  return std::make_unique<Stream>(shared_, id);
}

bool EventStreams::are_followed(std::string_view room_id) const {
  const auto room = shared_->parts.rooms.find(room_id);
  if (!room) return false;
  {
    const base::ReadLock lock(room->mutex());
    if (room->joined_count() > kTooManyToAsk) return false;
  }
  return shared_->parts.inbox.has_listener(room, memory::DeviceInbox::Knows::streams, {});
}

void EventStreams::others_are_there() {
  shared_->others_until_ms = shared_->now_ms() + std::chrono::milliseconds(kOthersStay).count();
}

bool EventStreams::is_ours(std::string_view type) {
  return !name_of(type, kSubscribe).empty() || !name_of(type, kCancel).empty();
}

void EventStreams::hear(const FromDevice& message) {
  const bool cancels = !name_of(message.type, kCancel).empty();
  const auto name = name_of(message.type, cancels ? kCancel : kSubscribe);
  if (name.empty() || message.sender_device.empty()) return;
  const auto text = [&](std::string_view key) {
    return std::string(matrix::find_string(message.content, key).value_or(""));
  };
  auto device = text("subscriber_device_id");
  if (device.empty()) device = text("device_id");  // as the proposal had it at first
  Request request{
      .who = {.user_id = std::string(message.sender), .device_id = std::string(message.sender_device), .name = name},
      .room_id = text("room_id"),
      .event_id = text("event_id"),
      .sender = std::string(message.to),
      .resync = matrix::find_bool(message.content, "resync").value_or(false)};
  constexpr std::size_t kMostOfAnId = 255;
  const bool sound = device == message.sender_device && !request.room_id.empty() && !request.event_id.empty() &&
                     request.room_id.size() <= kMostOfAnId && request.event_id.size() <= kMostOfAnId;
  const base::Lock lock(shared_->mutex);
  if (cancels) {
    if (sound) shared_->leave(request);
    return;
  }
  if (sound) return shared_->take(std::move(request));
  for (auto* id : {&request.room_id, &request.event_id}) {
    if (id->size() > kMostOfAnId) id->clear();
  }
  shared_->cancel(request, "m.invalid_subscription", "A device subscribes itself, to an event of a room.");
}

}  // namespace troupe::homeserver::streams
