#include "homeserver/sync/sync_answer.h"

#include <algorithm>
#include <bit>

#include "base/mutex.h"
#include "homeserver/account_data/account_data_store.h"
#include "homeserver/memory/users.h"
#include "homeserver/sync/answer_text.h"
#include "homeserver/sync/sync_presence.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

/// What is made from memory is made on a thread of the network: an answer that takes longer goes to the readers.
constexpr std::chrono::milliseconds kMostOfAThread{20};

/// A long answer has room for what it will hold, as far as the rooms until now say: it grows in few steps, each of
/// which copies it, and nothing is made for rooms that are not there.
constexpr std::size_t kFirstGuess = 16;  ///< rooms; then with each doubling
constexpr std::size_t kMostGuessed = 8;  ///< times what there is
void make_room(std::string& text, std::size_t done, std::size_t all) {
  if (done < kFirstGuess || !std::has_single_bit(done)) return;
  const auto guess = text.size() / done * all;
  text.reserve(std::min(guess + guess / 16, text.size() * kMostGuessed));
}

}  // namespace

void SyncAnswer::go_back(const Mark& to) {
  done_ = to.done;
  join_.resize(to.join);
  leave_.resize(to.leave);
  invite_.resize(to.invite);
  knock_.resize(to.knock);
  news_ = to.news;
}

std::vector<SyncAnswer::Candidate> SyncAnswer::candidates() const {
  std::vector<Candidate> found;
  const auto since = span_.since.pos;
  const bool first = since == 0;
  // Asked before the user's lock is taken: typing notices take that lock under their own.
  const bool ephemeral_news = user_.last_ephemeral() > span_.ephemeral_since;
  const auto typing = ephemeral_news ? tools_.services.typing.rooms_changed_since(span_.ephemeral_since)
                                     : std::vector<memory::RoomNum>();
  const base::Lock lock(user_.mutex());
  for (const auto& [num, membership] : user_.memberships()) {
    const bool moved = first || membership.pos > since;
    // The user's other devices are told once that they left a room; who begins now hears nothing of one they forgot.
    if (membership.forgotten && (first || !moved)) continue;
    if (!filter_.room.matches_room(membership.room->id())) continue;
    Candidate candidate{.input = {.room = membership.room,
                                  .member_pos = membership.pos,
                                  .forgotten = membership.forgotten,
                                  .account_data = nullptr},
                        .kind = Candidate::Kind::joined};
    if (membership.membership == "join") {
      const bool look = moved || span_.typing_anew() || membership.room->last_pos() > since || request_.full_state ||
                        room_data_.contains(num) || std::ranges::binary_search(typing, num);
      if (look) found.push_back(std::move(candidate));
    } else if (membership.membership == "invite") {
      candidate.kind = Candidate::Kind::invited;
      if (moved || request_.full_state) found.push_back(std::move(candidate));
    } else if (membership.membership == "knock") {
      candidate.kind = Candidate::Kind::knocked;
      if (moved || request_.full_state) found.push_back(std::move(candidate));
    } else {
      candidate.kind = Candidate::Kind::left;
      if (first ? filter_.room.include_leave : moved) found.push_back(std::move(candidate));
    }
  }
  return found;
}

bool SyncAnswer::make_from_memory() {
  if (own_news() || request_.is_long()) return false;
  return begin(nullptr) && add_rooms(nullptr) && finish(nullptr);
}

Task<Unit> SyncAnswer::read_in_pieces(store::Database& db) {
  begun_ = false;
  while (!finished_) {
    const bool fresh = !begun_;
    const auto before = mark();
    auto piece = [&](store::Connection& connection) -> Result<Unit> {
      // A connection that broke: the piece begins again.
      if (fresh)
        begun_ = false;
      else
        go_back(before);
      if (read(connection)) return Unit{};
      return Error(Errc::internal, "The answer could not be made.");
    };
    CO_TRY(co_await db.read(piece));
  }
  co_return Unit{};
}

bool SyncAnswer::read(store::Connection& connection) {
  if (!begun_) {
    if (!begin(&connection)) return false;
    begun_ = true;
  }
  if (!add_rooms(&connection)) return false;
  if (done_ < rooms_.size()) return true;
  if (!finish(&connection)) return false;
  finished_ = true;
  return true;
}

