// Does what is to be done once a meeting has ended: each task once, in order, going on after a kill at any line.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <set>

#include "base/async.h"
#include "host/lease.h"
#include "meetings/recordings/recordings.h"
#include "meetings/records/after_store.h"
#include "meetings/records/bell.h"
#include "meetings/records/meeting_store.h"
#include "meetings/summary/summarizer.h"
#include "meetings/transcripts/transcripts.h"

namespace troupe::meetings::after {

/// Where tests let the program end.
enum class AfterStep {
  looked,   ///< a task is known to be open
  worked,   ///< what it does outside of its own write is done
  written,  ///< what became of it
};

struct AfterTiming {
  /// A transcriber ends later than its bot: so long its session may stay open. meetings.late_words_s.
  std::chrono::milliseconds late_words{80'000};
  std::chrono::milliseconds look_for_words{2'000};  ///< whether all sessions are closed before that
  std::chrono::milliseconds first_retry{1'000};     ///< four times as long each time …
  std::chrono::milliseconds longest_retry{600'000};
  std::int64_t tries = 6;  ///< after that it has failed, and what comes behind it goes on
  std::chrono::milliseconds look_anyway{1'000};
  std::chrono::milliseconds summary_retry{30'000};  ///< as first_retry
  std::int64_t summary_tries = 3;                   ///< each costs money
  /// Where the day's money is spent it goes on after them, free of charge, for so long from the meeting's end.
  std::chrono::milliseconds money_pause{3'600'000};
  std::chrono::milliseconds money_patience{90'000'000};
};

/// One per process; the holder of the lease works. The rows of the tasks are written with a meeting's end. What a task
/// writes and that it is done are one transaction; what it does besides may be done twice and changes nothing then. A
/// database that is away counts as no failure of a task.
class Aftercare {
 public:
  static constexpr std::size_t kAfterAtOnce = 8;
  /// Beside those: nobody waits for a model but its own meeting.
  static constexpr std::size_t kSummariesAtOnce = 2;

  /// All of it outlives this. `home` runs on one thread; no lease: nobody else can be there.
  struct Uses {
    store::Database& db;
    transcripts::Transcripts& transcripts;
    const base::Clock& clock;
    asio::any_io_executor home;
    const records::Bell& bell;
    host::Lease* lease = nullptr;
    recordings::Recordings* recordings = nullptr;  ///< nullptr: nothing is recorded here
    summary::Summarizer* summarizer = nullptr;     ///< nullptr: there is no model
  };
  /// `probe`: tests only; false means that the program ends here.
  Aftercare(const Uses& uses, AfterTiming timing, std::function<bool(AfterStep)> probe = {});

  Task<Unit> start();
  /// What is not done by then the next start does.
  Task<Unit> stop();

 private:
  bool is_mine() const;
  bool may_go_on() const { return !stopping_.stop_requested() && !died_ && is_mine(); }
  bool passes(AfterStep step);
  asio::awaitable<void> run();
  Task<Unit> begin_due(records::AfterKind kind);
  asio::awaitable<void> look_after(MeetingId meeting, records::AfterKind kind);
  /// The tasks of one meeting, as far as they go now.
  Task<Unit> do_tasks(MeetingId meeting, records::AfterKind kind);
  /// One task, and what became of it. Errors: unavailable, which is no failure of it.
  Task<AfterRow> do_task(Meeting meeting, AfterRow row);
  Task<AfterRow> work(Meeting meeting, AfterRow row);
  Task<AfterRow> finish_transcript(Meeting meeting, AfterRow row);
  Task<AfterRow> make_digest(Meeting meeting, AfterRow row);
  Task<AfterRow> finish_recording(Meeting meeting, AfterRow row);
  Task<AfterRow> tell_webhooks(Meeting meeting, AfterRow row);
  Task<AfterRow> sum_up(Meeting meeting, AfterRow row);
  AfterRow done(AfterRow row) const;
  AfterRow failed(const Meeting& meeting, AfterRow row, const Error& error) const;

  Uses uses_;
  AfterTiming timing_;
  std::function<bool(AfterStep)> probe_;
  base::StopSource stopping_;
  base::TaskGroup tasks_;
  base::Notify wakeup_;
  std::vector<base::SubscriptionPtr> listening_;
  std::map<records::AfterKind, std::set<MeetingId>> under_way_;
  bool died_ = false;  ///< of a probe
};

}  // namespace troupe::meetings::after
