#include "homeserver/sync/history_store.h"

#include <algorithm>
#include <array>

#include "matrix/json_out.h"
#include "store/words.h"

namespace troupe::homeserver::sync::history_store {
namespace {

using namespace store::words;

constexpr auto kNotify =
    store::columns("n", column("user_id", &NotifyRow::user_id), column("room", &NotifyRow::room),
                   column("pos", &NotifyRow::pos), computed("COALESCE(m.membership, '')", &NotifyRow::membership));
constexpr auto kNotifiedAfter =
    sql("SELECT ", kNotify,
        " FROM hs_notify n LEFT JOIN hs_membership m ON m.user_id = n.user_id AND m.room = n.room "
        "WHERE (n.user_id, n.room, n.pos) > (?1, ?2, ?3) ORDER BY n.user_id, n.room, n.pos LIMIT ?4");

/// What an UnreadRow is made of: only event_store knows how the stored event is to be read.
constexpr auto kUnread =
    sql("SELECT t.pos, t.flags, CASE WHEN e.sender = ?4 THEN 1 ELSE 0 END, e.bytes, e.body "
        "FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos "
        "WHERE t.room = ?1 AND t.pos > ?2 AND t.pos <= ?3 AND (t.flags & 99) <> 0 ORDER BY t.pos DESC LIMIT ?5");

constexpr auto kFlaggedPos = store::columns(column("pos", &FlaggedPos::pos), column("flags", &FlaggedPos::flags));
constexpr auto kTimelineFlags =
    sql("SELECT ", kFlaggedPos, " FROM hs_timeline WHERE room = ?1 AND pos <= ?2 ORDER BY pos DESC LIMIT ?3");

constexpr auto kRelation = store::columns(column("parent", &RelationRow::parent), column("pos", &RelationRow::pos),
                                          column("rel_type", &RelationRow::rel_type),
                                          column("type", &RelationRow::type), column("sender", &RelationRow::sender));
constexpr auto kFromRelation =
    sql("SELECT ", kRelation,
        " FROM hs_relation WHERE parent = ?1 AND (?2 = '' OR rel_type = ?2) AND (?3 = '' OR type = ?3) "
        "AND pos > ?4 AND pos <= ?5 ORDER BY pos ");
constexpr auto kRelationsUp = sql(kFromRelation, "LIMIT ?6");
constexpr auto kRelationsDown = sql(kFromRelation, "DESC LIMIT ?6");

constexpr auto kTimed = store::columns(computed("t.pos", &TimedEvent::pos), computed("e.ts", &TimedEvent::ts_ms));
constexpr auto kFromTimed =
    sql("SELECT ", kTimed, " FROM hs_timeline t JOIN hs_event e ON e.pos = t.pos WHERE t.room = ?1 AND ");
constexpr auto kFirstAfter = sql(kFromTimed, "t.pos > ?2 ORDER BY t.pos LIMIT 1");
constexpr auto kLastUpto = sql(kFromTimed, "t.pos <= ?2 ORDER BY t.pos DESC LIMIT 1");

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }
bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'; }
/// An escape ends there, as in "\nbob": no word does.
bool ends_escape(std::string_view pdu, std::size_t at) {
  return (at >= 2 && pdu[at - 2] == '\\') || (at >= 6 && pdu[at - 6] == '\\' && pdu[at - 5] == 'u');
}

/// A name as it stands in JSON, in letters of any case, that is looked for in many events: by that letter of it which
/// events have least of.
class Name {
 public:
  explicit Name(std::string_view name) : name_(name), escaped_(name.contains('\\')) {
    std::ranges::transform(name_, name_.begin(), lower);
    const auto rare = std::ranges::min_element(name_, {}, [](char c) { return kOften.find(c) + 1; });
    rare_ = static_cast<std::size_t>(rare - name_.begin());
  }

  bool stands_in(std::string_view pdu) const {
    if (name_.empty()) return false;
    const std::array<char, 2> forms{name_[rare_], upper(name_[rare_])};
    std::array<std::size_t, 2> found{pdu.find(forms[0], rare_), pdu.npos};
    if (forms[1] != forms[0]) found[1] = pdu.find(forms[1], rare_);
    for (;;) {
      const std::size_t which = found[0] <= found[1] ? 0 : 1;
      if (found[which] == pdu.npos || found[which] - rare_ + name_.size() > pdu.size()) return false;
      if (stands_at(pdu, found[which] - rare_)) return true;
      found[which] = pdu.find(forms[which], found[which] + 1);
    }
  }

 private:
  /// From rare to frequent; what is not here is rarer.
  static constexpr std::string_view kOften = "zqjxkv9876543210bwyp-_gfumcdlhrsnioate. ";

  bool stands_at(std::string_view pdu, std::size_t at) const {
    if (!std::ranges::equal(pdu.substr(at, name_.size()), name_, {}, lower)) return false;
    const auto end = at + name_.size();
    const bool begins = at == 0 || !is_word(pdu[at]) || !is_word(pdu[at - 1]) || ends_escape(pdu, at);
    const bool ends = end == pdu.size() || !is_word(pdu[end - 1]) || !is_word(pdu[end]);
    return (begins && ends) || escaped_;
  }

  std::string name_;
  bool escaped_;
  std::size_t rare_ = 0;
};

/// The user's names.
class Names {
 public:
  explicit Names(const NamedUser& user)
      : user_id_(user.user_id),
        localpart_(user.user_id.substr(1, user.user_id.find(':') - 1)),
        display_name_(in_json(user.display_name)) {}

