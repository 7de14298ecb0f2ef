#include "homeserver/admin/room_list.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "homeserver/admin/room_list_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::admin {
namespace {

struct OrderWord {
  std::string_view word;
  RoomOrder order;
};
constexpr std::array kOrderWords{OrderWord{"name", RoomOrder::name},
                                 OrderWord{"alphabetical", RoomOrder::name},
                                 OrderWord{"canonical_alias", RoomOrder::canonical_alias},
                                 OrderWord{"joined_members", RoomOrder::joined_members},
                                 OrderWord{"size", RoomOrder::joined_members},
                                 OrderWord{"joined_local_members", RoomOrder::joined_local_members},
                                 OrderWord{"version", RoomOrder::version},
                                 OrderWord{"creator", RoomOrder::creator},
                                 OrderWord{"encryption", RoomOrder::encryption},
                                 OrderWord{"federatable", RoomOrder::federatable},
                                 OrderWord{"public", RoomOrder::is_public},
                                 OrderWord{"join_rules", RoomOrder::join_rules},
                                 OrderWord{"guest_access", RoomOrder::guest_access},
                                 OrderWord{"history_visibility", RoomOrder::history_visibility},
                                 OrderWord{"state_events", RoomOrder::state_events}};

/// Whether `dir=f` begins with the largest, as Synapse has it.
bool largest_first(RoomOrder order) {
  return order == RoomOrder::joined_members || order == RoomOrder::joined_local_members ||
         order == RoomOrder::version || order == RoomOrder::state_events;
}

bool by_members(RoomOrder order) {
  return order == RoomOrder::joined_members || order == RoomOrder::joined_local_members;
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  const auto same = [&](char a, char b) { return lower(a) == lower(b); };
  return !std::ranges::search(text, part, same).empty();
}

}  // namespace

std::optional<RoomOrder> parse_room_order(std::string_view word) {
  const auto* const found = std::ranges::find(kOrderWords, word, &OrderWord::word);
  return found == kOrderWords.end() ? std::nullopt : std::optional(found->order);
}

/// A room that passed the filters, with what it is sorted by.
struct RoomList::Candidate {
  memory::RoomRow row;
  std::optional<std::string> text;  ///< nothing: behind those that have one
  std::int64_t number = 0;
};

/// Looks at rooms, inside one read.
class RoomList::Look {
 public:
  Look(store::Connection& connection, const memory::Rooms& rooms) : connection_(connection), rooms_(rooms) {}

  /// One member of a state event; nothing when there is none, or an empty one.
  std::optional<std::string> text(memory::RoomNum room, std::string_view type, std::string_view key) const {
    const auto stored = rooms_.peek_state(connection_, room, type);
    const auto found = stored ? matrix::find_string(stored->event->content, key) : std::nullopt;
    return found && !found->empty() ? std::optional<std::string>(*found) : std::nullopt;
  }
  bool federatable(memory::RoomNum room) const {
    const auto stored = rooms_.peek_state(connection_, room, "m.room.create");
    return !stored || matrix::find_bool(stored->event->content, "m.federate").value_or(true);
  }
  std::int64_t state_events(memory::RoomNum room) const { return room_list_store::count_state(connection_, room); }

  bool matches(const memory::RoomRow& row, std::string_view search) const {
    if (search.empty() || row.room_id == search) return true;
    const auto name = text(row.room, "m.room.name", "name");
    if (name && contains_ignoring_case(*name, search)) return true;
    const auto alias = text(row.room, "m.room.canonical_alias", "alias");
    return alias && contains_ignoring_case(alias->substr(0, alias->find(':')), search);
  }

