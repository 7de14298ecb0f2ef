#include "homeserver/follower.h"

#include "base/log.h"

namespace troupe::homeserver {

Follower::Follower(Parts parts) : parts_(parts) {
  auto& db = parts_.db;
  if (!db.shared()) return;
  db.on_announcement(std::string(memory::notes::kTopic), [this](store::Connection&, const store::Announcement& heard) {
    pending_.emplace_back(heard.bytes);
  });
  db.on_foreign_head(
      [this](store::Connection& connection, const store::ForeignCommits& commits) { catch_up(connection, commits); });
}

void Follower::catch_up(store::Connection& connection, const store::ForeignCommits& commits) {
  if (commits.announcements_lost) {
    start_over(connection, commits.head);
    return;
  }
  // Events first: a note may speak of a room, a membership or an event that came with the same commits. The other way
  // round nothing depends on the order, because every note says what it is about by position.
  parts_.rooms.follow(connection, commits.head);
  for (const auto& bytes : pending_) {
    if (const auto note = memory::notes::parse(bytes)) apply(connection, *note);
  }
  pending_.clear();
}

void Follower::apply(store::Connection& connection, const memory::Note& note) {
  switch (note.kind) {
    case memory::Note::Kind::own:
      parts_.users.touch(note.text(0), note.number(1));
      return;
    case memory::Note::Kind::devices:
      parts_.users.touch(note.text(0), note.number(1));
      for (std::size_t i = 2; i < note.fields.size(); ++i) {
        if (const auto room = parts_.rooms.find(note.number(i))) parts_.users.touch_members(room, note.number(1));
      }
      return;
    case memory::Note::Kind::settings:
      parts_.account_data.refresh(connection, std::string(note.text(0)));
      parts_.users.touch(note.text(0), note.number(1));
      return;
    case memory::Note::Kind::receipt:
      parts_.receipts.heard(connection, note.number(0),
                            {.user_id = std::string(note.text(1)),
                             .kind = std::string(note.text(2)),
                             .thread = std::string(note.text(3)),
                             .event_id = std::string(note.text(4)),
                             .event_pos = note.number(5),
                             .ts_ms = note.number(6),
                             .pos = note.number(7)});
      return;
    case memory::Note::Kind::forgotten:
      parts_.users.forgotten(note.text(0), note.number(1), note.number(2));
      return;
    case memory::Note::Kind::listed:
      parts_.rooms.heard_flags(note.number(0), note.number(1) != 0, std::nullopt);
      return;
    case memory::Note::Kind::blocked:
      parts_.rooms.heard_flags(note.number(0), std::nullopt, note.number(1) != 0);
      return;
    case memory::Note::Kind::pruned:
      parts_.rooms.heard_pruned(connection, note.number(0));
      return;
    case memory::Note::Kind::history:
      parts_.rooms.heard_forgotten(note.number(0), note.number(1));
      return;
    case memory::Note::Kind::gone:
      parts_.rooms.heard_gone(note.number(0), note.number(1));
      return;
    case memory::Note::Kind::sessions:
      parts_.sessions.forget(note.text(0),
                             note.fields.size() > 1 ? std::optional(note.text(1)) : std::optional<std::string_view>());
      return;
  }
}

void Follower::start_over(store::Connection& connection, StreamPos head) {
  base::log_warning("homeserver", "this process was cut off for long: everything in memory is read again");
  pending_.clear();
  parts_.rooms.follow(connection, head);
  parts_.rooms.reload(connection);
  parts_.receipts.clear();
  parts_.account_data.clear();
  parts_.sessions.forget_all();
  parts_.users.reload(connection, parts_.rooms, head);
}

}  // namespace troupe::homeserver
