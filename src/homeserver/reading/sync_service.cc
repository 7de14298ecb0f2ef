#include "homeserver/reading/sync_service.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <shared_mutex>
#include <thread>

#include "base/crypto.h"
#include "base/log.h"
#include "homeserver/json_out.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver {
namespace {

using reading_store::AccountDataRow;

/// A process that is cut off from its database longer than this answers tokens of others as tokens of the future.
constexpr std::chrono::seconds kCatchUpPatience{5};
constexpr std::chrono::microseconds kShortestNap{200};
constexpr std::chrono::microseconds kLongestNap{50'000};

/// Half of the processors, but never so many that fewer than two of the four readers were left.
std::size_t long_answers_at_once() { return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, 2); }

/// Whether the time of one piece is over.
class PieceOfTime {
 public:
  explicit PieceOfTime(std::chrono::milliseconds length) : length_(length) {}
  bool over() const { return std::chrono::steady_clock::now() - began_ >= length_; }

 private:
  std::chrono::milliseconds length_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

void append_account_data(std::string& out, std::string_view type, std::string_view content) {
  append_separator(out);
  out += "{\"type\":";
  append_json_string(out, type);
  out += ",\"content\":";
  out += content;
  out += '}';
}

/// Appends a list of strings.
void append_strings(std::string& out, const std::vector<std::string>& strings) {
  out += '[';
  for (const auto& text : strings) {
    append_separator(out);
    append_json_string(out, text);
  }
  out += ']';
}

}  // namespace

DeviceSync no_devices() {
  return {.read = [](store::Connection&, const DeviceSyncQuery&) -> Result<DeviceSyncPart> {
            DeviceSyncPart part;
            part.one_time_key_counts["signed_curve25519"] = 0;
            return part;
          },
          .forget = [](store::Connection&, std::string_view, std::string_view, StreamPos) {}};
}

/// One computation of an answer for positions since < pos <= upto.
struct SyncService::Answer {
  SyncService& service;
  const SyncRequest& request;
  const UserView& user;
  const Filter& filter;
  SyncToken since;
  StreamPos own_pos;  ///< read after `upto`
  StreamPos upto;
  std::uint64_t ephemeral;
  std::uint64_t ephemeral_since;
  Recipient recipient{};

  std::string body{};
  bool news = false;
  DeviceSyncPart devices{};
  bool devices_read = false;
  std::string counts{};

  struct Candidate {
    SyncRoomInput input;
    enum class Kind { joined, left, invited, knocked } kind;
  };

  /// What make() has put together so far.
  std::map<RoomNum, std::vector<AccountDataRow>> room_data{};
  std::string global_data{};
  std::vector<Candidate> rooms{};
  std::size_t done = 0;  ///< of `rooms`
  std::string join{};
  std::string leave{};
  std::string invite{};
  std::string knock{};
  DeviceSyncQuery query{};
  bool begun = false;
  bool finished = false;

  /// The end of a piece: a reader whose connection broke goes back to it.
  struct Mark {
    std::size_t done = 0;
    std::size_t join = 0, leave = 0, invite = 0, knock = 0;
    bool news = false;
  };
  Mark mark() const { return {done, join.size(), leave.size(), invite.size(), knock.size(), news}; }
  void go_back(const Mark& to) {
    done = to.done;
    join.resize(to.join);
    leave.resize(to.leave);
    invite.resize(to.invite);
    knock.resize(to.knock);
    news = to.news;
  }

  bool initial() const { return request.since.empty(); }
  bool own_news() const { return initial() || own_pos > since.pos || since.to_device.has_value(); }

  /// The rooms that may have something to show. A room's own last position says whether to look at all.
  std::vector<Candidate> candidates() const {
    std::vector<Candidate> found;
    const bool initial = since.pos == 0;
    // Asked before the user's lock is taken: typing notices take that lock under their own.
    const bool ephemeral_news = user.last_ephemeral() > ephemeral_since;
    const auto typing =
        ephemeral_news ? service.services_.typing.rooms_changed_since(ephemeral_since) : std::vector<RoomNum>();
    const std::lock_guard lock(user.mutex());
    for (const auto& [num, membership] : user.memberships()) {
      if (membership.forgotten || !filter.room.matches_room(membership.room->id())) continue;
      const bool moved = initial || membership.pos > since.pos;
      Candidate candidate{.input = {.room = membership.room, .member_pos = membership.pos, .account_data = nullptr},
                          .kind = Candidate::Kind::joined};
      if (membership.membership == "join") {
        const bool look = moved || membership.room->last_pos() > since.pos || request.full_state ||
                          room_data.contains(num) || std::ranges::binary_search(typing, num);
        if (look) found.push_back(std::move(candidate));
      } else if (membership.membership == "invite") {
        candidate.kind = Candidate::Kind::invited;
        if (moved || request.full_state) found.push_back(std::move(candidate));
      } else if (membership.membership == "knock") {
        candidate.kind = Candidate::Kind::knocked;
        if (moved || request.full_state) found.push_back(std::move(candidate));
      } else {
        candidate.kind = Candidate::Kind::left;
        if (initial ? filter.room.include_leave : moved) found.push_back(std::move(candidate));
      }
    }
    return found;
  }