  void key_of(Candidate& candidate, RoomOrder order, std::int64_t joined) const {
    const auto room = candidate.row.room;
    switch (order) {
      case RoomOrder::name:
        candidate.text = text(room, "m.room.name", "name");
        break;
      case RoomOrder::canonical_alias:
        candidate.text = text(room, "m.room.canonical_alias", "alias");
        break;
      case RoomOrder::joined_members:
      case RoomOrder::joined_local_members:
        candidate.number = joined;
        break;
      case RoomOrder::version:
        candidate.number = net::route::whole_number(candidate.row.version).value_or(0);
        break;
      case RoomOrder::creator:
        candidate.text = candidate.row.creator;
        break;
      case RoomOrder::encryption:
        candidate.text = text(room, "m.room.encryption", "algorithm");
        break;
      case RoomOrder::federatable:
        candidate.number = federatable(room) ? 1 : 0;
        break;
      case RoomOrder::is_public:
        candidate.number = candidate.row.is_public ? 1 : 0;
        break;
      case RoomOrder::join_rules:
        candidate.text = text(room, "m.room.join_rules", "join_rule");
        break;
      case RoomOrder::guest_access:
        candidate.text = text(room, "m.room.guest_access", "guest_access");
        break;
      case RoomOrder::history_visibility:
        candidate.text = text(room, "m.room.history_visibility", "history_visibility");
        break;
      case RoomOrder::state_events:
        candidate.number = state_events(room);
        break;
    }
  }

  RoomEntry entry(const memory::RoomRow& row) const {
    const auto room = row.room;
    RoomEntry entry{.room_id = row.room_id,
                    .name = text(room, "m.room.name", "name"),
                    .canonical_alias = text(room, "m.room.canonical_alias", "alias"),
                    .joined_members = memory::event_store::count_members(connection_, room, "join"),
                    .version = row.version,
                    .creator = row.creator,
                    .encryption = text(room, "m.room.encryption", "algorithm"),
                    .federatable = federatable(room),
                    .is_public = row.is_public,
                    .join_rules = text(room, "m.room.join_rules", "join_rule"),
                    .guest_access = text(room, "m.room.guest_access", "guest_access"),
                    .history_visibility = text(room, "m.room.history_visibility", "history_visibility"),
                    .state_events = state_events(room),
                    .room_type = text(room, "m.room.create", "type")};
    entry.joined_local_members = entry.joined_members;  // nobody of another server gets in
    return entry;
  }

 private:
  store::Connection& connection_;
  const memory::Rooms& rooms_;
};

Task<std::vector<RoomList::Candidate>> RoomList::candidates(const RoomListQuery& query) {
  std::vector<Candidate> found;
  memory::RoomNum after = 0;
  for (;;) {
    std::vector<Candidate> piece;
    auto look = [&](store::Connection& connection) -> Result<std::vector<memory::RoomRow>> {
      piece.clear();
      auto rows = room_list_store::rooms_after(connection, after, store::kPiece);
      std::map<memory::RoomNum, std::int64_t> joined;
      if (!rows.empty() && (query.only_empty || by_members(query.order))) {
        for (const auto& count : room_list_store::joined_counts(connection, rows.front().room, rows.back().room))
          joined.emplace(count.room, count.joined);
      }
      const Look rooms(connection, rooms_);
      for (const auto& row : rows) {
        const auto members = joined.contains(row.room) ? joined.at(row.room) : 0;
        if (query.only_public && row.is_public != *query.only_public) continue;
        if (query.only_empty && (members == 0) != *query.only_empty) continue;
        if (!rooms.matches(row, query.search)) continue;
        rooms.key_of(piece.emplace_back(Candidate{.row = row, .text = {}}), query.order, members);
      }
      return rows;
    };
    CO_TRY(const auto rows, co_await db_.read(look));
    std::ranges::move(piece, std::back_inserter(found));
    if (rows.size() < store::kPiece) co_return found;
    after = rows.back().room;
  }
}

Task<std::vector<RoomEntry>> RoomList::entries(std::span<const Candidate> chosen) {
  constexpr std::size_t kAtOnce = 100;
  std::vector<RoomEntry> made;
  for (std::size_t from = 0; from < chosen.size(); from += kAtOnce) {
    const auto piece = chosen.subspan(from, std::min(kAtOnce, chosen.size() - from));
    auto read = [&](store::Connection& connection) -> Result<std::vector<RoomEntry>> {
      const Look rooms(connection, rooms_);
      std::vector<RoomEntry> some;
      for (const auto& candidate : piece) some.push_back(rooms.entry(candidate.row));
      return some;
    };
    CO_TRY(auto some, co_await db_.read(read));
    std::ranges::move(some, std::back_inserter(made));
  }
  co_return made;
}

