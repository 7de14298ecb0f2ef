// One look at one thread: reads what is new, and has the room show it.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/encoding.h"
#include "meetings/summary/summary_store.h"
#include "meetings/thread/live.h"
#include "meetings/thread/summary_text.h"
#include "store/write_log.h"

namespace troupe::meetings::thread {
namespace {

using records::ThreadMessage;
using records::ThreadPiece;
using records::ThreadState;

constexpr std::int64_t kChangesAtOnce = 200;
constexpr std::int64_t kEventsAtOnce = 50;
/// The number of the message that has it: behind all others.
constexpr std::int64_t kSummaryNumber = 1'000'000'000;
constexpr std::string_view kMessage = "m.room.message";
constexpr std::string_view kDeleted = "The transcript was deleted.";

std::string hash_of(const boost::json::object& content) {
  return base::hex(base::sha256(boost::json::serialize(content)));
}

std::string first_txn(MeetingId id, std::int64_t number) { return fmt::format("troupe.meeting.{}.{}", id, number); }

std::string edit_txn(MeetingId id, std::int64_t number, std::int64_t revision) {
  return fmt::format("troupe.meeting.{}.{}.{}", id, number, revision);
}

Error not_mine() { return Error(Errc::unavailable, "Another process tells transcripts."); }

/// The room is encrypted and its writer has no device, or it is gone.
bool takes_nothing(const Error& error) {
  return error.code() == Errc::not_found || error.wire_code() == matrix::kEncryptedRoom;
}

}  // namespace

Task<std::optional<Threads::Wait>> Threads::round(MeetingId id, LivePtr live) {
  auto look = [&](store::Connection& c) -> Result<std::optional<Facts>> {
    auto thread = records::find_thread(c, id);
    auto kept = records::find_meeting(c, id);
    if (!thread) return std::nullopt;
    Facts facts{.thread = *std::move(thread)};
    facts.is_gone = !kept;
    if (kept) facts.meeting = std::move(kept->meeting);
    facts.meeting.id = id;
    return facts;
  };
  CO_TRY(auto facts, co_await uses_.db.read(look));
  if (!facts || facts->thread.state == ThreadState::erased) co_return std::nullopt;
  const bool erased = facts->is_gone || facts->meeting.transcript_erased_ms;
  if (facts->thread.state == ThreadState::failed && !erased) co_return std::nullopt;
  if (!live->loaded) CO_TRY(co_await load(id, live));
  const bool ended = facts->meeting.ended_ms.has_value();
  if (erased) co_return co_await end_erased(*std::move(facts), live);
  CO_TRY(co_await hear(id, live));
  const auto now = uses_.clock.steady();
  if (!live->changed_at) live->changed_at = now;
  // What comes after the end of a thread is told at once.
  const bool was_done = facts->thread.state == ThreadState::done;
  const bool over = ended && (was_done || now - *live->changed_at >= pace_.quiet);
  if (!facts->thread.began_ms && live->turns.last() > 0) {
    facts->thread.began_ms = facts->meeting.active_ms.value_or(live->turns.began(1).value_or(uses_.clock.unix_ms()));
    auto begin = [&](store::Tx& tx) { records::set_thread_began(tx, id, *facts->thread.began_ms); };
    CO_TRY(co_await write(begin));
  }
  CO_TRY(const auto wait, co_await tell(*facts, live, over));
  if (!over || wait) co_return std::min(wait.value_or(pace_.look_every), pace_.look_every);
  CO_TRY(const auto more, co_await tell_summary(*facts, live));
  if (more) co_return *more;
  auto end = [&](store::Tx& tx) {
    for (auto& [number, message] : live->messages) {
      message.row.settled = true;
      records::update_message(tx, message.row);
    }
    records::set_thread_state(tx, id, ThreadState::done, "");
  };
  CO_TRY(co_await write(end));
  co_return std::nullopt;
}

Task<Unit> Threads::load(MeetingId id, LivePtr live) {
  struct Stored {
    std::vector<ThreadMessage> messages{};
    std::vector<ThreadPiece> pieces{};
  };
  auto read = [&](store::Connection& c) -> Result<Stored> {
    return Stored{.messages = records::messages_of(c, id), .pieces = records::pieces_of(c, id)};
  };
  CO_TRY(auto stored, co_await uses_.db.read(read));
  live->turns = Turns(stored.pieces);
  live->messages.clear();
  live->due.clear();
  live->after = 0;
  for (auto& row : stored.messages) {
    const bool unsure = !row.settled;
    if (unsure) row.shown.clear();
    if (unsure && row.number > 0 && row.number < kSummaryNumber) live->due.insert(row.number);
    live->messages[row.number] = {.row = std::move(row), .unsure = unsure};
  }
  if (!live->messages.contains(0)) {
    const ThreadMessage root{.meeting = id};
    auto make = [&](store::Tx& tx) { records::insert_message(tx, root); };
    CO_TRY(co_await write(make));
    live->messages[0] = {.row = root};
  }
  live->loaded = true;
  co_return Unit{};
}

Task<Unit> Threads::hear(MeetingId id, LivePtr live) {
  for (;;) {
    CO_TRY(const auto changes, co_await uses_.transcripts.changes(id, live->after, kChangesAtOnce));
    if (changes.empty()) co_return Unit{};
    std::vector<ThreadPiece> pieces;
    std::vector<ThreadMessage> messages;
    const auto before = live->turns.last();
    for (const auto& segment : changes) {
      if (auto piece = live->turns.take(segment)) pieces.push_back(*std::move(piece));
      if (const auto number = live->turns.place_of(segment)) live->due.insert(*number);
      live->after = std::max(live->after, segment.changed);
    }
    for (auto number = before + 1; number <= live->turns.last(); ++number) {
      messages.push_back({.meeting = id, .number = number});
    }
    // On a failure all of it is loaded anew.
    live->loaded = false;
    if (!pieces.empty()) {
      auto put = [&](store::Tx& tx) {
        for (const auto& message : messages) records::insert_message(tx, message);
        for (const auto& piece : pieces) records::insert_piece(tx, piece);
      };
      CO_TRY(co_await write(put));
    }
    live->loaded = true;
    for (auto& message : messages) live->messages[message.number] = {.row = std::move(message)};
    live->changed_at = uses_.clock.steady();
  }
}

Task<std::optional<Threads::Wait>> Threads::tell(Facts facts, LivePtr live, bool over) {
  const auto began_ms = facts.thread.began_ms.value_or(facts.meeting.created_ms);
  const auto root = content_of({.body = root_text(facts.meeting), .html = {}});
  CO_TRY(auto next, co_await show(facts, live, 0, root, false));
  const auto last = live->turns.last();
  // In their order: each follows the one before. What is settled and did not change since is not looked at.
  for (auto due = live->due.begin(); due != live->due.end();) {
    const auto number = *due;
    const bool grows = !over && !live->turns.is_final(number);
    auto content = content_of(live->turns.said(number, began_ms, grows));
    CO_TRY(const auto wait, co_await show(facts, live, number, std::move(content), !grows && number < last));
    if (wait) next = next ? std::min(*next, *wait) : *wait;
    due = !wait && live->messages.at(number).row.settled ? live->due.erase(due) : std::next(due);
  }
  co_return next;
}

Task<std::optional<Threads::Wait>> Threads::tell_summary(Facts facts, LivePtr live) {
  const auto id = facts.meeting.id;
  if (facts.meeting.summary != SummaryState::done) co_return std::nullopt;
  auto look = [&](store::Connection& c) { return summary::find_summary(c, id); };
  CO_TRY(const auto kept, co_await uses_.db.read(look));
  if (!kept.summary) co_return std::nullopt;
  if (!live->messages.contains(kSummaryNumber)) {
    const ThreadMessage row{.meeting = id, .number = kSummaryNumber};
    auto make = [&](store::Tx& tx) { records::insert_message(tx, row); };
    CO_TRY(co_await write(make));
    live->messages[kSummaryNumber] = {.row = row};
  }
  co_return co_await show(facts, live, kSummaryNumber, content_of(summary_said(*kept.summary)), false);
}

Task<std::optional<Threads::Wait>> Threads::show(Facts facts, LivePtr live, std::int64_t number,
                                                 boost::json::object content, bool settled) {
  auto& message = live->messages.at(number);
  auto& row = message.row;
  const auto id = facts.meeting.id;
  const auto hash = hash_of(content);
  const bool is_first = row.event_id.empty();
  if (!is_first && row.shown == hash) {
    if (settled && !row.settled) {
      auto settle = [&](store::Tx& tx) {
        auto told = row;
        told.settled = true;
        records::update_message(tx, told);
      };
      CO_TRY(co_await write(settle));
      row.settled = true;
    }
    co_return std::nullopt;
  }
  const auto now = uses_.clock.steady();
  if (message.sent_at && now - *message.sent_at < pace_.edit_every) {
    co_return std::chrono::ceil<Wait>(*message.sent_at + pace_.edit_every - now);
  }
  if (row.settled) {
    // Before it is sent: a kill in between must leave it in doubt.
    row.settled = false;
    auto unsettle = [&](store::Tx& tx) { records::update_message(tx, row); };
    CO_TRY(co_await write(unsettle));
  }
  if (is_first && number > 0) {
    const auto before = std::prev(live->messages.find(number))->second.row.event_id;
    content = in_thread(std::move(content), live->messages.at(0).row.event_id, before);
  } else if (!is_first) {
    content = edit_of(content, row.event_id);
  }
  auto txn = is_first ? first_txn(id, number) : edit_txn(id, number, row.revision + 1);
  CO_TRY(const auto event_id, co_await say(facts, live, std::move(txn), std::move(content)));
  // What is in memory changes only when that is stored: what is in doubt is sent again by the same transaction id.
  auto told = row;
  if (is_first) {
    told.event_id = event_id;
  } else {
    ++told.revision;
  }
  told.shown = message.unsure ? std::string() : hash;
  auto note = [&](store::Tx& tx) {
    if (number > 0) records::insert_event(tx, id, event_id);
    records::update_message(tx, told);
  };
  CO_TRY(co_await write(note));
  row = std::move(told);
  message.sent_at = uses_.clock.steady();
  co_return std::exchange(message.unsure, false) ? std::optional(pace_.edit_every) : std::nullopt;
}

Task<std::string> Threads::say(const Facts& facts, LivePtr live, std::string txn, boost::json::object content) {
  if (!is_mine()) co_return not_mine();
  matrix::NewEvent event{.room_id = facts.thread.room_id,
                         .sender = facts.thread.sender,
                         .type = std::string(kMessage),
                         .content = std::move(content),
                         .txn_id = std::move(txn),
                         .plain_rooms_only = true};
  if (!live->encrypted) {
    auto sent = co_await uses_.rooms.send(event);
    if (sent) co_return std::move(sent->event_id);
    if (sent.error().wire_code() != matrix::kEncryptedRoom || !uses_.say_sealed) {
      co_return std::unexpected(std::move(sent).error());
    }
    live->encrypted = true;
  }
  CO_TRY(auto sent, co_await uses_.say_sealed(std::move(event)));
  co_return std::move(sent.event_id);
}

Task<Unit> Threads::redact(const Facts& facts, std::string event_id) {
  if (!is_mine()) co_return not_mine();
  auto txn = "troupe.meeting.redact." + event_id;
  CO_TRY(co_await uses_.rooms.send({.room_id = facts.thread.room_id,
                                    .sender = facts.thread.sender,
                                    .type = "m.room.redaction",
                                    .content = {{"redacts", std::move(event_id)}, {"reason", kDeleted}},
                                    .txn_id = std::move(txn)}));
  co_return Unit{};
}

Task<std::optional<Threads::Wait>> Threads::end_erased(Facts facts, LivePtr live) {
  const auto id = facts.meeting.id;
  if (!live->taken_back_at) {
    auto taken = co_await take_back(std::move(facts), live);
    if (!taken && taken.error().code() != Errc::forbidden) co_return std::unexpected(std::move(taken).error());
    if (!taken) live->not_taken_back = "Its messages could not be taken back: " + taken.error().message();
    live->taken_back_at = uses_.clock.steady();
  }
  const auto now = uses_.clock.steady();
  const auto followed = *live->taken_back_at + pace_.index_follows;
  if (now < followed) co_return std::min(std::chrono::ceil<Wait>(followed - now), pace_.look_every);
  // What was redacted, and what the index of words forgot of it, is in the log yet, and in the pages it is to replace.
  CO_TRY(co_await store::empty_log(uses_.db));
  const auto& trouble = live->not_taken_back;
  auto end = [&](store::Tx& tx) {
    records::delete_pieces(tx, id);
    if (trouble.empty()) records::delete_messages(tx, id);
    records::set_thread_state(tx, id, ThreadState::erased, trouble);
  };
  CO_TRY(co_await write(end));
  co_return std::nullopt;
}

Task<Unit> Threads::take_back(Facts facts, LivePtr live) {
  const auto id = facts.meeting.id;
  const auto deleted = content_of({.body = std::string(kDeleted), .html = {}});
  // What a killed process may have sent is named by its transaction: the answer is that event, or one without words.
  for (auto& [number, message] : live->messages) {
    auto& row = message.row;
    if (number == 0 || row.settled) continue;
    const bool is_first = row.event_id.empty();
    auto sent = co_await say(facts, live, is_first ? first_txn(id, number) : edit_txn(id, number, row.revision + 1),
                             is_first ? deleted : edit_of(deleted, row.event_id));
    if (!sent && takes_nothing(sent.error())) continue;  // nor did anything get in since
    CO_TRY(const auto event_id, std::move(sent));
    auto told = row;
    told.settled = true;
    if (is_first) told.event_id = event_id;
    auto note = [&](store::Tx& tx) {
      records::insert_event(tx, id, event_id);
      records::update_message(tx, told);
    };
    CO_TRY(co_await write(note));
    row = std::move(told);
  }
  for (;;) {
    auto read = [&](store::Connection& c) -> Result<std::vector<std::string>> {
      return records::events_of(c, id, kEventsAtOnce);
    };
    CO_TRY(const auto events, co_await uses_.db.read(read));
    if (events.empty()) break;
    for (const auto& event : events) {
      auto redacted = co_await redact(facts, event);
      // What is not there (the room's history was purged) has no words any more.
      if (!redacted && redacted.error().code() != Errc::not_found) co_return std::unexpected(redacted.error());
      auto forget = [&](store::Tx& tx) { records::delete_event(tx, id, event); };
      CO_TRY(co_await write(forget));
    }
  }
  const auto& root = live->messages.at(0).row;
  if (!root.event_id.empty()) {
    const auto text = facts.is_gone ? std::string(kDeleted) : fmt::format("{} {}", root_text(facts.meeting), kDeleted);
    auto told = co_await say(facts, live, first_txn(id, 0) + ".deleted",
                             edit_of(content_of({.body = text, .html = {}}), root.event_id));
    if (!told && !takes_nothing(told.error())) co_return std::unexpected(std::move(told).error());
  }
  co_return Unit{};
}

}  // namespace troupe::meetings::thread