  bool shares_room_with(const std::string& other) const {
    const std::lock_guard lock(user.mutex());
    for (const auto& [num, membership] : user.memberships()) {
      if (membership.membership != "join") continue;
      const std::shared_lock room_lock(membership.room->mutex());
      if (membership.room->membership(other) == "join") return true;
    }
    return false;
  }

  /// Asks for so much that it is made behind the gate.
  bool is_long() const { return initial() || request.full_state; }

  /// Everything from memory. False: that does not suffice, read() it.
  bool make_from_memory() {
    if (own_news() || is_long()) return false;
    return begin(nullptr) && add_rooms(nullptr) && finish(nullptr);
  }

  /// One piece, in a transaction of its own; until `finished`. What is committed after `upto` is passed over, so that
  /// pieces with newer snapshots fit the older ones. False: the answer could not be made.
  bool read(store::Connection& connection) {
    if (!begun) {
      if (!begin(&connection)) return false;
      begun = true;
    }
    if (!add_rooms(&connection)) return false;
    if (done < rooms.size()) return true;
    if (!finish(&connection)) return false;
    finished = true;
    return true;
  }

  /// What is asked before the rooms, and which rooms there are. False: a connection is needed.
  bool begin(store::Connection* connection) {
    news = false;
    recipient = {.user_id = request.user_id,
                 .device_id = request.device_id,
                 .now_ms = service.clock_.unix_ms(),
                 .settings = service.services_.account_data.settings(connection, request.user_id)};
    if (!recipient.settings) return false;
    global_data.clear();
    room_data.clear();
    if (own_news()) read_account_data(*connection, global_data, room_data);
    rooms = candidates();
    done = 0;
    query = {};
    for (auto* part : {&join, &leave, &invite, &knock}) *part = "{";
    return true;
  }

  /// The next rooms: all, or with a connection those that fit in a piece of time. False: memory does not suffice.
  bool add_rooms(store::Connection* connection) {
    const PieceOfTime time(service.piece_);
    const SyncFrame frame{.services = service.services_,
                          .recipient = recipient,
                          .filter = filter,
                          .connection = connection,
                          .since = since.pos,
                          .upto = upto,
                          .ephemeral_since = ephemeral_since,
                          .ephemeral_news = initial() || user.last_ephemeral() > ephemeral_since,
                          .full_state = request.full_state,
                          .state_after_key = request.state_after_key};
    for (const auto first = done; done < rooms.size(); ++done) {
      if (connection && done > first && time.over()) return true;
      auto& candidate = rooms[done];
      const auto data = room_data.find(candidate.input.room->num());
      if (data != room_data.end()) candidate.input.account_data = &data->second;
      SyncRoomOutcome outcome;
      switch (candidate.kind) {
        case Candidate::Kind::joined:
          outcome = append_joined_room(join, frame, candidate.input);
          break;
        case Candidate::Kind::left:
          outcome = append_left_room(leave, frame, candidate.input);
          break;
        case Candidate::Kind::invited:
          outcome = append_stripped_room(invite, frame, candidate.input, "invite_state");
          break;
        case Candidate::Kind::knocked:
          outcome = append_stripped_room(knock, frame, candidate.input, "knock_state");
          break;
      }
      if (outcome.incomplete) return false;
      news |= outcome.shown;
      if (initial()) continue;
      if (candidate.kind == Candidate::Kind::joined) {
        query.newly_shared.insert(outcome.joined.begin(), outcome.joined.end());
        query.no_longer_shared.insert(outcome.left.begin(), outcome.left.end());
      } else if (candidate.kind == Candidate::Kind::left) {
        query.no_longer_shared.insert(outcome.left.begin(), outcome.left.end());
      }
    }
    return true;
  }

