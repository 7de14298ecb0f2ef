#include "homeserver/admin/user_redaction.h"

#include <algorithm>
#include <limits>

#include "base/crypto.h"
#include "base/log.h"
#include "matrix/auth.h"
#include "matrix/power_rules.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::admin {
namespace {

constexpr store::WriteOptions kPieceOfRedaction{.lane = store::Lane::bulk, .savepoint = true};
constexpr std::size_t kRedactIdLength = 24;
constexpr std::size_t kRedactAtOnce = 32;   // two events each
constexpr std::size_t kLookAtOnce = 1'000;  // events of a room, whoever sent them
constexpr std::size_t kRoomsOfPage = 100;
constexpr std::size_t kUsersAtOnce = 100;
constexpr std::int64_t kLookForUsersMs = 5'000;
/// In place of a position: all of the room was looked at.
constexpr StreamPos kNothingBefore = 1;

Error unknown_redaction(const std::string& redact_id) {
  return {Errc::not_found, "redact id '" + redact_id.substr(0, 64) + "' not found"};
}

Result<RedactUserBody> request_of(const RedactionRow& row) {
  return api::shape_of<RedactUserBody>().read(boost::json::value(row.request));
}

/// Somebody in the room who may redact what others said: the mightiest of those whom its levels name. Empty: nobody.
std::string moderator_of(const memory::RoomForWrite& room, const matrix::PowerLevels& levels) {
  std::vector<std::string> named;
  if (const auto create = room.state("m.room.create", "")) named = matrix::creators(room.version(), *create);
  const auto event = room.state("m.room.power_levels", "");
  const auto* users = event ? matrix::find_object(event->content, "users") : nullptr;
  if (users)
    for (const auto& user : *users) named.emplace_back(user.key());
  std::erase_if(named, [&](const std::string& user) {
    return room.membership(user) != "join" || levels.user(user) < levels.redact();
  });
  const auto found = std::ranges::max_element(named, {}, [&](const std::string& user) { return levels.user(user); });
  return found == named.end() ? std::string() : *found;
}

/// In whose name a room's events are redacted, the first choice first.
std::vector<std::string> redactors_of(const memory::RoomForWrite& room, const matrix::PowerLevels& levels,
                                      const RedactionRow& row, bool use_admin) {
  std::vector<std::string> redactors;
  const auto add = [&](std::string user) {
    if (!user.empty() && std::ranges::find(redactors, user) == redactors.end()) redactors.push_back(std::move(user));
  };
  if (!use_admin) add(row.user_id);
  add(row.admin_id);
  if (!use_admin) add(moderator_of(room, levels));
  return redactors;
}

bool is_for_redaction(const memory::StoredEventPtr& stored) {
  if (!stored || stored->redacted_by) return false;
  const auto& event = *stored->event;
  return !event.state_key || matrix::find_string(event.content, "membership") == "join";
}

/// One room's part of one piece.
class RoomPiece {
 public:
  RoomPiece(store::Tx& tx, memory::RoomForWrite& room, RedactionRow& row, const RedactUserBody& wanted,
            std::int64_t at_ms)
      : tx_(tx), room_(room), row_(row), wanted_(wanted), at_ms_(at_ms) {}

  Result<Unit> redact(const std::vector<std::string>& event_ids) {
    const matrix::PowerLevels levels(room_.version(), room_);
    const auto redactors = redactors_of(room_, levels, row_, wanted_.use_admin);
    for (const auto& event_id : event_ids) {
      TRY(const auto target, room_.find_event(tx_, event_id));
      if (!is_for_redaction(target)) continue;
      ++row_.of_room;
      const auto done = redact_as_any(levels, redactors, target);
      if (done) {
        ++row_.redacted;
      } else if (done.error().code() != Errc::forbidden) {
        return std::unexpected(done.error());
      } else if (row_.failed.size() < UserRedaction::kMostFailed) {
        row_.failed[event_id] = done.error().message();
      }
    }
    return Unit{};
  }

 private:
  Result<Unit> redact_as_any(const matrix::PowerLevels& levels, const std::vector<std::string>& redactors,
                             const memory::StoredEventPtr& target) {
    std::optional<Error> first;
    for (const auto& sender : redactors) {
      const auto done = redact_as(levels, sender, target);
      if (done || done.error().code() != Errc::forbidden) return done;
      if (!first) first = done.error();
    }
    return *std::move(first);
  }

