#include "homeserver/memory/notes.h"

#include <charconv>

namespace troupe::homeserver::memory {
namespace {

// The kind, then each field with its length before it: "o12:@ann:x.org…". Ids may hold any character.
class Writer {
 public:
  explicit Writer(Note::Kind kind) { bytes_.push_back(static_cast<char>(kind)); }
  Writer& text(std::string_view field) {
    bytes_ += std::to_string(field.size());
    bytes_ += ':';
    bytes_ += field;
    return *this;
  }
  Writer& number(std::int64_t field) { return text(std::to_string(field)); }
  void announce(store::Tx& tx) const { tx.announce(notes::kTopic, bytes_); }
  /// For a change that has no position of its own: only a head that moves rings the doorbell of the other processes.
  void announce_and_ring(store::Tx& tx) const {
    announce(tx);
    static_cast<void>(tx.next_pos());
  }

 private:
  std::string bytes_;
};

constexpr std::string_view kKinds = "odsrfpbxhgt";

}  // namespace

std::int64_t Note::number(std::size_t field) const {
  const auto digits = text(field);
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failed == std::errc() && end == digits.data() + digits.size() ? value : 0;
}

namespace notes {

void own_changed(store::Tx& tx, std::string_view user_id, StreamPos pos) {
  Writer(Note::Kind::own).text(user_id).number(pos).announce(tx);
}

void devices_changed(store::Tx& tx, std::string_view user_id, StreamPos pos, const std::vector<RoomNum>& rooms) {
  Writer note(Note::Kind::devices);
  note.text(user_id).number(pos);
  for (const auto room : rooms) note.number(room);
  note.announce(tx);
}

void settings_changed(store::Tx& tx, std::string_view user_id, StreamPos pos) {
  Writer(Note::Kind::settings).text(user_id).number(pos).announce(tx);
}

void receipt(store::Tx& tx, RoomNum room, const receipt_store::ReceiptRow& row) {
  Writer(Note::Kind::receipt)
      .number(room)
      .text(row.user_id)
      .text(row.kind)
      .text(row.thread)
      .text(row.event_id)
      .number(row.event_pos)
      .number(row.ts_ms)
      .number(row.pos)
      .announce(tx);
}

void forgotten(store::Tx& tx, std::string_view user_id, RoomNum room, StreamPos member_pos) {
  Writer(Note::Kind::forgotten).text(user_id).number(room).number(member_pos).announce_and_ring(tx);
}

void listed(store::Tx& tx, RoomNum room, bool is_public) {
  Writer(Note::Kind::listed).number(room).number(is_public ? 1 : 0).announce_and_ring(tx);
}

void blocked(store::Tx& tx, RoomNum room, bool is_blocked) {
  Writer(Note::Kind::blocked).number(room).number(is_blocked ? 1 : 0).announce_and_ring(tx);
}

void pruned(store::Tx& tx, StreamPos pos) { Writer(Note::Kind::pruned).number(pos).announce(tx); }

void history(store::Tx& tx, RoomNum room, StreamPos before) {
  Writer(Note::Kind::history).number(room).number(before).announce_and_ring(tx);
}

void gone(store::Tx& tx, RoomNum room, StreamPos pos) {
  Writer(Note::Kind::gone).number(room).number(pos).announce(tx);
}

void sessions_changed(store::Tx& tx, std::string_view user_id, std::optional<std::string_view> device_id) {
  Writer note(Note::Kind::sessions);
  note.text(user_id);
  if (device_id) note.text(*device_id);
  note.announce_and_ring(tx);
}

std::optional<Note> parse(std::string_view bytes) {
  if (bytes.empty() || !kKinds.contains(bytes.front())) return std::nullopt;
  Note note{.kind = static_cast<Note::Kind>(bytes.front()), .fields = {}};
  bytes.remove_prefix(1);
  while (!bytes.empty()) {
    std::size_t length = 0;
    const auto [end, failed] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), length);
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()));
    if (failed != std::errc() || !bytes.starts_with(':') || bytes.size() - 1 < length) return std::nullopt;
    note.fields.push_back(bytes.substr(1, length));
    bytes.remove_prefix(1 + length);
  }
  return note;
}

}  // namespace notes
}  // namespace troupe::homeserver::memory
