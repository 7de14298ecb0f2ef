#include "homeserver/delayed/delayed_events.h"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>

#include "base/async.h"
#include "base/crypto.h"
#include "base/log.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/common/settings.h"
#include "homeserver/memory/event_store.h"
#include "homeserver/rooms/room_operations.h"
#include "matrix/ids.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::delayed {
namespace {

constexpr std::string_view kIdPrefix = "syd_";
constexpr std::chrono::seconds kPatience{60};
constexpr int kRoundsInARow = 20;

Error no_such_event() { return Error(Errc::not_found, "There is no such delayed event."); }
Error not_now() { return Error(Errc::conflict, "The event is not to be sent now."); }

/// This server cannot send now; the event may still be good.
bool is_passing(const Error& error) {
  switch (error.code()) {
    case Errc::unavailable:
    case Errc::timed_out:
    case Errc::internal:
    case Errc::limit_exceeded:
      return true;
    default:
      return false;
  }
}

std::string_view code_of(const Error& error) {
  return error.wire_code().empty() ? base::info(error.code()).matrix_code : error.wire_code();
}

/// As the try before answered. A wire code must be a constant: one of those that sending gives.
Error error_of(const DelayedRow& row) {
  static constexpr std::array<std::string_view, 14> kCodes{"M_FORBIDDEN",      "M_BAD_JSON",
                                                           "M_TOO_LARGE",      "M_INVALID_PARAM",
                                                           "M_NOT_FOUND",      "M_USER_SUSPENDED",
                                                           "M_USER_LOCKED",    "M_USER_DEACTIVATED",
                                                           "M_UNKNOWN_TOKEN",  "M_DUPLICATE_ANNOTATION",
                                                           "M_BAD_ALIAS",      "M_MISSING_PARAM",
                                                           "M_LIMIT_EXCEEDED", "M_UNABLE_TO_AUTHORISE_JOIN"};
  const auto* code = std::ranges::find(kCodes, row.errcode);
  return Error(Errc::forbidden, row.error)
      .with_wire_code(code == kCodes.end() ? "M_UNKNOWN" : *code)
      .with_status(static_cast<int>(row.status));
}

Result<matrix::JsonObject> object_of(const DelayedRow& row) {
  TRY(auto content, matrix::parse_json(row.content));
  if (!content.is_object()) return Error(Errc::internal, "A stored event is damaged.", row.delay_id);
  return std::move(content.get_object());
}

Result<Unit> check_event(const rooms::LaterEvent& event, std::string_view content) {
  if (!matrix::parse_room_id(event.room_id)) return Error(Errc::invalid_param, "That is no room id.");
  if (event.type.empty() || event.type.size() > matrix::kMaxIdBytes)
    return Error(Errc::invalid_param, "The type has 1 to 255 bytes.");
  if (event.state_key && event.state_key->size() > matrix::kMaxIdBytes)
    return Error(Errc::invalid_param, "The state key is longer than 255 bytes.");
  if (content.size() > DelayedEvents::kMaxContentBytes)
    return Error(Errc::too_large, "The content is larger than an event may be.");
  return rooms::check_content(nullptr, event.content);
}

/// The end of a part in a call is sent although its device is gone.
bool outlives_device(const DelayedRow& row) {
  return row.state_key && row.content == "{}" && std::ranges::find(kCallTypes, row.type) != kCallTypes.end();
}

Error device_is_gone() {
  return Error(Errc::forbidden, "The device that asked for it was signed out.").with_wire_code("M_UNKNOWN_TOKEN");
}

/// What an action says of an event that does not wait any more. Not of send.
Result<Unit> answer_of_ended(const DelayedRow& row, Action action) {
  const bool is_cancelled = row.state == DelayedState::cancelled || row.state == DelayedState::failed;
  if (action == Action::cancel && is_cancelled) return Unit{};
  return no_such_event();
}

Result<Unit> check_delay(std::int64_t delay_ms, std::int64_t most_s) {
  if (most_s == 0) return Error(Errc::forbidden, "This server sends no events later.");
  if (delay_ms <= most_s * 1000) return Unit{};
  return Error(Errc::invalid_param, "The requested delay exceeds the allowed maximum.")
      .with_wire_code("M_UNKNOWN")
      .with_member("org.matrix.msc4140.errcode", "M_MAX_DELAY_EXCEEDED")
      .with_member("org.matrix.msc4140.max_delay", most_s * 1000)
      .with_member("max_delay", most_s * 1000);
}

}  // namespace

/// The part of sending that concerns the row: in one operation with the event.
class DelayedEvents::Firing final : public rooms::Companion {
 public:
  Firing(const DelayedEvents& of, const DelayedRow& row, bool by_action)
      : of_(of), row_(row), by_action_(by_action), now_(of.delays_.unix_ms()), ended_(of.parts_.clock.unix_ms()) {}