  Result<Unit> redact_as(const matrix::PowerLevels& levels, const std::string& sender,
                         const memory::StoredEventPtr& target) {
    if (sender != target->event->sender && levels.user(sender) < levels.redact())
      return Error(Errc::forbidden, "You don't have permission to redact events");
    matrix::JsonObject content;
    if (wanted_.reason) content["reason"] = *wanted_.reason;
    TRY(auto allowed, room_.allow({.type = "m.room.redaction",
                                   .sender = sender,
                                   .state_key = {},
                                   .content = std::move(content),
                                   .origin_server_ts = at_ms_,
                                   .redacts = target->event->event_id}));
    TRY(const auto stored, room_.append(tx_, std::move(allowed)));
    return room_.prune(tx_, target, stored->pos);
  }

  store::Tx& tx_;
  memory::RoomForWrite& room_;
  RedactionRow& row_;
  const RedactUserBody& wanted_;
  std::int64_t at_ms_;
};

}  // namespace

Task<std::string> UserRedaction::start(std::string admin_id, std::string user_id, RedactUserBody wanted) {
  RedactionRow row;
  row.redact_id = base::random_alphanumeric(kRedactIdLength);
  row.user_id = std::move(user_id);
  row.admin_id = std::move(admin_id);
  if (wanted.limit == 0) wanted.limit = RedactUserBody::kUsualLimit;
  row.request = api::write(wanted);
  row.made_ms = parts_.clock.unix_ms();
  auto note = [&row](store::Tx& tx) -> Result<Unit> {
    if (redaction_store::is_under_way(tx, row.user_id)) {
      return Error(Errc::invalid_param, "Redact already in progress for user " + row.user_id)
          .with_wire_code("M_UNKNOWN");
    }
    redaction_store::insert(tx, row);
    return Unit{};
  };
  CO_TRY(co_await parts_.db.write(note, {.lane = store::Lane::send, .savepoint = true}));
  started_.store(true);
  co_return row.redact_id;
}

Task<RedactionRow> UserRedaction::state(std::string redact_id) {
  auto read = [&](store::Connection& connection) -> Result<RedactionRow> {
    auto row = redaction_store::find(connection, redact_id);
    if (!row) return unknown_redaction(redact_id);
    return *std::move(row);
  };
  co_return co_await parts_.db.read(read);
}

UserRedaction::Piece UserRedaction::next_piece(store::Connection& connection, const RedactionRow& row,
                                               const RedactUserBody& wanted) const {
  Piece piece;
  // Without bounds also what claims to be of another age.
  const redaction_store::SaidBy said{.sender = row.user_id,
                                     .first_ms = wanted.after_ts.value_or(std::numeric_limits<std::int64_t>::min()),
                                     .last_ms = wanted.before_ts.value_or(std::numeric_limits<std::int64_t>::max())};
  auto looked_from = row.before_pos > 0 ? row.before_pos : std::numeric_limits<StreamPos>::max();
  auto left = static_cast<std::size_t>(std::max<std::int64_t>(wanted.limit - row.of_room, 0));
  // The room under way once more, then those behind it.
  auto after = row.room > 0 ? row.room - 1 : 0;
  for (;;) {
    const auto rooms = redaction_store::rooms_of(connection, row.user_id, after, kRoomsOfPage);
    for (const auto& room : rooms) {
      after = room.room;
      if (room.room != row.room) {
        looked_from = std::numeric_limits<StreamPos>::max();
        left = static_cast<std::size_t>(wanted.limit);
      }
      if (!wanted.rooms.empty() && std::ranges::find(wanted.rooms, room.room_id) == wanted.rooms.end()) continue;
      if (left == 0) continue;
      auto looked = redaction_store::look_through(connection, room.room, looked_from, said, kLookAtOnce);
      if (looked.upto == 0) continue;
      piece.room = room;
      piece.next_before = looked.upto;
      if (const auto most = std::min(left, kRedactAtOnce); looked.event_ids.size() > most) {
        looked.event_ids.resize(most);
        piece.next_before = looked.positions[most - 1];
      }
      piece.event_ids = std::move(looked.event_ids);
      return piece;
    }
    if (rooms.size() < kRoomsOfPage) return piece;
  }
}

