// Meetings for whoever asks: makes them, finds them, stops them, and hears what their bots call back. Callable from any
// thread, in every process: what it writes, the Keeper of the process that has the lease acts on.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "meetings/life/keeper.h"
#include "meetings/links/link.h"
#include "meetings/records/after_store.h"
#include "meetings/records/call_store.h"
#include "meetings/records/thread_store.h"
#include "meetings/types/notice.h"

namespace troupe::meetings::life {

struct NewMeeting {
  std::int64_t tenant_id = 0;
  Actor owner{};
  std::string link{};
  std::string language{};  ///< empty: it is detected
  SpeechTask task = SpeechTask::transcribe;
  std::string driver{};                          ///< empty: the configured one
  bool may_choose_driver = false;                ///< another than that
  std::string bot_name{};                        ///< empty: the configured one
  std::optional<std::int64_t> retention_days{};  ///< of its transcript: see Meeting
  /// Where its transcript is told, and by whom; written with the meeting. Whoever asks has made sure of the room.
  std::optional<records::Thread> thread{};
  /// With which account its bot goes in, likewise.
  std::optional<records::CallAccount> call{};
  bool summary = true;  ///< once it has ended, where there is a model
  AutomaticLeave leave{};
  bool recording = false;  ///< its sound is kept
  std::optional<std::int64_t> recording_retention_days{};
};

struct MeetingOptions {
  std::string driver = "process";
  std::string bot_name = "Troupe";
  std::int64_t most_at_once = 3;   ///< of one person, where nobody gave them a number of their own
  bool zero_is_unlimited = false;  ///< what an own number 0 means; else nothing is allowed
  links::Hosts hosts{};
  bool may_record = true;                                 ///< else no meeting's sound is kept, whoever asks
  std::function<bool(std::int64_t tenant_id)> sums_up{};  ///< whether there is a model; empty: never
};

/// A meeting with all that happened to it.
struct History {
  Meeting meeting{};
  std::vector<Transition> transitions{};
  std::vector<Attempt> attempts{};
  std::vector<AfterRow> after{};  ///< what is done once it has ended
  std::vector<records::Consent> consents{};
};

/// What a bot calls back with.
struct Callback {
  enum class Kind { progress, joined, ended };
  std::string token{};
  std::string connection_id{};
  Kind kind = Kind::progress;
  Phase phase = Phase::none;  ///< of progress
  Ending ending{};            ///< of ended
  std::string container{};    ///< as it calls itself; at most 200 bytes are kept
  std::string words{};        ///< its status, for the history
};
struct CallbackOutcome {
  Meeting meeting{};
  bool ignored = false;  ///< it changed nothing: repeated, late, or somebody stops the meeting
};

/// Of how a bot hears and writes.
struct SpeechChange {
  std::optional<std::string> language{};  ///< empty: it is detected
  std::optional<SpeechTask> task{};
};

class Meetings {
 public:
  /// All of it outlives this.
  Meetings(Keeper& keeper, const base::SealingKey& key, const runtime::Drivers& drivers, MeetingOptions options);

  /// Errors: invalid_param (the link, the language, no such driver); forbidden (another driver than the configured one,
  /// for who may not choose; a recording, where none are made); conflict with members `meeting_id` and `state` (a
  /// bot of this person is in that call); limit_exceeded (as many as this person may have at once, with
  /// the member `max_concurrent_bots` where it is that number).
  Task<Meeting> create(NewMeeting wanted);
  Task<records::MeetingPage> list(records::Whose whose, records::Wanted wanted);
  /// Errors of these: not_found, also for whoever may not see it.
  Task<records::Kept> find(records::Whose whose, MeetingId id);
  Task<History> history(records::Whose whose, MeetingId id);
  bool may_record() const { return options_.may_record; }
  /// Error: not_found, also when it is told nowhere.
  Task<records::Thread> thread(records::Whose whose, MeetingId id);
  /// Error: not_found with the member `state` (summary: none, pending, failed), while there is none.
  Task<Summary> summary(records::Whose whose, MeetingId id);
  /// Has one made that is not there, or has failed; nothing changes where it is under way. Errors: not_found; conflict
  /// (not ended, deleted, it is there, or there is no model).
  Task<Meeting> sum_up(records::Whose whose, MeetingId id);
  /// Whether nothing of it changes any more by itself: it has ended, and what is done afterwards is done.
  Task<bool> is_over(MeetingId id);
  /// Those that have not ended and whose transcript is told in this room, newest first, at most 20.
  Task<std::vector<Meeting>> told_in(records::Whose whose, std::string room_id);
  /// Asks it to end; nothing changes where it has. Outranks every other reason.
  Task<Meeting> stop(records::Whose whose, MeetingId id, Actor actor);

  /// Has the bot told of another language or task; what is not given stays as it is. It is `reconfiguring` until the
  /// bot has followed, or its time for that is over: then what was goes on. Errors: invalid_param (neither, or no such
  /// language); conflict with member `state` (it is not active); unavailable (bots hear no commands here).
  Task<Meeting> reconfigure(records::Whose whose, MeetingId id, SpeechChange change, Actor actor);
  /// Somebody has seen the bot's side speak so: the bot's own word, or what it opened next. False: nothing like it was
  /// awaited, and nothing changes. What is not known of it is not given.
  Task<bool> confirm_reconfigure(MeetingId id, SpeechChange seen, std::string cause);

  /// Who speaks with the token of a bot's container: its meeting and the attempt that the token was minted for, which
  /// need not be the present one. Error: unknown_token.
  Task<records::Kept> admit(std::string token);

  /// For what has proved by other means that it may know of it. Error: not_found.
  Task<records::Kept> find_any(MeetingId id);
  /// The meeting whose present bot has this session. Error: not_found.
  Task<records::Kept> find_by_session(std::string connection_id);

  /// May come repeatedly, late and in any order. Errors: not_found (no such token, or it is not that session's).
  Task<CallbackOutcome> call_back(Callback callback);
  /// The bot has told the call that it listens, or nobody was told: a line of the history, once for each of a bot's
  /// containers. Error: not_found (as above).
  Task<Unit> noticed(std::string token, std::string connection_id, Notice notice);

 private:
  /// Error: not_found.
  Task<Attempt> attempt_of(std::string token, std::string connection_id);

  Keeper& keeper_;
  const base::SealingKey& key_;
  const runtime::Drivers& drivers_;
  MeetingOptions options_;
};

}  // namespace troupe::meetings::life
