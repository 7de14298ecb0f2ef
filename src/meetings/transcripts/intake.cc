#include "meetings/transcripts/intake.h"

#include <algorithm>

#include "meetings/transcripts/word_index.h"

namespace troupe::meetings::transcripts {
namespace {

namespace rows = transcript_store;

/// A transcriber ends later than its bot.
constexpr std::int64_t kTakenAfterEndMs = 10LL * 60 * 1'000;
/// Whose speaker is looked up again when somebody is known to have begun or ended before them.
constexpr std::int64_t kMostAttributedAgain = 200;
constexpr std::int64_t kShortestMs = 1;
/// Between id, speaker, text and the speaker's key, none of which holds it. The key is there where one is known.
constexpr char kBetween = '\0';

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Its parts may hold what stands between them.
std::string escaped(std::string_view part) {
  std::string out;
  for (const char c : part) {
    if (c == ':' || c == '%') {
      out += c == ':' ? "%3A" : "%25";
    } else {
      out += c;
    }
  }
  return out;
}

std::string id_of(const std::string& session_uid, const Speech& piece) {
  if (!piece.segment_id.empty()) return piece.segment_id;
  const auto& key = piece.speaker_key.empty() ? piece.speaker : piece.speaker_key;
  return escaped(session_uid) + ":" + escaped(key) + ":" + std::to_string(piece.start_ms);
}

/// As it is meant: begins before it ends; words without a length are words.
Speech in_order(const Speech& piece) {
  auto out = piece;
  if (out.end_ms < out.start_ms) std::swap(out.start_ms, out.end_ms);
  out.end_ms = std::max(out.end_ms, out.start_ms + kShortestMs);
  out.text = trimmed(piece.text);
  return out;
}

Result<Unit> check_text(std::string_view text, std::size_t most, std::string_view what) {
  if (text.size() > most) {
    return Error(Errc::invalid_param, std::string(what) + " has more than " + std::to_string(most) + " bytes.");
  }
  if (!base::is_utf8(text) || text.contains('\0')) {
    return Error(Errc::invalid_param, std::string(what) + " is not UTF-8.");
  }
  return Unit{};
}

bool is_time(std::int64_t ms) { return ms >= 0 && ms <= kLongestSessionMs; }

Error wrong_time() {
  return Error(Errc::invalid_param, "A time is below 0 or more than 7 days from the session's begin.");
}

}  // namespace

Result<Unit> check_session(const std::string& uid, const std::string& language) {
  constexpr std::size_t kMostLanguageBytes = 16;
  if (uid.empty()) return Error(Errc::invalid_param, "The session has no name.");
  TRY(check_text(uid, kMostUidBytes, "The session's name"));
  return check_text(language, kMostLanguageBytes, "The language");
}

Result<Unit> check_pieces(const std::vector<Speech>& pieces) {
  if (pieces.size() > kMostPieces) {
    return Error(Errc::invalid_param, "More than " + std::to_string(kMostPieces) + " pieces at a time.");
  }
  for (const auto& piece : pieces) {
    if (!is_time(piece.start_ms) || !is_time(piece.end_ms)) return wrong_time();
    TRY(check_text(piece.text, kMostPieceBytes, "A piece's text"));
    TRY(check_session("-", piece.language));
    TRY(check_text(piece.speaker, kMostNameBytes, "A speaker's name"));
    TRY(check_text(piece.speaker_key, kMostNameBytes, "A speaker's key"));
    TRY(check_text(piece.segment_id, kMostIdBytes, "A segment's id"));
  }
  return Unit{};
}

Result<Unit> check_event(const SpeakerEvent& event) {
  if (!is_time(event.at_ms)) return wrong_time();
  if (event.name.empty() && event.key.empty()) return Error(Errc::invalid_param, "A speaker has neither name nor key.");
  TRY(check_text(event.name, kMostNameBytes, "A speaker's name"));
  return check_text(event.key, kMostNameBytes, "A speaker's key");
}

Result<Unit> check_ids(const std::vector<std::string>& ids) {
  if (ids.size() > kMostPieces) {
    return Error(Errc::invalid_param, "More than " + std::to_string(kMostPieces) + " pieces at a time.");
  }
  for (const auto& id : ids) TRY(check_text(id, kMostIdBytes, "A segment's id"));
  return Unit{};
}

Given given(base::UnixMs now) { return {.now = now, .fresh_key = Vault::make_key()}; }

Result<Unit> unseal(const Vault& vault, Row& row) {
  TRY(const auto plain, vault.open(row.sealed));
  const auto first = plain.find(kBetween);
  const auto second = first == plain.npos ? plain.npos : plain.find(kBetween, first + 1);
  if (second == plain.npos) return Error(Errc::internal, "A piece of a transcript is damaged.");
  auto& segment = row.segment;
  segment.number = row.number;
  segment.id = plain.substr(0, first);
  segment.speaker = plain.substr(first + 1, second - first - 1);
  const auto third = plain.find(kBetween, second + 1);
  segment.text = plain.substr(second + 1, third == plain.npos ? third : third - second - 1);
  if (third != plain.npos) segment.speaker_key = plain.substr(third + 1);
  segment.until_ms = segment.said_ms + (segment.end_ms - segment.start_ms);
  return Unit{};
}

Result<Intake> Intake::open(store::Tx& tx, MeetingId meeting, const Given& given) {
  auto volume = rows::find_volume(tx, meeting);
  if (!volume) return Error(Errc::not_found, "There is no such meeting.");
  if (volume->erased_ms) return Error(Errc::not_found, "The transcript of this meeting was deleted.");
  if (volume->ended_ms && given.now - *volume->ended_ms > kTakenAfterEndMs) {
    return Error(Errc::conflict, "This meeting ended too long ago.");
  }
  const bool is_first = volume->vault.empty();
  if (is_first) volume->vault = given.fresh_key;
  TRY(auto vault, Vault::of(volume->vault));
  Intake intake(tx, *std::move(volume), std::move(vault), given);
  intake.volume_changed_ = is_first;
  return intake;
}

Result<std::optional<Intake>> Intake::reopen(store::Tx& tx, MeetingId meeting, const Given& given) {
  auto volume = rows::find_volume(tx, meeting);
  if (!volume || volume->vault.empty()) return std::optional<Intake>();
  TRY(auto vault, Vault::of(volume->vault));
  return std::optional(Intake(tx, *std::move(volume), std::move(vault), given));
}

Result<bool> Intake::begin(const SpeechSession& session) {
  if (const auto found = rows::find_session(tx_, volume_.meeting, session.uid)) {
    if (found->ended_ms) {  // its bot is back
      rows::reopen_session(tx_, volume_.meeting, session.uid);
      changed_ = true;
    }
    return false;
  }
  if (volume_.sessions >= kMostSessions) {
    return Error(Errc::conflict, "This meeting was heard in " + std::to_string(kMostSessions) + " sessions already.");
  }
  auto begun = session;
  begun.meeting = volume_.meeting;
  begun.ended_ms.reset();
  rows::insert_session(tx_, begun);
  ++volume_.sessions;
  volume_changed_ = changed_ = true;
  return true;
}

Result<SpeechSession> Intake::session_of(const std::string& uid) {
  if (auto found = rows::find_session(tx_, volume_.meeting, uid)) return *std::move(found);
  const SpeechSession session{.meeting = volume_.meeting, .uid = uid, .began_ms = given_.now};
  TRY(begin(session));
  return session;
}

Result<Unit> Intake::hear(const std::string& session_uid, const std::vector<Speech>& pieces) {
  if (pieces.empty()) return Unit{};
  TRY(const auto session, session_of(session_uid));
  for (const auto& piece : pieces) TRY(put(session, in_order(piece)));
  return Unit{};
}

Result<Unit> Intake::put(const SpeechSession& session, const Speech& piece) {
  auto id = id_of(session.uid, piece);
  const auto number = vault_.number(id);
  auto row = rows::find_row(tx_, volume_.meeting, number);
  if (!row) return put_new(session, piece, std::move(id), number);
  // What was completed stays: transcribers repeat their last pieces, and not always in order.
  if (row->completed) return Unit{};
  // What the clock made final has a transcriber that only was slow: its words count, an older state of them does not.
  const bool goes_on = !piece.text.empty() && (piece.completed || piece.end_ms > row->segment.end_ms);
  if (row->segment.final && !goes_on) return Unit{};
  return replace(*std::move(row), piece);
}

Result<Unit> Intake::put_new(const SpeechSession& session, const Speech& piece, std::string id, std::int64_t number) {
  if (piece.text.empty()) return Unit{};
  if (volume_.segments >= kMostSegments) {
    return Error(Errc::limit_exceeded,
                 "The transcript of this meeting has " + std::to_string(kMostSegments) + " pieces already.");
  }
  TRY(count_text(std::ssize(piece.text)));
  ++volume_.segments;
  Row row{.number = number,
          .segment = {.id = std::move(id),
                      .meeting = volume_.meeting,
                      .session_uid = session.uid,
                      .start_ms = piece.start_ms,
                      .end_ms = piece.end_ms,
                      .said_ms = session.began_ms + piece.start_ms,
                      .text = piece.text,
                      .language = piece.language.empty() ? session.language : piece.language,
                      .speaker = piece.speaker,
                      .speaker_key = piece.speaker.empty() ? std::string() : piece.speaker_key,
                      .mapping = SpeakerMapping::mapped,
                      .final = piece.completed || session.ended_ms.has_value()},
          .named = !piece.speaker.empty(),
          .completed = piece.completed};
  if (!row.named) {
    TRY(auto found, attribution(row.segment));
    row.segment.speaker = std::move(found.speaker);
    row.segment.mapping = found.mapping;
  }
  write(row, true);
  return Unit{};
}

Result<Unit> Intake::replace(Row row, const Speech& piece) {
  TRY(unseal(vault_, row));
  const auto before = row.segment;
  row.completed = piece.completed;
  auto& segment = row.segment;
  // Where it began stays, so that readers who know it by its time see one piece and not two.
  segment.end_ms = std::max(piece.end_ms, segment.start_ms + kShortestMs);
  segment.text = piece.text;
  if (!piece.language.empty()) segment.language = piece.language;
  segment.final = before.final || piece.completed;
  if (!piece.speaker.empty()) {
    row.named = true;
    segment.speaker = piece.speaker;
    segment.speaker_key = piece.speaker_key;
    segment.mapping = SpeakerMapping::mapped;
  }
  if (!row.named) {
    TRY(auto found, attribution(segment));
    segment.speaker = std::move(found.speaker);
    segment.mapping = found.mapping;
  }
  if (segment.end_ms == before.end_ms && segment.text == before.text && segment.language == before.language &&
      segment.final == before.final && !row.completed && segment.speaker == before.speaker &&
      segment.speaker_key == before.speaker_key && segment.mapping == before.mapping) {
    return Unit{};
  }
  TRY(count_text(std::ssize(segment.text) - std::ssize(before.text)));
  if (before.final) forget_words(tx_, volume_.meeting, row.pos);
  write(row, false);
  return Unit{};
}

Result<Unit> Intake::count_text(std::int64_t bytes) {
  if (bytes > 0 && volume_.text_bytes + bytes > kMostTextBytes) {
    return Error(Errc::limit_exceeded, "The transcript of this meeting is as long as one may be.");
  }
  volume_.text_bytes += bytes;
  volume_changed_ = true;
  return Unit{};
}

Result<Attribution> Intake::attribution(const Segment& segment) {
  auto found = rows::spoken_within(tx_, volume_.meeting, segment.session_uid, segment.start_ms, segment.end_ms);
  std::vector<Speaking> all;
  for (auto& one : found) {
    one.speaking.name = std::move(one.sealed);  // of all these one is opened
    all.push_back(std::move(one.speaking));
  }
  const bool any = !all.empty() || rows::has_events(tx_, volume_.meeting, segment.session_uid);
  auto whose = attribute(std::move(all), segment.start_ms, segment.end_ms, any);
  if (whose.speaker.empty()) return whose;
  TRY(whose.speaker, vault_.open(whose.speaker));
  return whose;
}

Result<Unit> Intake::hear_speaker(const std::string& session_uid, const SpeakerEvent& event) {
  TRY(session_of(session_uid));
  if (volume_.events >= kMostEvents) {
    return Error(Errc::limit_exceeded, "More speakers' events than a meeting may have.");
  }
  const auto who = vault_.number("speaker:" + (event.key.empty() ? event.name : event.key));
  const auto& name = event.name.empty() ? event.key : event.name;
  if (!rows::insert_event(tx_, volume_.meeting, session_uid, who, event, vault_.seal(name))) return Unit{};
  ++volume_.events;
  volume_changed_ = true;
  return attribute_again(session_uid, event.at_ms);
}

Result<Unit> Intake::attribute_again(const std::string& session_uid, std::int64_t after_ms) {
  for (auto& row : rows::unnamed_rows_after(tx_, volume_.meeting, session_uid, after_ms, kMostAttributedAgain)) {
    TRY(auto found, attribution(row.segment));
    TRY(unseal(vault_, row));
    if (found.speaker == row.segment.speaker && found.mapping == row.segment.mapping) continue;
    row.segment.speaker = std::move(found.speaker);
    row.segment.mapping = found.mapping;
    write(row, false);
  }
  return Unit{};
}

Result<Unit> Intake::retract(const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    auto row = rows::find_row(tx_, volume_.meeting, vault_.number(id));
    if (!row || row->segment.retracted) continue;
    TRY(unseal(vault_, *row));
    TRY(count_text(-std::ssize(row->segment.text)));
    row->segment.text.clear();
    row->segment.retracted = row->segment.final = row->completed = true;
    forget_words(tx_, volume_.meeting, row->pos);
    write(*row, false);
  }
  return Unit{};
}