  Result<Unit> begin(store::Tx& tx) override {
    is_overtaken = false;
    const auto now = delayed_store::find(tx, row_.delay_id);
    if (!now || now->state != DelayedState::scheduled) return not_now();
    if (!by_action_ && now->due_ms > now_) return not_now();
    is_overtaken = of_.overtaken(tx, *now);
    if (is_overtaken) return not_now();
    return of_.check_sender(tx, *now);
  }
  Result<Unit> end(store::Tx& tx, const rooms::Sent& sent) override {
    delayed_store::end(
        tx, row_.delay_id,
        {.state = DelayedState::sent, .by_action = by_action_, .ended_ms = ended_, .event_id = sent.event_id});
    return Unit{};
  }

  bool is_overtaken = false;

 private:
  const DelayedEvents& of_;
  const DelayedRow& row_;
  bool by_action_;
  base::UnixMs now_;
  base::UnixMs ended_;
};

Task<std::string> DelayedEvents::schedule(rooms::LaterEvent event) {
  // It would outlive the token: nobody could tell that it was signed out.
  if (event.device_id.empty() && !event.by_service)
    co_return Error(Errc::forbidden, "A token without a device sends no events later.");
  CO_TRY(check_delay(event.delay_ms, parts_.settings.of<RtcSettings>().max_delay_s));
  DelayedRow row;
  row.content = boost::json::serialize(event.content);
  CO_TRY(check_event(event, row.content));
  row.delay_id = base::random_token(kIdPrefix);
  row.user_id = std::move(event.user_id);
  row.device_id = std::move(event.device_id);
  row.room_id = std::move(event.room_id);
  row.type = std::move(event.type);
  row.state_key = std::move(event.state_key);
  row.delay_ms = event.delay_ms;
  row.txn_hash = std::move(event.txn_hash);
  row.since_ms = parts_.clock.unix_ms();
  const auto now = delays_.unix_ms();
  row.due_ms = now + row.delay_ms;
  auto write = [&](store::Tx& tx) -> Result<std::string> {
    if (!row.txn_hash.empty()) {
      if (auto before = delayed_store::find_by_txn(tx, row.txn_hash)) return *std::move(before);
    }
    if (!event.has_content) return Error(Errc::not_json, "A JSON object is expected as body.");
    // The device may have gone since its token was looked at: then nothing would end what is written now.
    if (!row.device_id.empty() && !accounts::account_store::find_device(tx, row.user_id, row.device_id))
      return device_is_gone();
    row.pos = tx.last_pos();
    if (delayed_store::count_scheduled(tx, row.user_id) >= kMaxScheduled) {
      const auto next = delayed_store::next_due(tx, row.user_id).value_or(now);
      return Error(Errc::limit_exceeded, "The maximum number of delayed events has been reached.")
          .with_member("org.matrix.msc4140.errcode", "M_MAX_DELAYED_EVENTS_EXCEEDED")
          .with_retry_after(std::chrono::milliseconds(std::max<std::int64_t>(1000, next - now)));
    }
    delayed_store::keep_newest_ended(tx, row.user_id, kMaxEnded - 1);
    delayed_store::insert(tx, row);
    return row.delay_id;
  };
  co_return co_await parts_.db.write(write);
}

bool DelayedEvents::overtaken(store::Connection& connection, const DelayedRow& row) const {
  if (!row.state_key) return false;
  const auto room = memory::event_store::find_room(connection, row.room_id);
  if (!room) return false;
  const auto state = parts_.rooms.peek_state(connection, room->room, row.type, *row.state_key);
  return state && state->pos > row.pos && state->event->sender != row.user_id;
}

Result<Unit> DelayedEvents::check_sender(store::Connection& connection, const DelayedRow& row) const {
  const auto sender = delayed_store::sender_state(connection, row.user_id);
  if (!sender || sender->deactivated) {
    return Error(Errc::forbidden, "The account is deactivated.").with_wire_code("M_USER_DEACTIVATED");
  }
  if (sender->locked) return Error(Errc::forbidden, "The account is locked.").with_wire_code("M_USER_LOCKED");
  if (sender->suspended) return Error(Errc::forbidden, "The account is suspended.").with_wire_code("M_USER_SUSPENDED");
  // Without a device: an application service's.
  if (row.device_id.empty() || outlives_device(row) ||
      accounts::account_store::find_device(connection, row.user_id, row.device_id)) {
    return Unit{};
  }
  return device_is_gone();
}