Task<bool> UserRedaction::do_piece(std::string redact_id) {
  struct Next {
    RedactionRow row;
    RedactUserBody wanted;
    Piece piece;
  };
  auto read = [&](store::Connection& connection) -> Result<Next> {
    Next next;
    auto row = redaction_store::find(connection, redact_id);
    if (!row) return unknown_redaction(redact_id);
    next.row = *std::move(row);
    if (next.row.ended()) return next;
    TRY(next.wanted, request_of(next.row));
    next.piece = next_piece(connection, next.row, next.wanted);
    return next;
  };
  CO_TRY(const auto next, co_await parts_.db.read(read));
  if (next.row.ended()) co_return false;
  const auto& piece = next.piece;
  const auto at_ms = parts_.clock.unix_ms();
  if (piece.room.room > 0) CO_TRY(co_await parts_.service.warm(piece.room.room_id));
  auto write = [&](store::Tx& tx) -> Result<bool> {
    auto row = redaction_store::find(tx, redact_id);
    if (!row || row->ended()) return false;
    // Somebody else did it meanwhile: the next look is at what they left.
    if (row->room != next.row.room || row->before_pos != next.row.before_pos) return true;
    if (piece.room.room == 0) {
      row->status = DeletionStatus::complete;
      redaction_store::update(tx, *row, at_ms);
      return false;
    }
    if (row->room != piece.room.room) row->of_room = 0;
    row->status = DeletionStatus::active;
    row->room = piece.room.room;
    row->before_pos = piece.next_before;
    auto room = parts_.rooms.open(tx, piece.room.room_id);
    if (!room && room.error().code() != Errc::not_found) return std::unexpected(room.error());
    if (room && room->room().num() == piece.room.room) {
      TRY(RoomPiece(tx, *room, *row, next.wanted, at_ms).redact(piece.event_ids));
    } else {
      row->before_pos = kNothingBefore;
    }
    redaction_store::update(tx, *row, std::nullopt);
    return true;
  };
  co_return co_await parts_.db.write(write, kPieceOfRedaction);
}

Task<Unit> UserRedaction::end(std::string redact_id, std::string error) {
  const auto at_ms = parts_.clock.unix_ms();
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    auto row = redaction_store::find(tx, redact_id);
    if (!row || row->ended()) return Unit{};
    row->status = DeletionStatus::failed;
    row->error = error;
    redaction_store::update(tx, *row, at_ms);
    return Unit{};
  };
  co_return co_await parts_.db.write(note, kPieceOfRedaction);
}

Task<Unit> UserRedaction::run() {
  const auto now_ms = memory::steady_ms(parts_.clock);
  if (!started_.exchange(false) && now_ms - looked_ms_.load() < kLookForUsersMs) co_return Unit{};
  looked_ms_.store(now_ms);
  auto read = [](store::Connection& connection) -> Result<std::vector<std::string>> {
    return redaction_store::unfinished(connection, kUsersAtOnce);
  };
  CO_TRY(const auto waiting, co_await parts_.db.read(read));
  for (const auto& redact_id : waiting) {
    for (bool more = true; more;) {
      const auto done = co_await do_piece(redact_id);
      more = done && *done;
      if (done) continue;
      // What a full disk or a stop has interrupted is gone on with.
      if (done.error().code() == Errc::unavailable) co_return std::unexpected(done.error());
      base::log_error("homeserver", "what somebody said could not be redacted",
                      {{"redact_id", redact_id}, {"error", done.error().message()}, {"detail", done.error().detail()}});
      CO_TRY(co_await end(redact_id, done.error().message()));
    }
  }
  co_return Unit{};
}

Task<Unit> UserRedaction::sweep(base::UnixMs now) {
  const auto before = now - std::chrono::milliseconds(kKeepEnded).count();
  co_return co_await store::write_in_pieces(
      parts_.db, [before](store::Tx& tx) { return redaction_store::forget_ended(tx, before, store::kPiece); });
}

}  // namespace troupe::homeserver::admin