  /// False: a connection is needed.
  bool finish(store::Connection* connection) {
    if (!read_devices(connection, query)) return false;

    body = "{\"next_batch\":\"";
    append_sync_token(body, next());
    body += '"';
    body += counts;
    if (!global_data.empty()) {
      body += ",\"account_data\":{\"events\":[";
      body += global_data;
      body += "]}";
      news = true;
    }
    append_devices();
    append_rooms(join, leave, invite, knock);
    body += '}';
    return true;
  }

  SyncToken next() const {
    SyncToken token{.pos = upto, .boot = service.boot_, .ephemeral = ephemeral, .to_device = std::nullopt};
    if (devices_read && devices.more) token.to_device = devices.to_device_upto;
    return token;
  }

  void read_account_data(store::Connection& connection, std::string& global,
                         std::map<RoomNum, std::vector<AccountDataRow>>& rooms) {
    bool has_rules = false;
    global += '[';  // so that append_separator knows the beginning
    for (auto& row : reading_store::account_data_since(connection, request.user_id, since.pos, upto)) {
      if (row.room != reading_store::kGlobal) {
        rooms[row.room].push_back(std::move(row));
        continue;
      }
      has_rules |= row.type == kPushRulesType;
      if (filter.account_data.matches_type(row.type)) append_account_data(global, row.type, row.content);
    }
    if (initial() && !has_rules && filter.account_data.matches_type(kPushRulesType)) {
      const matrix::JsonObject content{{"global", matrix::default_push_rules(request.user_id)}};
      append_account_data(global, kPushRulesType, boost::json::serialize(content));
    }
    global.erase(0, 1);
  }

  /// False: a connection is needed.
  bool read_devices(store::Connection* connection, DeviceSyncQuery query) {
    const std::string key = request.user_id + '\0' + request.device_id;
    std::erase_if(query.no_longer_shared,
                  [this](const std::string& other) { return other == request.user_id || shares_room_with(other); });
    const bool members_changed = !query.newly_shared.empty() || !query.no_longer_shared.empty();
    if (!own_news() && !members_changed) {
      counts = service.counts_of(key, own_pos);
      if (!counts.empty()) return true;
    }
    if (!connection) return false;
    query.user_id = request.user_id;
    query.device_id = request.device_id;
    query.since = since.pos;
    query.to_device_since = since.to_device.value_or(since.pos);
    query.head = upto;
    query.shares_room_with = [this](const std::string& other) { return shares_room_with(other); };
    auto part = service.device_sync_.read(*connection, query);
    if (!part) return false;
    devices = *std::move(part);
    devices_read = true;

    counts = ",\"device_one_time_keys_count\":{";
    for (const auto& [algorithm, count] : devices.one_time_key_counts) {
      append_separator(counts);
      append_json_string(counts, algorithm);
      counts += ':';
      append_number(counts, count);
    }
    counts += "},\"device_unused_fallback_key_types\":";
    append_strings(counts, devices.unused_fallback_key_types);
    auto& shard = service.shard_of(key);
    const std::lock_guard lock(shard.mutex);
    if (shard.devices.size() >= kMaxDevicesPerShard) shard.devices.clear();
    auto& memory = shard.devices[key];
    memory.own_pos = own_pos;
    memory.counts = counts;
    if (!devices.to_device.empty() && memory.to_forget != kUnknown) memory.to_forget = devices.to_device_upto;
    return true;
  }

  void append_devices() {
    if (!devices.to_device.empty()) {
      body += ",\"to_device\":{\"events\":[";
      for (const auto& event : devices.to_device) {
        append_separator(body);
        body += event;
      }
      body += "]}";
      news = true;
    }
    if (!devices.changed.empty() || !devices.left.empty()) {
      body += ",\"device_lists\":{\"changed\":";
      append_strings(body, devices.changed);
      body += ",\"left\":";
      append_strings(body, devices.left);
      body += '}';
      news = true;
    }
  }

