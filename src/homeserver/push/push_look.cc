#include "homeserver/push/push_look.h"

#include <algorithm>
#include <map>
#include <optional>

#include "homeserver/common/mail_address.h"
#include "homeserver/memory/committed_state.h"
#include "homeserver/memory/recent_events.h"
#include "homeserver/push/notification.h"
#include "host/cursor_store.h"
#include "matrix/push_rules.h"

namespace troupe::homeserver::push {
namespace {

constexpr std::string_view kMember = "m.room.member";

struct Outcome {
  bool notify = false;
  bool highlight = false;
  std::string sound;
};

/// Decides what the events of one room do to its members.
class RoomOutcomes {
 public:
  explicit RoomOutcomes(const memory::RoomPtr& room) : room_(room) {
    const base::ReadLock lock(room->mutex());
    joined_members_ = room->joined_count();
    levels_.emplace(room->version(), memory::CommittedState(*room));
  }

  std::string display_name(std::string_view user_id) const {
    const base::ReadLock lock(room_->mutex());
    const auto member = room_->state_event(kMember, user_id);
    if (!member) return {};
    return std::string(matrix::find_string(member->event->content, "displayname").value_or(""));
  }

  Outcome of(const memory::StoredEvent& stored, const account_data::UserSettings& settings, std::string_view user_id,
             std::string_view display_name) const {
    const auto& event = *stored.event;
    if (event.sender == user_id || stored.redacted_by || settings.ignores(event.sender)) return {};
    if (!settings.push_rules) {
      const matrix::PushRoom room{.sender_power = (stored.flags & memory::kHighlightsRoom) != 0 ? 1 : 0,
                                  .notification_room_level = 1};
      const auto outcome = matrix::DefaultPush(event, room).outcome(user_id, display_name);
      if (!outcome.notify) return {};
      return {true, outcome.highlight, default_sound(stored, outcome.highlight, joined_members_)};
    }
    const matrix::PushRoom room{.joined_members = joined_members_,
                                .sender_power = levels_->user(event.sender),
                                .notification_room_level = levels_->notification_room()};
    const auto* actions = matrix::deciding_push_actions(*settings.push_rules, event, user_id, display_name, room);
    const auto outcome = matrix::push_outcome_of(actions);
    if (!outcome.notify) return {};
    return {true, outcome.highlight, sound_of(*actions)};
  }