  /// Rather too often than too seldom: words are looked for in the whole event.
  bool in(std::string_view pdu) const {
    return pdu.contains(user_id_) || localpart_.stands_in(pdu) || display_name_.stands_in(pdu);
  }

 private:
  static std::string in_json(std::string_view name) {
    std::string quoted;
    matrix::append_json_string(quoted, name);
    return quoted.substr(1, quoted.size() - 2);
  }

  std::string_view user_id_;
  Name localpart_;
  Name display_name_;
};

}  // namespace

std::vector<NotifyRow> notified_after(store::Connection& connection, std::string_view user_id, memory::RoomNum room,
                                      StreamPos pos, std::size_t limit) {
  return store::all(connection.query(kNotifiedAfter, user_id, room, pos, static_cast<std::int64_t>(limit)), kNotify);
}

std::vector<UnreadRow> unread_rows(store::Connection& connection, memory::RoomNum room, StreamPos after, StreamPos upto,
                                   const NamedUser& user, std::size_t limit) {
  const Names names(user);
  auto rows = connection.query(kUnread, room, after, upto, user.user_id, static_cast<std::int64_t>(limit));
  std::vector<UnreadRow> unread;
  while (rows.next()) {  // one event at a time in memory, there may be a thousand
    UnreadRow row;
    std::int64_t own = 0;
    std::string_view bytes;
    std::optional<std::string_view> body;
    rows >> row.pos >> row.flags >> own >> bytes >> store::blob(body);
    row.own = own != 0;
    row.names_user = names.in(memory::event_store::stored_pdu(row.pos, bytes, body));
    unread.push_back(row);
  }
  return unread;
}

std::vector<NotifyingRoom> notifying_rooms(store::Connection& connection, std::string_view user_id, StreamPos upto) {
  std::vector<NotifyingRoom> rooms;
  auto rows = connection.query(
      "SELECT m.room, CASE WHEN m.membership = 'invite' THEN 1 ELSE 0 END, CASE WHEN m.membership = 'invite' "
      "THEN m.pos ELSE (SELECT MAX(t.pos) FROM hs_timeline t WHERE t.room = m.room AND t.pos <= ?2) END "
      "FROM hs_membership m WHERE m.user_id = ?1 AND m.membership IN ('join', 'invite')",
      user_id, upto);
  while (rows.next()) {
    NotifyingRoom row;
    std::int64_t invited = 0;
    std::optional<StreamPos> newest;
    rows >> row.room >> invited >> newest;
    if (!newest || *newest > upto) continue;
    row.invited = invited != 0;
    row.newest = *newest;
    rooms.push_back(row);
  }
  return rooms;
}

std::vector<FlaggedPos> timeline_flags(store::Connection& connection, memory::RoomNum room, StreamPos upto,
                                       std::size_t limit) {
  return store::all(connection.query(kTimelineFlags, room, upto, static_cast<std::int64_t>(limit)), kFlaggedPos);
}

std::vector<RelationRow> relations(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                                   std::string_view type, StreamPos after, StreamPos upto, std::size_t limit,
                                   bool newest_first) {
  const std::string_view query = newest_first ? std::string_view(kRelationsDown) : kRelationsUp;
  return store::all(connection.query(query, parent, rel_type, type, after, upto, static_cast<std::int64_t>(limit)),
                    kRelation);
}

std::int64_t count_relations(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                             StreamPos after, StreamPos upto) {
  return store::number(connection.query(
      "SELECT count(*) FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos > ?3 AND pos <= ?4", parent,
      rel_type, after, upto));
}

std::vector<RelationsOf> count_relations_by_sender(store::Connection& connection, StreamPos parent,
                                                   std::string_view rel_type, StreamPos after, StreamPos upto) {
  std::vector<RelationsOf> found;
  auto rows = connection.query(
      "SELECT sender, count(*) FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND pos > ?3 "
      "AND pos <= ?4 GROUP BY sender",
      parent, rel_type, after, upto);
  while (rows.next()) {
    auto& [sender, count] = found.emplace_back();
    rows >> sender >> count;
  }
  return found;
}

bool has_relation_by(store::Connection& connection, StreamPos parent, std::string_view rel_type,
                     std::string_view sender, StreamPos upto) {
  return store::any(connection.query(
      "SELECT 1 FROM hs_relation WHERE parent = ?1 AND rel_type = ?2 AND sender = ?3 AND pos <= ?4 LIMIT 1", parent,
      rel_type, sender, upto));
}

std::vector<StreamPos> thread_answers(store::Connection& connection, memory::RoomNum room, StreamPos before,
                                      std::size_t limit) {
  return store::values<StreamPos>(
      connection.query("SELECT pos FROM hs_timeline WHERE room = ?1 AND pos < ?2 AND (flags & 16) <> 0 "
                       "ORDER BY pos DESC LIMIT ?3",
                       room, before, static_cast<std::int64_t>(limit)));
}

std::optional<TimedEvent> first_after(store::Connection& connection, memory::RoomNum room, StreamPos pos) {
  return store::one(connection.query(kFirstAfter, room, pos), kTimed);
}

std::optional<TimedEvent> last_upto(store::Connection& connection, memory::RoomNum room, StreamPos pos) {
  return store::one(connection.query(kLastUpto, room, pos), kTimed);
}

}  // namespace troupe::homeserver::sync::history_store