bool SyncAnswer::begin(store::Connection* connection) {
  news_ = false;
  typing_told_ = false;
  recipient_ = {.user_id = request_.user_id,
                .device_id = request_.device_id,
                .now_ms = tools_.clock.unix_ms(),
                .settings = tools_.services.account_data.settings(connection, request_.user_id)};
  if (!recipient_.settings) return false;
  global_data_.clear();
  room_data_.clear();
  if (own_news()) read_account_data(*connection);
  rooms_ = candidates();
  done_ = 0;
  query_ = {};
  for (auto* part : {&join_, &leave_, &invite_, &knock_}) *part = "{";
  if (!initial()) add_gone_rooms();
  return true;
}

void SyncAnswer::add_gone_rooms() {
  const base::Lock lock(user_.mutex());
  for (const auto& gone : user_.gone()) {
    if (gone.pos <= span_.since.pos || gone.pos > span_.upto) continue;
    if (!filter_.room.matches_room(gone.room_id)) continue;
    append_gone_room(leave_, gone.room_id, span_.since.pos);
    news_ = true;
  }
}

bool SyncAnswer::add_rooms(store::Connection* connection) {
  const PieceOfTime time(connection ? tools_.piece : kMostOfAThread);
  const SyncFrame frame{.services = tools_.services,
                        .recipient = recipient_,
                        .filter = filter_,
                        .connection = connection,
                        .since = span_.since.pos,
                        .upto = span_.upto,
                        .typing_since = span_.ephemeral_unknown ? std::nullopt : std::optional(span_.ephemeral_since),
                        .ephemeral_news = initial() || user_.last_ephemeral() > span_.ephemeral_since,
                        .typing_anew = span_.typing_anew(),
                        .full_state = request_.full_state,
                        .state_after_key = request_.state_after_key};
  for (const auto first = done_; done_ < rooms_.size(); ++done_) {
    if (done_ > first && time.over()) {
      took_long_ = true;
      return connection != nullptr;
    }
    auto& candidate = rooms_[done_];
    if (candidate.input.room->is_gone()) continue;  // meanwhile: the next sync says so
    const auto data = room_data_.find(candidate.input.room->num());
    if (data != room_data_.end()) candidate.input.account_data = &data->second;
    const auto outcome = add_room(frame, candidate);
    if (outcome.incomplete) return false;
    make_room(join_, done_ + 1, rooms_.size());
    news_ |= outcome.shown;
    typing_told_ |= outcome.typing;
    if (initial()) continue;
    if (candidate.kind == Candidate::Kind::joined) {
      query_.newly_shared.insert(outcome.joined.begin(), outcome.joined.end());
      query_.no_longer_shared.insert(outcome.left.begin(), outcome.left.end());
    } else if (candidate.kind == Candidate::Kind::left) {
      query_.no_longer_shared.insert(outcome.left.begin(), outcome.left.end());
    }
  }
  return true;
}

SyncRoomOutcome SyncAnswer::add_room(const SyncFrame& frame, const Candidate& candidate) {
  switch (candidate.kind) {
    case Candidate::Kind::joined:
      return append_joined_room(join_, frame, candidate.input);
    case Candidate::Kind::left:
      return append_left_room(leave_, frame, candidate.input);
    case Candidate::Kind::invited:
      return append_stripped_room(invite_, frame, candidate.input, "invite_state");
    case Candidate::Kind::knocked:
      return append_stripped_room(knock_, frame, candidate.input, "knock_state");
  }
  return {};
}

bool SyncAnswer::finish(store::Connection* connection) {
  if (!read_devices(connection)) return false;

  body_ = "{\"next_batch\":\"";
  append_sync_token(body_, next());
  body_ += "\",";
  body_ += counts_;
  if (!global_data_.empty()) {
    body_ += ",\"account_data\":{\"events\":[";
    body_ += global_data_;
    body_ += "]}";
    news_ = true;
  }
  append_devices();
  news_ |= append_presence(body_, tools_.services.presence,
                           {.user = user_,
                            .settings = *recipient_.settings,
                            .filter = filter_.presence,
                            .initial = initial(),
                            .since = span_.ephemeral_since,
                            .upto = span_.ephemeral,
                            .newly_shared = query_.newly_shared});
  append_rooms();
  body_ += '}';
  return true;
}

bool SyncAnswer::believes_typing() const {
  if (typing_told_) return true;
  if (!span_.since.typing || span_.typing_anew()) return false;
  const auto typing = tools_.services.typing.rooms_typing();
  // Asked after the list: who stopped before it was read, and after this answer's number, has moved it.
  if (user_.last_ephemeral() > span_.ephemeral) return true;
  const base::Lock lock(user_.mutex());
  return std::ranges::any_of(typing, [this](memory::RoomNum room) REQUIRES(user_.mutex()) {
    const auto found = user_.memberships().find(room);
    return found != user_.memberships().end() && found->second.membership == "join";
  });
}

