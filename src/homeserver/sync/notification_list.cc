#include "homeserver/sync/notification_list.h"

#include <deque>
#include <map>
#include <queue>

#include "homeserver/common/sync_token.h"
#include "homeserver/sync/history_store.h"
#include "homeserver/sync/push_outcome.h"
#include "homeserver/sync/visibility.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

using history_store::NotifyingRoom;

constexpr std::size_t kRowsAtOnce = 128;  ///< of a room's timeline
constexpr std::size_t kRowsPerWork = 16;
constexpr std::uint32_t kConcerns = memory::kNotifies | memory::kHighlightsRoom | memory::kMayName;

/// A room's events that may notify, newest first, read a piece at a time.
struct Source {
  memory::RoomNum room = 0;
  bool invited = false;
  StreamPos upto = 0;             ///< what is older has not been read
  std::deque<StreamPos> ready{};  ///< read, in descending order

  /// Nothing of it is newer than this.
  StreamPos key() const { return ready.empty() ? upto : ready.front(); }
  bool operator<(const Source& other) const { return key() < other.key(); }
};

/// What is needed of a room to judge its events.
struct OpenRoom {
  OpenRoom(const memory::RoomPtr& opened, const Recipient& recipient, store::Connection& connection, StreamPos head)
      : room(opened),
        view(opened, recipient, &connection, 0, head),
        outcomes(opened, recipient.user_id, recipient.settings) {}

  memory::RoomPtr room;
  RoomView view;
  PushOutcomes outcomes;
  ReadFloors floors{};
  StreamPos joined_at = 0;
};

/// Puts one page together: rooms are merged by the positions of their events.
class Pager {
 public:
  Pager(const NotificationList::Parts& parts, store::Connection& connection, const NotificationsRequest& request,
        StreamPos head)
      : parts_(parts), connection_(connection), request_(request), head_(head) {
    recipient_ = {.user_id = request.user_id,
                  .device_id = request.device_id,
                  .now_ms = parts.clock.unix_ms(),
                  .settings = parts.account_data.settings(&connection, request.user_id)};
  }

  std::string make() {
    const auto from = std::min(request_.from.value_or(head_), head_);
    for (const auto& row : history_store::notifying_rooms(connection_, request_.user_id, from)) {
      Source source{.room = row.room, .invited = row.invited, .upto = row.newest};
      if (row.invited) source.ready.push_back(row.newest);
      sources_.push(std::move(source));
    }
    std::string out = R"({"notifications":[)";
    while (!sources_.empty() && found_ < request_.limit && work_ < NotificationList::kMaxWork && !crowded_) step(out);
    out += ']';
    if (!sources_.empty()) {
      out += ",\"next_token\":\"";
      out += page_token(sources_.top().key());
      out += '"';
    }
    out += '}';
    return out;
  }

 private:
  /// Takes the newest event, or reads more of the room that may have it.
  void step(std::string& out) {
    auto source = sources_.top();
    if (source.ready.empty()) {
      sources_.pop();
      if (read_more(source)) sources_.push(std::move(source));
      return;
    }
    auto* open = open_room(source.room);
    if (!open) return;  // the page is over, or the room is gone
    sources_.pop();
    const auto pos = source.ready.front();
    source.ready.pop_front();
    ++work_;
    if (pos <= request_.after) return;                      // with it all that is older
    if (!source.invited && pos <= open->joined_at) return;  // the same
    const bool more = consider(out, *open, pos);
    if (more && !source.invited) sources_.push(std::move(source));
  }

  /// False when there is no more.
  bool read_more(Source& source) {
    if (source.upto <= request_.after) return false;
    const auto rows = history_store::timeline_flags(connection_, source.room, source.upto, kRowsAtOnce);
    work_ += 1 + rows.size() / kRowsPerWork;
    for (const auto& row : rows) {
      if (all_concern() || (row.flags & kConcerns) != 0) source.ready.push_back(row.pos);
    }
    source.upto = rows.size() < kRowsAtOnce ? 0 : rows.back().pos - 1;
    return !source.ready.empty() || source.upto > 0;
  }
  /// Own rules may notify of any event.
  bool all_concern() const { return recipient_.settings->push_rules != nullptr; }

  /// nullptr: it is one too many for this page, or there is no such room (then it is passed over).
  OpenRoom* open_room(memory::RoomNum number) {
    if (const auto known = rooms_.find(number); known != rooms_.end()) return &known->second;
    if (rooms_.size() >= NotificationList::kMaxRooms) {
      crowded_ = true;
      return nullptr;
    }
    const auto room = parts_.rooms.load(connection_, number);
    if (!room) {
      sources_.pop();
      return nullptr;
    }
    auto& open = rooms_.try_emplace(number, room, recipient_, connection_, head_).first->second;
    open.floors = parts_.receipts.floors(&connection_, room, request_.user_id).value_or(ReadFloors());
    open.joined_at = open.view.joined_at();
    return &open;
  }

  /// False when nothing older of the room is asked for.
  bool consider(std::string& out, OpenRoom& open, StreamPos pos) {
    const auto stored = open.view.event_at(pos);
    if (!stored) return true;
    if (stored->event->sender == request_.user_id)
      return !request_.only_unread || (stored->flags & memory::kNotifies) == 0;
    if (stored->redacted_by || !open.view.shows(*stored)) return true;
    const auto outcome = open.outcomes.of(*stored);
    if (!outcome.notify || (request_.only_highlights && !outcome.highlight)) return true;
    if (request_.only_unread && open.floors.cover(stored->pos, thread_of(*stored))) return true;
    ++found_;
    append(out, open, *stored);
    return true;
  }

  void append(std::string& out, OpenRoom& open, const memory::StoredEvent& stored) {
    matrix::append_separator(out);
    out += R"({"actions":)";
    out += boost::json::serialize(open.outcomes.actions(stored));
    out += R"(,"event":)";
    open.view.append(out, stored, {});
    out +=
        open.floors.cover(stored.pos, thread_of(stored)) ? R"(,"read":true,"room_id":)" : R"(,"read":false,"room_id":)";
    matrix::append_json_string(out, open.room->id());
    out += R"(,"ts":)";
    matrix::append_number(out, stored.event->origin_server_ts);
    out += '}';
  }

  const NotificationList::Parts& parts_;
  store::Connection& connection_;
  const NotificationsRequest& request_;
  const StreamPos head_;
  Recipient recipient_;
  std::priority_queue<Source> sources_;
  std::map<memory::RoomNum, OpenRoom> rooms_;
  std::size_t found_ = 0;
  std::size_t work_ = 0;
  bool crowded_ = false;
};

}  // namespace

Task<std::string> NotificationList::page(NotificationsRequest request) {
  const auto head = parts_.db.head();
  auto read = [&](store::Connection& connection) -> Result<std::string> {
    return Pager(parts_, connection, request, head).make();
  };
  co_return co_await parts_.db.read(read);
}

}  // namespace troupe::homeserver::sync