Task<RoomEntries> RoomList::page(RoomListQuery query) {
  CO_TRY(auto found, co_await candidates(query));
  const bool largest = largest_first(query.order);
  std::ranges::sort(found, [&](const Candidate& a, const Candidate& b) {
    if (a.number != b.number) return largest ? a.number > b.number : a.number < b.number;
    if (a.text.has_value() != b.text.has_value()) return a.text.has_value();
    if (a.text != b.text) return a.text < b.text;
    return a.row.room_id < b.row.room_id;
  });
  if (query.page.backwards) std::ranges::reverse(found);

  const auto& page = query.page;
  const auto total = std::ssize(found);
  const auto from = std::min<std::int64_t>(page.from, total);
  const auto shown = std::min<std::int64_t>(page.limit, total - from);
  RoomEntries answer;
  answer.offset = page.from;
  answer.total_rooms = total;
  CO_TRY(answer.rooms,
         co_await entries(std::span(found).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(shown))));
  answer.next_batch = page.next(total, static_cast<std::size_t>(shown));
  if (page.from > 0) answer.prev_batch = std::max<std::int64_t>(page.from - page.limit, 0);
  co_return answer;
}

Task<RoomEntries> RoomList::of_member(std::string user_id, std::string search, AdminPage page) {
  std::vector<Candidate> found;
  auto look = [&](store::Connection& connection) -> Result<Unit> {
    found.clear();
    const Look rooms(connection, rooms_);
    for (const auto& each : memory::event_store::memberships_of(connection, user_id)) {
      if (each.membership != "join") continue;
      auto row = memory::event_store::find_room(connection, each.room_id);
      if (row && rooms.matches(*row, search)) found.push_back({.row = *std::move(row), .text = {}});
    }
    return Unit{};
  };
  CO_TRY(co_await db_.read(look));
  std::ranges::sort(found, {}, [](const Candidate& each) -> const std::string& { return each.row.room_id; });
  RoomEntries answer;
  answer.offset = page.from;
  answer.total_rooms = std::ssize(found);
  const auto from = std::min<std::int64_t>(page.from, answer.total_rooms);
  const auto shown = std::min<std::int64_t>(page.limit, answer.total_rooms - from);
  CO_TRY(answer.rooms,
         co_await entries(std::span(found).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(shown))));
  co_return answer;
}

Task<RoomDetails> RoomList::details(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<RoomDetails> {
    const auto row = memory::event_store::find_room(connection, room_id);
    if (!row) return Error(Errc::not_found, "Room not found");
    const Look rooms(connection, rooms_);
    return RoomDetails{.entry = rooms.entry(*row),
                       .topic = rooms.text(row->room, "m.room.topic", "topic"),
                       .avatar = rooms.text(row->room, "m.room.avatar", "url"),
                       .joined_local_devices = room_list_store::count_joined_devices(connection, row->room),
                       .forgotten = room_list_store::is_forgotten_by_all(connection, row->room),
                       .tombstoned = rooms_.peek_state(connection, row->room, "m.room.tombstone") != nullptr,
                       .replacement_room = rooms.text(row->room, "m.room.tombstone", "replacement_room")};
  };
  co_return co_await db_.read(read);
}

Task<MemberList> RoomList::members(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<MemberList> {
    const auto row = memory::event_store::find_room(connection, room_id);
    if (!row) return Error(Errc::not_found, "Room not found");
    return MemberList{room_list_store::joined_members(connection, row->room)};
  };
  co_return co_await db_.read(read);
}

Task<Extremities> RoomList::extremities(std::string room_id) {
  auto read = [&](store::Connection& connection) -> Result<Extremities> {
    const auto row = memory::event_store::find_room(connection, room_id);
    if (!row) return Error(Errc::not_found, "Room not found");
    constexpr auto kNow = std::numeric_limits<StreamPos>::max();
    Extremities found;
    for (const auto& stored : memory::event_store::timeline(connection, row->room, 0, kNow, 1, true)) {
      found.results.push_back({.event_id = stored->event->event_id,
                               .state_group = stored->pos,
                               .depth = stored->event->depth,
                               .received_ts = stored->event->origin_server_ts});
    }
    return found;
  };
  co_return co_await db_.read(read);
}

}  // namespace troupe::homeserver::admin