SyncToken SyncAnswer::next() const {
  SyncToken token{.pos = span_.upto,
                  .boot = tools_.boot,
                  .ephemeral = span_.ephemeral,
                  .typing = believes_typing(),
                  .to_device = std::nullopt};
  if (devices_read_ && devices_.more) token.to_device = devices_.to_device_upto;
  return token;
}

void SyncAnswer::read_account_data(store::Connection& connection) {
  bool has_rules = false;
  global_data_ += '[';  // so that append_separator knows the beginning
  for (auto& row : account_data::account_data_store::account_data_since(connection, request_.user_id, span_.since.pos,
                                                                        span_.upto)) {
    if (row.room != account_data::account_data_store::kGlobal) {
      room_data_[row.room].push_back(std::move(row));
      continue;
    }
    has_rules |= row.type == account_data::kPushRulesType;
    if (filter_.account_data.matches_type(row.type)) append_data_event(global_data_, row.type, row.content);
  }
  if (initial() && !has_rules && filter_.account_data.matches_type(account_data::kPushRulesType)) {
    append_default_push_rules(global_data_, request_.user_id);
  }
  global_data_.erase(0, 1);
}

bool SyncAnswer::read_devices(store::Connection* connection) {
  const auto key = DeviceMemories::key_of(request_.user_id, request_.device_id);
  auto query = query_;
  std::erase_if(query.no_longer_shared, [this](const std::string& other) {
    return other == request_.user_id || user_.shares_room_with(other);
  });
  const bool members_changed = !query.newly_shared.empty() || !query.no_longer_shared.empty();
  if (!own_news() && !members_changed) {
    counts_ = tools_.memories.counts_of(key, span_.own_pos);
    if (!counts_.empty()) return true;
  }
  if (!connection) return false;
  query.user_id = request_.user_id;
  query.device_id = request_.device_id;
  query.since = span_.since.pos;
  query.to_device_since = span_.since.to_device.value_or(span_.since.pos);
  query.head = span_.upto;
  query.wants_lists = !initial();
  query.shares_room_with = [this](const std::string& other) { return user_.shares_room_with(other); };
  auto part = crypto::read_device_sync(*connection, query);
  if (!part) return false;
  devices_ = *std::move(part);
  devices_read_ = true;
  counts_ = key_counts(devices_);
  tools_.memories.shown(key, span_.own_pos, counts_, devices_.to_device.empty() ? 0 : devices_.to_device_upto);
  return true;
}

void SyncAnswer::append_to_device() {
  std::vector<std::string> passing;
  if (!request_.device_id.empty() && user_.last_ephemeral() > span_.ephemeral_since) {
    passing = tools_.inbox.read(request_.user_id, request_.device_id, span_.ephemeral_since, span_.ephemeral,
                                memory::DeviceInbox::kMostMessages);
  }
  if (devices_.to_device.empty() && passing.empty()) return;
  body_ += ",\"to_device\":{\"events\":[";
  for (const auto* events : {&devices_.to_device, &passing}) {
    for (const auto& event : *events) {
      matrix::append_separator(body_);
      body_ += event;
    }
  }
  body_ += "]}";
  news_ = true;
}

void SyncAnswer::append_devices() {
  append_to_device();
  if (!devices_.changed.empty() || !devices_.left.empty()) {
    body_ += ",\"device_lists\":{\"changed\":";
    append_strings(body_, devices_.changed);
    body_ += ",\"left\":";
    append_strings(body_, devices_.left);
    body_ += '}';
    news_ = true;
  }
}

void SyncAnswer::append_rooms() {
  if (join_.size() + leave_.size() + invite_.size() + knock_.size() == 4) return;
  body_ += ",\"rooms\":{";
  const auto append = [this](std::string_view name, const std::string& rooms) {
    if (rooms.size() == 1) return;
    matrix::append_key(body_, name);
    body_ += rooms;
    body_ += '}';
  };
  // The joined rooms may be many megabytes: what stands before them goes in front of them, instead of all of them
  // behind it.
  if (join_.size() > 1) {
    matrix::append_key(body_, "join");
    join_.insert(0, body_);
    body_.swap(join_);
    body_ += '}';
  }
  append("leave", leave_);
  append("invite", invite_);
  append("knock", knock_);
  body_ += '}';
}

}  // namespace troupe::homeserver::sync
