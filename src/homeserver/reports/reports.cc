#include "homeserver/reports/reports.h"

#include <map>

#include "homeserver/accounts/account_store.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::reports {
namespace {

namespace event_store = memory::event_store;

Error no_such_event() { return {Errc::not_found, "There is no such event, or you may not see it."}; }
Error no_such_report() { return {Errc::not_found, "There is no such report."}; }

struct RoomNames {
  std::optional<std::string> name;
  std::optional<std::string> canonical_alias;
};

std::optional<std::string> state_text(store::Connection& connection, memory::RoomNum room, StreamPos head,
                                      std::string_view type, std::string_view key) {
  const auto stored = event_store::state_entry_at(connection, room, head, type, "");
  const auto text = stored ? matrix::find_string(stored->event->content, key) : std::nullopt;
  if (!text || text->empty()) return std::nullopt;
  return std::string(*text);
}

/// What rooms are called now; each is asked once.
class Names {
 public:
  Names(store::Connection& connection, StreamPos head) : connection_(connection), head_(head) {}

  NamedReport named(ReportRow row) {
    if (row.room == 0) return {.row = std::move(row), .name = {}, .canonical_alias = {}};
    const auto [known, is_new] = names_.try_emplace(row.room);
    if (is_new) {
      known->second = {.name = state_text(connection_, row.room, head_, "m.room.name", "name"),
                       .canonical_alias = state_text(connection_, row.room, head_, "m.room.canonical_alias", "alias")};
    }
    return {.row = std::move(row), .name = known->second.name, .canonical_alias = known->second.canonical_alias};
  }

 private:
  store::Connection& connection_;
  StreamPos head_;
  std::map<memory::RoomNum, RoomNames> names_;
};

}  // namespace

Task<Unit> Reports::report_event(Complaint complaint, std::string room_id, std::string event_id) {
  const auto head = db_.head();
  auto look = [&](store::Connection& connection) -> Result<ReportRow> {
    if (event_store::membership_in(connection, complaint.user_id, room_id) != "join") return no_such_event();
    const auto room = rooms_.load(connection, room_id);
    const auto pos = lookup_.find(connection, event_id);
    if (!room || !pos || *pos > head) return no_such_event();
    const sync::Recipient reporter{.user_id = complaint.user_id, .device_id = {}, .now_ms = clock_.unix_ms()};
    sync::RoomView view(room, reporter, &connection, 0, head);
    const auto stored = view.event_at(*pos);
    if (!stored || stored->room != room->num() || stored->redacted_by || !view.visible(*stored)) return no_such_event();
    ReportRow row;
    row.kind = ReportKind::event;
    row.room_id = room_id;
    row.room = room->num();
    row.event_id = event_id;
    row.event_pos = *pos;
    row.about = stored->event->sender;
    return row;
  };
  CO_TRY(auto row, co_await db_.read(look));
  co_return co_await add(std::move(complaint), std::move(row));
}

Task<Unit> Reports::report_room(Complaint complaint, std::string room_id) {
  auto look = [&room_id](store::Connection& connection) -> Result<ReportRow> {
    const auto room = event_store::find_room(connection, room_id);
    if (!room) return Error(Errc::not_found, "There is no such room on this server.");
    ReportRow row;
    row.kind = ReportKind::room;
    row.room_id = room_id;
    row.room = room->room;
    return row;
  };
  CO_TRY(auto row, co_await db_.read(look));
  co_return co_await add(std::move(complaint), std::move(row));
}

Task<Unit> Reports::report_person(Complaint complaint, std::string user_id) {
  auto look = [&user_id](store::Connection& connection) -> Result<bool> {
    return accounts::account_store::find_account(connection, user_id).has_value();
  };
  CO_TRY(const bool known, co_await db_.read(look));
  if (!known) co_return Error(Errc::not_found, "There is no such user on this server.");
  ReportRow row;
  row.kind = ReportKind::person;
  row.about = std::move(user_id);
  co_return co_await add(std::move(complaint), std::move(row));
}

Task<Unit> Reports::add(Complaint complaint, ReportRow row) {
  row.user_id = std::move(complaint.user_id);
  row.reason = std::move(complaint.reason);
  row.score = complaint.score;
  row.received_ms = clock_.unix_ms();
  auto write = [&row](store::Tx& tx) -> Result<Unit> {
    if (report_store::count_by(tx, row.user_id) >= kMaxPerPerson) {
      return Error(Errc::limit_exceeded, "Your reports have not been looked at yet: try again later.")
          .with_retry_after(std::chrono::hours(1));
    }
    row.id = tx.next_pos();
    report_store::insert(tx, row);
    return Unit{};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::receipts});
}

Task<ReportPage> Reports::list(ReportQuery query) {
  const auto head = db_.head();
  auto look = [&](store::Connection& connection) -> Result<ReportPage> {
    ReportPage page{.reports = {}, .total = report_store::count(connection, query)};
    Names names(connection, head);
    for (auto& row : report_store::list(connection, query)) page.reports.push_back(names.named(std::move(row)));
    return page;
  };
  co_return co_await db_.read(look);
}

Task<NamedReport> Reports::find(ReportKind kind, std::int64_t id) {
  const auto head = db_.head();
  auto look = [&](store::Connection& connection) -> Result<NamedReport> {
    auto row = report_store::find(connection, kind, id);
    if (!row) return no_such_report();
    return Names(connection, head).named(*std::move(row));
  };
  co_return co_await db_.read(look);
}

Task<ReportedEvent> Reports::find_event(std::int64_t id) {
  CO_TRY(auto report, co_await find(ReportKind::event, id));
  auto look = [&report](store::Connection& connection) -> Result<matrix::JsonObject> {
    const auto stored = event_store::load_event(connection, report.row.event_pos);
    if (!stored || stored->event->event_id != report.row.event_id) return matrix::JsonObject();
    TRY(auto pdu, matrix::parse_json(stored->event->pdu));
    return std::move(pdu.as_object());
  };
  CO_TRY(auto event, co_await db_.read(look));
  co_return ReportedEvent{.report = std::move(report), .event = std::move(event)};
}

Task<Unit> Reports::remove(ReportKind kind, std::int64_t id) {
  auto write = [kind, id](store::Tx& tx) -> Result<Unit> {
    if (!report_store::remove(tx, kind, id)) return no_such_report();
    return Unit{};
  };
  co_return co_await db_.write(write, {.lane = store::Lane::bulk});
}

}  // namespace troupe::homeserver::reports