Result<std::size_t> Intake::close(const std::string& session_uid, std::size_t limit) {
  const auto session = rows::find_session(tx_, volume_.meeting, session_uid);
  if (!session) return 0;
  if (!session->ended_ms) {
    rows::end_session(tx_, volume_.meeting, session_uid, given_.now);
    changed_ = true;
  }
  auto open = rows::open_rows_of(tx_, volume_.meeting, session_uid, static_cast<std::int64_t>(limit));
  for (auto& row : open) TRY(finish(std::move(row)));
  return open.size();
}

Result<Unit> Intake::finish(Row row) {
  if (row.segment.final) return Unit{};
  TRY(unseal(vault_, row));
  row.segment.final = true;
  if (!row.named) {
    TRY(auto found, attribution(row.segment));
    row.segment.speaker = std::move(found.speaker);
    row.segment.mapping = found.mapping;
  }
  write(row, false);
  return Unit{};
}

void Intake::write(Row& row, bool is_new) {
  auto& segment = row.segment;
  segment.changed = tx_.next_pos();
  segment.updated_ms = given_.now;
  auto plain = segment.id + kBetween + segment.speaker + kBetween + segment.text;
  if (!segment.speaker_key.empty()) plain += kBetween + segment.speaker_key;
  row.sealed = vault_.seal(plain);
  if (is_new) {
    row.pos = segment.changed;
    rows::insert_row(tx_, row);
  } else {
    rows::update_row(tx_, row);
  }
  if (segment.final && !segment.retracted)
    index_words(tx_, {volume_.tenant_id, volume_.meeting, row.pos}, segment.text);
  changed_ = true;
}

bool Intake::save() {
  if (volume_changed_) rows::put_volume(tx_, volume_);
  return changed_;
}

}  // namespace troupe::meetings::transcripts