void DelayedEvents::device_removed(store::Tx& tx, std::string_view user_id, std::string_view device_id) {
  if (device_id.empty()) return;
  const auto why = device_is_gone();
  delayed_store::end_of_device(tx, user_id, device_id,
                               {.state = DelayedState::failed,
                                .errcode = std::string(code_of(why)),
                                .error = why.message(),
                                .status = why.http_status()});
}

Task<Unit> DelayedEvents::fire(DelayedRow row, bool by_action) {
  const auto now_ms = parts_.clock.unix_ms();
  Firing firing(*this, row, by_action);
  rooms::Actor actor{.user_id = row.user_id,
                     .device_id = row.device_id,
                     .txn_path = {},
                     .txn_id = {},
                     .redacts_own_only = false,
                     .companion = &firing};
  CO_TRY(auto content, object_of(row));
  auto is_unheard = [&row](store::Connection& connection) -> Result<bool> {
    return accounts::account_store::is_shadow_banned(connection, row.user_id);
  };
  CO_TRY(actor.unheard, co_await parts_.db.read(is_unheard));
  auto sent = row.state_key ? co_await parts_.service.set_state(std::move(actor), row.room_id, row.type, *row.state_key,
                                                                std::move(content))
                            : co_await parts_.service.send(std::move(actor), row.room_id, row.type, std::move(content));
  if (sent) co_return Unit{};
  if (firing.is_overtaken) {
    auto cancel = [&](store::Tx& tx) -> Result<Unit> {
      const auto now = delayed_store::find(tx, row.delay_id);
      if (!now || now->state != DelayedState::scheduled) return Unit{};
      delayed_store::end(tx, row.delay_id, {.state = DelayedState::cancelled, .ended_ms = now_ms});
      return Unit{};
    };
    CO_TRY(co_await parts_.db.write(cancel));
    co_return no_such_event();
  }
  if (sent.error().code() != Errc::conflict) CO_TRY(co_await note_failure(row, by_action, sent.error()));
  co_return std::unexpected(std::move(sent).error());
}

/// A trouble of this server is waited out; what the rules say is kept.
Task<Unit> DelayedEvents::note_failure(const DelayedRow& row, bool by_action, const Error& error) {
  const auto now_ms = delays_.unix_ms();
  const bool gives_up = now_ms - (row.since_ms + row.delay_ms) > std::chrono::milliseconds(kGiveUp).count();
  const auto ended_ms = parts_.clock.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    const auto now = delayed_store::find(tx, row.delay_id);
    if (!now || now->state != DelayedState::scheduled) return Unit{};
    if (is_passing(error) && !gives_up) {
      if (!by_action) {
        delayed_store::try_later(tx, row.delay_id, now_ms + std::chrono::milliseconds(kRetry).count());
      }
      return Unit{};
    }
    delayed_store::end(tx, row.delay_id,
                       {.state = DelayedState::failed,
                        .by_action = by_action,
                        .ended_ms = ended_ms,
                        .errcode = std::string(code_of(error)),
                        .error = error.message(),
                        .status = error.http_status()});
    return Unit{};
  };
  co_return co_await parts_.db.write(write);
}

Task<Unit> DelayedEvents::act(std::string delay_id, Action action) {
  auto look = [&](store::Connection& connection) -> Result<std::optional<DelayedRow>> {
    return delayed_store::find(connection, delay_id);
  };
  CO_TRY(auto row, co_await parts_.db.read(look));
  if (action == Action::send) {
    if (row && row->state == DelayedState::scheduled) {
      auto sent = co_await fire(*std::move(row), true);
      if (sent || sent.error().code() != Errc::conflict) co_return sent;
      CO_TRY(row, co_await parts_.db.read(look));  // somebody was quicker
    }
    if (!row || row->state == DelayedState::cancelled) co_return no_such_event();
    if (row->state == DelayedState::failed) co_return error_of(*row);
    if (row->state == DelayedState::scheduled) co_return not_now();
    co_return Unit{};
  }
  // Anybody may ask: what is not there costs no write.
  if (!row) co_return no_such_event();
  if (row->state != DelayedState::scheduled) co_return answer_of_ended(*row, action);
  const auto now_ms = parts_.clock.unix_ms();
  const auto waits_from = delays_.unix_ms();
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    row = delayed_store::find(tx, delay_id);
    if (!row) return no_such_event();
    if (row->state != DelayedState::scheduled) return answer_of_ended(*row, action);
    if (overtaken(tx, *row)) {
      // It is over for everybody; that it is not noted yet is the job's to mend.
      if (action == Action::cancel) return Unit{};
      return no_such_event();
    }
    if (action == Action::restart) {
      delayed_store::restart(tx, delay_id, now_ms, waits_from + row->delay_ms);
    } else {
      delayed_store::end(tx, delay_id, {.state = DelayedState::cancelled, .by_action = true, .ended_ms = now_ms});
    }
    return Unit{};
  };
  co_return co_await parts_.db.write(write);
}