  void append_rooms(const std::string& join, const std::string& leave, const std::string& invite,
                    const std::string& knock) {
    if (join.size() + leave.size() + invite.size() + knock.size() == 4) return;
    body += ",\"rooms\":{";
    const auto append = [this](std::string_view name, const std::string& rooms) {
      if (rooms.size() == 1) return;
      append_key(body, name);
      body += rooms;
      body += '}';
    };
    append("join", join);
    append("leave", leave);
    append("invite", invite);
    append("knock", knock);
    body += '}';
  }
};

SyncService::SyncService(store::Database& db, Rooms& rooms, Users& users, Filters& filters, SyncServices services,
                         DeviceSync device_sync, const base::Clock& clock)
    : db_(db),
      rooms_(rooms),
      users_(users),
      filters_(filters),
      services_(services),
      device_sync_(std::move(device_sync)),
      clock_(clock),
      boot_(base::random_alphanumeric(6)),
      long_answers_(long_answers_at_once(), kMaxWaitingLong) {}

SyncService::Shard& SyncService::shard_of(const std::string& device_key) {
  return shards_[std::hash<std::string>{}(device_key) % shards_.size()];
}

std::string SyncService::counts_of(const std::string& device_key, StreamPos own_pos) {
  auto& shard = shard_of(device_key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.devices.find(device_key);
  if (found == shard.devices.end() || found->second.own_pos < own_pos) return {};
  return found->second.counts;
}

Task<UserViewPtr> SyncService::load_user(std::string user_id, bool first_sync) {
  if (auto user = users_.find(user_id)) co_return user;
  std::optional<AsyncGate::Pass> pass;
  if (first_sync) {  // others only come back, to a program that was started anew: many at once
    CO_TRY(auto entered, co_await long_answers_.enter());
    pass.emplace(std::move(entered));
  }
  CO_TRY(co_await load_rooms_of(user_id));
  auto load = [&](store::Connection& connection) -> Result<UserViewPtr> {
    return users_.load(connection, rooms_, user_id);
  };
  co_return co_await db_.read(load);
}

/// Reads the user's rooms into memory piece by piece, so that making the view finds them there.
Task<Unit> SyncService::load_rooms_of(std::string user_id) {
  auto list = [&](store::Connection& connection) -> Result<std::vector<MembershipRow>> {
    return event_store::memberships_of(connection, user_id);
  };
  CO_TRY(const auto memberships, co_await db_.read(list));
  for (std::size_t next = 0; next < memberships.size();) {
    auto load = [&](store::Connection& connection) -> Result<std::size_t> {
      const PieceOfTime time(piece_);
      auto at = next;
      for (; at < memberships.size() && (at == next || !time.over()); ++at)
        rooms_.load(connection, memberships[at].room);
      return at;
    };
    CO_TRY(next, co_await db_.read(load));
  }
  co_return Unit{};
}

asio::awaitable<bool> SyncService::is_of_the_future(StreamPos pos) {
  if (pos <= db_.head()) co_return false;
  if (!db_.shared()) co_return true;
  // Another process gave the token for a commit that we have not followed yet.
  db_.follow();
  asio::steady_timer nap(co_await asio::this_coro::executor);
  for (const auto end = std::chrono::steady_clock::now() + kCatchUpPatience; std::chrono::steady_clock::now() < end;) {
    nap.expires_after(std::chrono::milliseconds(2));
    co_await nap.async_wait(asio::use_awaitable);
    if (pos <= db_.head()) co_return false;
  }
  co_return true;
}

Task<Unit> SyncService::forget_delivered(const SyncRequest& request, const std::string& device_key, StreamPos upto,
                                         StreamPos own_pos) {
  if (request.device_id.empty()) co_return Unit{};
  auto& shard = shard_of(device_key);
  {
    const std::lock_guard lock(shard.mutex);
    if (shard.devices.size() >= kMaxDevicesPerShard) shard.devices.clear();
    auto& memory = shard.devices[device_key];
    if (db_.shared() && memory.to_forget == 0 && own_pos > memory.forgot_at) memory.to_forget = kUnknown;
    if (memory.to_forget == 0 || (memory.to_forget != kUnknown && memory.to_forget > upto)) co_return Unit{};
    memory.to_forget = 0;
    memory.forgot_at = own_pos;
  }
  auto forget = [&](store::Tx& tx) -> Result<Unit> {
    device_sync_.forget(tx, request.user_id, request.device_id, upto);
    return Unit{};
  };
  auto forgotten = co_await db_.write(forget, {.lane = store::Lane::receipts});
  if (forgotten) co_return Unit{};
  const std::lock_guard lock(shard.mutex);
  shard.devices[device_key].to_forget = kUnknown;
  co_return std::unexpected(std::move(forgotten).error());
}

std::string SyncService::empty_answer(const SyncToken& next, const std::string& counts) const {
  std::string body;
  body.reserve(48 + counts.size());
  body += "{\"next_batch\":\"";
  append_sync_token(body, next);
  body += '"';
  body += counts;
  body += '}';
  return body;
}

void SyncService::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  users_.wake_all();
}

Task<Unit> SyncService::read_in_pieces(Answer& answer) {
  answer.begun = false;
  while (!answer.finished) {
    const bool fresh = !answer.begun;
    const auto mark = answer.mark();
    auto read = [&](store::Connection& connection) -> Result<Unit> {
      // A connection that broke: the piece begins again.
      if (fresh)
        answer.begun = false;
      else
        answer.go_back(mark);
      if (answer.read(connection)) return Unit{};
      return Error(Errc::internal, "The answer could not be made.");
    };
    CO_TRY(co_await db_.read(read));
  }
  co_return Unit{};
}

Task<std::string> SyncService::sync(SyncRequest request) {
  SyncToken since;
  if (!request.since.empty()) {
    const auto parsed = parse_token(request.since);
    if (!parsed) co_return Error(Errc::invalid_param, "`since` is no token of this server: sync without it.");
    since = *parsed;
  }
  // What other starts of the program counted says nothing now.
  std::uint64_t ephemeral_since = since.boot == boot_ ? since.ephemeral : 0;
  CO_TRY(const auto user, co_await load_user(request.user_id, request.since.empty()));
  const std::string device_key = request.user_id + '\0' + request.device_id;
  const auto deadline = std::chrono::steady_clock::now() + std::min(request.timeout, kMaxSyncWait);
  FilterPtr filter;
  bool future = co_await is_of_the_future(since.pos);
  if (future && db_.shared() && db_.trouble()) {  // not of the future: we are behind
    co_return Error(Errc::unavailable, "This process cannot reach its database.")
        .with_retry_after(std::chrono::seconds(1));
  }

  if (!request.since.empty() && !future) {
    const auto forgotten =
        co_await forget_delivered(request, device_key, since.to_device.value_or(since.pos), user->last_own_pos());
    if (!forgotten) {
      base::log_warning("homeserver", "delivered to-device messages could not be removed; the next sync tries again",
                        {{"error", forgotten.error().message()}});
    }
  }

  auto nap = kShortestNap;
  for (;;) {
    // In this order. What is typed after its number was read is for the next look. What is committed up to `head` has
    // touched the user before `head` was published, so it shows in positions that are read after it.
    const auto ephemeral = users_.ephemeral();
    const auto head = db_.head();
    const auto own_pos = user->last_own_pos();
    if (future) since.pos = head;

    const bool nothing_new = !request.since.empty() && !request.full_state && !since.to_device &&
                             user->last_pos() <= since.pos && user->last_ephemeral() <= ephemeral_since;
    const SyncToken next{
        .pos = std::max(since.pos, head), .boot = boot_, .ephemeral = ephemeral, .to_device = std::nullopt};
    const bool waited_out = stopping_.load(std::memory_order_relaxed) || std::chrono::steady_clock::now() >= deadline;
    if (!nothing_new || waited_out || future) {
      const auto counts = nothing_new ? counts_of(device_key, own_pos) : std::string();
      if (nothing_new && !counts.empty()) co_return empty_answer(next, counts);

      if (!filter) {
        CO_TRY(filter, co_await filters_.resolve(request.user_id, request.filter));
      }
      Answer answer{.service = *this,
                    .request = request,
                    .user = *user,
                    .filter = *filter,
                    .since = since,
                    .own_pos = own_pos,
                    .upto = head,
                    .ephemeral = ephemeral,
                    .ephemeral_since = ephemeral_since};
      if (!answer.make_from_memory()) {
        std::optional<AsyncGate::Pass> pass;
        if (answer.is_long()) {
          CO_TRY(auto entered, co_await long_answers_.enter());
          pass.emplace(std::move(entered));
        }
        CO_TRY(co_await read_in_pieces(answer));
      }
      if (answer.news || request.since.empty() || request.full_state || waited_out || future ||
          std::chrono::steady_clock::now() >= deadline) {
        co_return std::move(answer.body);
      }
    }
    if (user->last_pos() > head) {
      // A commit is being published: its position is out, the head not yet. It takes microseconds; longer only when the
      // database went away while another process's commits were being followed.
      asio::steady_timer pause(co_await asio::this_coro::executor, nap);
      co_await pause.async_wait(asio::use_awaitable);
      nap = std::min<std::chrono::microseconds>(nap * 2, kLongestNap);
      continue;
    }
    co_await users_.wait(user, head, ephemeral, deadline);
  }
}

}  // namespace troupe::homeserver
