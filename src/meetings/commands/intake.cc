#include "meetings/commands/intake.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "meetings/commands/chat_said.h"

namespace troupe::meetings::commands {
namespace {

namespace json = boost::json;

constexpr std::size_t kAtOnce = 200;  ///< pieces that transcripts take in one go
constexpr std::size_t kMostOfReport = 4'096;

Error is_foreign() { return Error(Errc::forbidden, "That is another meeting's."); }

/// A word for word answer to what it was told of: pieces in the new language prove it only where that has changed.
std::optional<life::SpeechChange> proof_in(const Meeting& meeting, const std::vector<Speech>& pieces) {
  const auto& wanted = meeting.wanted_language;
  if (meeting.life.state != State::reconfiguring || wanted.empty() || wanted == meeting.language) return std::nullopt;
  if (std::ranges::find(pieces, wanted, &Speech::language) == pieces.end()) return std::nullopt;
  return life::SpeechChange{.language = wanted};
}

}  // namespace

Task<Unit> Intake::take(records::Kept kept, Heard heard) {
  const auto& meeting = kept.meeting;
  const bool is_own = (heard.meeting == 0 || heard.meeting == meeting.id) &&
                      (heard.native_id.empty() || heard.native_id == meeting.native_id);
  if (!is_own) co_return is_foreign();
  if (heard.session.empty()) heard.session = kept.attempt ? kept.attempt->connection_id : std::to_string(meeting.id);
  switch (heard.kind) {
    case Heard::Kind::session_start:
      CO_TRY(co_await transcripts_.open_session(
          {.meeting = meeting.id, .uid = heard.session, .began_ms = heard.began_ms.value_or(clock_.unix_ms())}));
      break;
    case Heard::Kind::session_end:
      CO_TRY(co_await transcripts_.close_session(meeting.id, heard.session));
      break;
    case Heard::Kind::retract:
      CO_TRY(co_await transcripts_.retract(meeting.id, std::move(heard.retracted)));
      break;
    case Heard::Kind::speaker:
      CO_TRY(co_await transcripts_.speaker(meeting.id, heard.session, std::move(heard.event)));
      break;
    case Heard::Kind::pieces: {
      if (heard.began_ms) {
        CO_TRY(co_await transcripts_.open_session(
            {.meeting = meeting.id, .uid = heard.session, .began_ms = *heard.began_ms}));
      }
      const auto proof = proof_in(meeting, heard.pieces);
      for (std::size_t from = 0; from < heard.pieces.size(); from += kAtOnce) {
        const auto begin = heard.pieces.begin() + static_cast<std::ptrdiff_t>(from);
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(kAtOnce, heard.pieces.size() - from));
        std::vector<Speech> some(begin, end);
        CO_TRY(co_await transcripts_.hear(meeting.id, heard.session, std::move(some)));
      }
      if (proof) CO_TRY(co_await meetings_.confirm_reconfigure(meeting.id, *proof, "it is heard in that language"));
      break;
    }
  }
  co_return Unit{};
}

Task<records::Kept> Intake::owner_of(const Heard& heard) {
  if (!heard.token.empty()) co_return co_await meetings_.admit(heard.token);
  CO_TRY(auto kept, co_await meetings_.find_any(heard.meeting));
  // Numbers can be guessed, or come from another installation's rows: the call's name has to be right, too.
  if (heard.native_id != kept.meeting.native_id) co_return is_foreign();
  co_return kept;
}

Task<Unit> Intake::take_from_stream(Heard heard) {
  CO_TRY(auto kept, co_await owner_of(heard));
  co_return co_await take(std::move(kept), std::move(heard));
}

Task<Unit> Intake::take_report(records::Kept kept, std::string body) {
  boost::system::error_code ec;
  if (body.size() > kMostOfReport) co_return Error(Errc::bad_json, "The report is too long.");
  const auto parsed = json::parse(body, ec, {}, {.max_depth = 4});
  const auto* report = ec ? nullptr : parsed.if_object();
  if (!report) co_return Error(Errc::bad_json, "The report is no JSON object.");
  const auto word = [&](std::string_view key) -> std::optional<std::string> {
    const auto* value = report->if_contains(key);
    if (value && value->is_null()) return std::string();
    return value && value->is_string() ? std::optional(std::string(value->get_string())) : std::nullopt;
  };
  // Whatever else it reports changes nothing.
  if (word("action") != "reconfigure" || word("status") != "applied") co_return Unit{};
  const auto language = word("language"), task = word("task");
  const auto known = task ? parse_task(*task) : std::nullopt;
  if (!language || !known) co_return Error(Errc::bad_json, "A report says language and task as they are now.");
  CO_TRY(co_await meetings_.confirm_reconfigure(kept.meeting.id, {.language = language, .task = known},
                                                "its bot says that it has followed"));
  co_return Unit{};
}

Result<Unit> Intake::take_chat(const records::Kept& kept, std::string_view body) {
  TRY(const auto message, read_chat(body, clock_.unix_ms()));
  chat_.tell(kept.meeting.id, message);
  return Unit{};
}

Task<Unit> Intake::take_chat_of(MeetingId meeting, std::string body) {
  CO_TRY(const auto kept, co_await meetings_.find_any(meeting));
  if (is_terminal(kept.meeting.life.state)) co_return Error(Errc::not_found, "That meeting is over.");
  co_return take_chat(kept, body);
}

Task<Unit> Intake::take_report_of(std::string connection_id, std::string body) {
  CO_TRY(auto kept, co_await meetings_.find_by_session(std::move(connection_id)));
  co_return co_await take_report(std::move(kept), std::move(body));
}

}  // namespace troupe::meetings::commands