Task<DelayedRow> DelayedEvents::find(std::string user_id, std::string delay_id) {
  auto look = [&](store::Connection& connection) -> Result<DelayedRow> {
    auto row = delayed_store::find(connection, delay_id);
    if (!row || row->user_id != user_id) return no_such_event();
    if (row->state == DelayedState::scheduled && overtaken(connection, *row)) return no_such_event();
    return *std::move(row);
  };
  co_return co_await parts_.db.read(look);
}

Task<DelayedList> DelayedEvents::list(std::string user_id, DelayedQuery query) {
  const auto wanted = [&](const DelayedRow& row) {
    return query.delay_ids.empty() || std::ranges::find(query.delay_ids, row.delay_id) != query.delay_ids.end();
  };
  auto look = [&](store::Connection& connection) -> Result<DelayedList> {
    DelayedList found;
    if (query.scheduled && !query.after) {
      for (auto& row : delayed_store::scheduled(connection, user_id, kMaxScheduled)) {
        if (wanted(row) && !overtaken(connection, row)) found.scheduled.push_back(std::move(row));
      }
    }
    if (!query.ended) return found;
    auto at = query.after.value_or(std::pair(std::numeric_limits<std::int64_t>::max(), std::string()));
    // An account has few of them: all are looked through.
    for (auto& row : delayed_store::ended(connection, user_id, at.first, at.second, 2 * kMaxEnded + kMaxScheduled)) {
      if (!wanted(row)) continue;
      if (std::cmp_equal(found.ended.size(), kPage)) {
        found.more = true;
        break;
      }
      found.ended.push_back(std::move(row));
    }
    return found;
  };
  co_return co_await parts_.db.read(look);
}

asio::awaitable<void> DelayedEvents::fire_due_one(std::string delay_id) {
  auto look = [&](store::Connection& connection) -> Result<std::optional<DelayedRow>> {
    return delayed_store::find(connection, delay_id);
  };
  auto row = co_await parts_.db.read(look);
  if (!row || !*row || (*row)->state != DelayedState::scheduled) co_return;
  const auto user_id = (*row)->user_id;
  const auto done = co_await fire(**std::move(row), false);
  if (done || !is_passing(done.error())) co_return;
  base::log_warning("homeserver", "a delayed event could not be sent yet",
                    {{"user", user_id}, {"error", done.error().message()}});
}

/// A wait that is longer than its delay was begun by a clock that was ahead of this one.
Task<Unit> DelayedEvents::set_waits_right() {
  if (delays_.steady() < set_right_at_) co_return Unit{};
  set_right_at_ = delays_.steady() + kRetry;
  auto piece = [now = delays_.unix_ms()](store::Tx& tx) {
    return delayed_store::shorten_waits(tx, now, std::chrono::milliseconds(kRetry).count(),
                                        static_cast<std::int64_t>(store::kPiece));
  };
  CO_TRY(co_await store::write_in_pieces(parts_.db, piece));
  set_right_at_ = delays_.steady() + kSetRightEvery;
  co_return Unit{};
}

Task<Unit> DelayedEvents::send_due() {
  if (const auto right = co_await set_waits_right(); !right) {
    base::log_warning("homeserver", "waits of delayed events could not be looked at",
                      {{"error", right.error().message()}});
  }
  for (int round = 0; round < kRoundsInARow; ++round) {
    auto look = [now = delays_.unix_ms()](store::Connection& connection) -> Result<std::vector<std::string>> {
      return delayed_store::due(connection, now, kAtOnce);
    };
    CO_TRY(const auto ids, co_await parts_.db.read(look));
    if (ids.empty()) co_return Unit{};
    base::TaskGroup group(co_await asio::this_coro::executor);
    for (const auto& id : ids) group.spawn("a delayed event", fire_due_one(id));
    co_await group.join(kPatience);
    if (std::cmp_less(ids.size(), kAtOnce)) co_return Unit{};
  }
  co_return Unit{};
}

Task<Unit> DelayedEvents::sweep(base::UnixMs now) {
  const auto before = now - std::chrono::milliseconds(kKeepEnded).count();
  auto piece = [before](store::Tx& tx) {
    return delayed_store::remove_ended(tx, before, static_cast<std::int64_t>(store::kPiece));
  };
  co_return co_await store::write_in_pieces(parts_.db, piece);
}

Task<Unit> DelayedEvents::forget(std::string user_id) {
  auto remove = [&](store::Tx& tx) -> Result<Unit> {
    delayed_store::remove_of(tx, user_id);
    return Unit{};
  };
  co_return co_await parts_.db.write(remove);
}

}  // namespace troupe::homeserver::delayed