 private:
  memory::RoomPtr room_;
  std::size_t joined_members_ = 0;
  std::optional<matrix::PowerLevels> levels_;
};

/// Whether somebody who is a member now was one when the event came.
bool was_member(store::Connection& connection, const memory::StoredEvent& stored, std::string_view user_id,
                StreamPos member_pos) {
  if (member_pos <= stored.pos) return true;
  const auto then = memory::event_store::state_entry_at(connection, stored.room, stored.pos, kMember, user_id);
  return then && matrix::find_string(then->event->content, "membership") == "join";
}

PusherKey key_of(const PushRow& row) { return {row.user_id, row.app_id, row.pushkey}; }

PushRow row_of(const PusherInRoom& pusher, const memory::StoredEvent& stored, const Outcome& outcome,
               std::int64_t now_ms) {
  return {.user_id = pusher.user_id,
          .app_id = pusher.app_id,
          .pushkey = pusher.pushkey,
          .pos = stored.pos,
          .room = stored.room,
          .highlight = outcome.highlight,
          .sound = outcome.sound,
          .made_ms = now_ms};
}

/// Only the counts.
PushRow counts_of(const PusherKey& key, StreamPos pos, std::int64_t now_ms) {
  return {.user_id = key.user_id,
          .app_id = key.app_id,
          .pushkey = key.pushkey,
          .pos = pos,
          .room = 0,
          .highlight = false,
          .sound = {},
          .made_ms = now_ms};
}

}  // namespace

Task<Unit> PushLook::begin() {
  auto note = [&](store::Tx& tx) -> Result<Unit> {
    if (!host::find_cursor(tx, kCursor)) host::advance_cursor(tx, kCursor, db_.head());
    return Unit{};
  };
  co_return co_await db_.write(note, {.lane = store::Lane::receipts});
}

Task<std::set<PusherKey>> PushLook::look() {
  std::set<PusherKey> concerned;
  for (bool more = true; more;) {
    const auto head = db_.head();
    if (head <= cursor_) break;
    auto read = [&](store::Connection& connection) -> Result<Page> {
      // Another process may have looked in the meantime.
      stored_ = std::max(stored_, host::find_cursor(connection, kCursor).value_or(0));
      cursor_ = std::max(cursor_, stored_);
      return read_page(connection, head);
    };
    CO_TRY(const auto page, co_await db_.read(read));
    if (!page.rows.empty() || !page.readers.empty() || page.upto - stored_ >= kStoreEvery) CO_TRY(co_await write(page));
    cursor_ = std::max(cursor_, page.upto);
    if (lag_) lag_->looked_at(page.looked_at);
    more = page.more;
    for (const auto& row : page.rows)
      if (row.app_id != kMailAppId) concerned.insert(key_of(row));
  }
  co_return concerned;
}

Result<PushLook::Page> PushLook::read_page(store::Connection& connection, StreamPos upto) {
  Page page;
  page.after = cursor_;
  page.upto = std::max(upto, cursor_);
  // Not before `upto` was: a mail that is looked for later than now tells of all that is read here.
  if (mail_after_) page.mails_ms = clock_.unix_ms();
  if (cursor_ >= upto) return page;
  if (!push_store::any_pushers(connection)) return page;
  page.looked_at = memory::events_between(connection, rooms_, cursor_, upto, kPage);
  const auto& found = page.looked_at;
  page.more = found.size() >= kPage;
  if (page.more) page.upto = found.back()->pos;
  std::map<memory::RoomNum, std::vector<memory::StoredEventPtr>> by_room;
  for (const auto& event : found) by_room[event->room].push_back(event);
  for (const auto& [room, events] : by_room) read_room(connection, room, events, page);
  for (const auto& key : push_store::pushers_of_readers(connection, cursor_, page.upto))
    page.rows.push_back(counts_of(key, page.upto, clock_.unix_ms()));
  if (mail_after_)
    page.readers =
        missed_mail::missed_store::of_readers(connection, cursor_, page.upto, clock_.unix_ms() + mail_after_->count());
  return page;
}

void PushLook::read_room(store::Connection& connection, memory::RoomNum num,
                         const std::vector<memory::StoredEventPtr>& events, Page& page) {
  for (const auto& stored : events) add_invited(connection, *stored, page);
  const auto pushers = push_store::pushers_in_room(connection, num, page.mails_ms);
  if (pushers.empty()) return;
  const auto room = rooms_.load(connection, num);
  if (!room) return;
  const RoomOutcomes outcomes(room);
  const auto now_ms = clock_.unix_ms();
  for (const auto& pusher : pushers) {
    const auto settings = account_data_.settings(&connection, pusher.user_id);
    if (!settings) continue;
    const auto name = outcomes.display_name(pusher.user_id);
    StreamPos own = 0;  // what one says oneself ends one's unread messages
    for (const auto& stored : events) {
      constexpr auto kSpoke = memory::kNotifies | memory::kNotified;
      if (stored->event->sender == pusher.user_id && (stored->flags & kSpoke) != 0) own = stored->pos;
      const auto outcome = outcomes.of(*stored, *settings, pusher.user_id, name);
      if (outcome.notify && was_member(connection, *stored, pusher.user_id, pusher.member_pos))
        page.rows.push_back(row_of(pusher, *stored, outcome, now_ms));
    }
    if (own > 0 && pusher.app_id != kMailAppId)
      page.rows.push_back(counts_of({pusher.user_id, pusher.app_id, pusher.pushkey}, own, now_ms));
  }
}

/// Who is invited is in the room's state, and not among its members.
void PushLook::add_invited(store::Connection& connection, const memory::StoredEvent& stored, Page& page) {
  const auto& event = *stored.event;
  if (event.type != kMember || !event.state_key) return;
  if (matrix::find_string(event.content, "membership") != "invite") return;
  const auto& invited = *event.state_key;
  const auto keys = push_store::pushers_of(connection, invited, page.mails_ms);
  if (keys.empty()) return;
  const auto room = rooms_.load(connection, stored.room);
  const auto settings = account_data_.settings(&connection, invited);
  if (!room || !settings) return;
  const auto outcome = RoomOutcomes(room).of(stored, *settings, invited, "");
  if (!outcome.notify) return;
  for (const auto& key : keys)
    page.rows.push_back(row_of({key.user_id, key.app_id, key.pushkey, stored.pos}, stored, outcome, clock_.unix_ms()));
}

Task<Unit> PushLook::write(const Page& page) {
  auto put = [&, now = clock_.unix_ms()](store::Tx& tx) -> Result<Unit> {
    for (const auto& row : page.readers)
      missed_mail::missed_store::hasten(tx, row.user_id, row.address, now + mail_after_->count());
    for (const auto& row : page.rows) {
      if (row.app_id != kMailAppId)
        push_store::put(tx, row);
      else if (mail_after_)
        missed_mail::missed_store::plan(tx, row.user_id, row.pushkey, row.made_ms + mail_after_->count(), page.after);
    }
    host::advance_cursor(tx, kCursor, page.upto);
    return Unit{};
  };
  CO_TRY(co_await db_.write(put, {.lane = store::Lane::receipts}));
  stored_ = page.upto;
  co_return Unit{};
}

}  // namespace troupe::homeserver::push
