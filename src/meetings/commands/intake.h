// Takes in what is heard in a call, from whoever may say it, and notices a bot that has followed a change.
#pragma once
#include "meetings/commands/ear.h"
#include "meetings/life/service.h"
#include "meetings/records/chat_line.h"
#include "meetings/transcripts/transcripts.h"

namespace troupe::meetings::commands {

/// Callable from any thread.
class Intake final : public Ear {
 public:
  /// All of it outlives this.
  Intake(life::Meetings& meetings, transcripts::Transcripts& transcripts, const base::Clock& clock,
         records::ChatLine chat)
      : meetings_(meetings), transcripts_(transcripts), clock_(clock), chat_(chat) {}

  Task<Unit> take(records::Kept kept, Heard heard) override;
  Task<Unit> take_report(records::Kept kept, std::string body) override;
  Result<Unit> take_chat(const records::Kept& kept, std::string_view body) override;
  /// From a Redis where others write, too: found by the token, or by the number and name of the meeting, where whoever
  /// can write there is believed. Errors: as take; unknown_token, not_found.
  Task<Unit> take_from_stream(Heard heard);
  /// The same from a Redis where others write, too: whoever can publish there is believed. Errors: not_found, bad_json.
  Task<Unit> take_report_of(std::string connection_id, std::string body);
  /// The same of the chat of a meeting that goes on. Errors: not_found, bad_json, too_large.
  Task<Unit> take_chat_of(MeetingId meeting, std::string body);

 private:
  Task<records::Kept> owner_of(const Heard& heard);

  life::Meetings& meetings_;
  transcripts::Transcripts& transcripts_;
  const base::Clock& clock_;
  records::ChatLine chat_;
};

}  // namespace troupe::meetings::commands
