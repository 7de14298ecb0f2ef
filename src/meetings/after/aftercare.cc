#include "meetings/after/aftercare.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>

#include "base/log.h"
#include "base/retry.h"
#include "meetings/after/digest.h"
#include "meetings/hooks/outbox.h"
#include "meetings/life/journal.h"
#include "meetings/summary/answer.h"
#include "meetings/summary/summary_store.h"
#include "meetings/transcripts/vault_of.h"

namespace troupe::meetings::after {
namespace {

constexpr std::chrono::milliseconds kPatienceAtStop{2'000};
constexpr std::int64_t kDueAtOnce = 64;
constexpr std::int64_t kWholeTranscript = std::numeric_limits<std::int64_t>::max() / 2;
constexpr std::size_t kMostProblem = 300;

}  // namespace

Aftercare::Aftercare(const Uses& uses, AfterTiming timing, std::function<bool(AfterStep)> probe)
    : uses_(uses),
      timing_(timing),
      probe_(std::move(probe)),
      stopping_(uses.home),
      tasks_(uses.home),
      wakeup_(uses.home) {}

bool Aftercare::is_mine() const { return uses_.lease == nullptr || uses_.lease->held().has_value(); }

bool Aftercare::passes(AfterStep step) {
  if (probe_ && !probe_(step)) died_ = true;
  return !died_;
}

Task<Unit> Aftercare::start() {
  listening_.push_back(uses_.bell.listen_to_all([wake = wakeup_.notifier()](MeetingId) { wake(); }));
  auto begin = [](Aftercare* self) -> asio::awaitable<void> {
    self->tasks_.spawn("after meetings", self->run());
    co_return;
  };
  co_await asio::co_spawn(uses_.home, begin(this), asio::use_awaitable);
  co_return Unit{};
}

Task<Unit> Aftercare::stop() {
  listening_.clear();
  auto end = [](Aftercare* self) -> asio::awaitable<void> {
    self->stopping_.request_stop();
    self->wakeup_.notify();
    (void)co_await self->tasks_.join(kPatienceAtStop);
  };
  co_await asio::co_spawn(uses_.home, end(this), asio::use_awaitable);
  co_return Unit{};
}

asio::awaitable<void> Aftercare::run() {
  while (!stopping_.stop_requested() && !died_) {
    if (is_mine()) {
      auto begun = co_await begin_due(records::AfterKind::quick);
      if (begun) begun = co_await begin_due(records::AfterKind::summary);
      if (!begun) {
        base::log_warning("meetings", "What is to be done after meetings could not be looked at; that is tried again.",
                          {{"reason", begun.error().message()}});
      }
    }
    // The bell rings for every word that is said: ends that were not seen are found soon enough.
    (void)co_await stopping_.sleep(timing_.look_anyway / 10);
    (void)co_await wakeup_.wait(timing_.look_anyway);
  }
}

Task<Unit> Aftercare::begin_due(records::AfterKind kind) {
  auto look = [now = uses_.clock.unix_ms(), kind](store::Connection& c) -> Result<std::vector<MeetingId>> {
    return records::due_after(c, kind, now, kDueAtOnce);
  };
  CO_TRY(const auto due, co_await uses_.db.read(look));
  for (const auto id : due) {
    auto& under_way = under_way_[kind];
    if (under_way.size() >= (kind == records::AfterKind::quick ? kAfterAtOnce : kSummariesAtOnce)) break;
    if (under_way.insert(id).second) tasks_.spawn("after a meeting", look_after(id, kind));
  }
  co_return Unit{};
}

asio::awaitable<void> Aftercare::look_after(MeetingId meeting, records::AfterKind kind) {
  Result<Unit> done = Unit{};
  try {
    done = co_await do_tasks(meeting, kind);
  } catch (const std::exception& thrown) {
    done = Error(Errc::internal, thrown.what());
  }
  if (!done) {
    base::log_warning("meetings", "A meeting's end could not be followed up; that is tried again.",
                      {{"meeting", std::to_string(meeting)}, {"reason", done.error().message()}});
    (void)co_await stopping_.sleep(timing_.look_anyway);
  }
  under_way_[kind].erase(meeting);
  wakeup_.notify();
}

Task<Unit> Aftercare::do_tasks(MeetingId meeting, records::AfterKind kind) {
  struct Found {
    std::optional<records::Kept> kept{};
    std::vector<AfterRow> rows{};
  };
  auto look = [&](store::Connection& c) -> Result<Found> {
    return Found{.kept = records::find_meeting(c, meeting), .rows = records::after_of(c, meeting)};
  };
  CO_TRY(auto found, co_await uses_.db.read(look));
  if (!found.kept) co_return Unit{};
  for (auto& row : found.rows) {
    if (row.state != AfterState::waiting) continue;
    if (records::kind_of(row.task) != kind) co_return Unit{};
    if (!may_go_on() || !passes(AfterStep::looked)) co_return Unit{};
    CO_TRY(const auto became, co_await do_task(found.kept->meeting, std::move(row)));
    if (!passes(AfterStep::written)) co_return Unit{};
    uses_.bell.ring(meeting);
    // It waits: what comes behind it waits with it.
    if (became.state == AfterState::waiting) co_return Unit{};
  }
  co_return Unit{};
}

Task<AfterRow> Aftercare::do_task(Meeting meeting, AfterRow row) {
  auto became = co_await work(meeting, row);
  if (became || became.error().code() == Errc::unavailable) co_return became;
  const auto outcome = failed(meeting, std::move(row), became.error());
  const auto now = life::given(uses_.clock.unix_ms());
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!records::update_after(tx, outcome) || outcome.state != AfterState::failed) return Unit{};
    if (outcome.task == AfterTask::summary) summary::put_failed(tx, meeting.id, outcome.problem);
    // What could not be tidied is heard all the same: all that was acknowledged is there.
    if (outcome.task == AfterTask::recording) recordings::finish_recordings(tx, meeting.id, now.now);
    return life::remark(tx, meeting.id,
                        "after the end: " + std::string(to_string(outcome.task)) + " failed: " + outcome.problem, now);
  };
  CO_TRY(co_await uses_.db.write(write));
  co_return outcome;
}

Task<AfterRow> Aftercare::work(Meeting meeting, AfterRow row) {
  switch (row.task) {
    case AfterTask::transcript:
      co_return co_await finish_transcript(std::move(meeting), std::move(row));
    case AfterTask::digest:
      co_return co_await make_digest(std::move(meeting), std::move(row));
    case AfterTask::recording:
      co_return co_await finish_recording(std::move(meeting), std::move(row));
    case AfterTask::webhooks:
      co_return co_await tell_webhooks(std::move(meeting), std::move(row));
    case AfterTask::summary:
      co_return co_await sum_up(std::move(meeting), std::move(row));
  }
  co_return Error(Errc::internal, "There is no such task.");
}

AfterRow Aftercare::done(AfterRow row) const {
  row.state = AfterState::done;
  row.done_ms = uses_.clock.unix_ms();
  return row;
}

AfterRow Aftercare::failed(const Meeting& meeting, AfterRow row, const Error& error) const {
  row.tries += 1;
  row.problem = summary::beginning_of(error.message(), kMostProblem);
  const bool sums_up = row.task == AfterTask::summary;
  // A model that refuses would do so again.
  const bool for_good = sums_up && error.code() == Errc::forbidden;
  const bool was_last = row.tries >= (sums_up ? timing_.summary_tries : timing_.tries);
  const auto since_end = uses_.clock.unix_ms() - meeting.ended_ms.value_or(0);
  if (was_last && sums_up && error.code() == Errc::limit_exceeded && since_end < timing_.money_patience.count()) {
    row.due_ms = uses_.clock.unix_ms() + timing_.money_pause.count();
    return row;
  }
  if (for_good || was_last) {
    row.state = AfterState::failed;
    row.done_ms = uses_.clock.unix_ms();
    return row;
  }
  // Four times as long each time.
  row.due_ms = uses_.clock.unix_ms() + base::doubled(sums_up ? timing_.summary_retry : timing_.first_retry,
                                                     2 * (row.tries - 1), timing_.longest_retry)
                                           .count();
  return row;
}

Task<AfterRow> Aftercare::finish_transcript(Meeting meeting, AfterRow row) {
  CO_TRY(const auto sessions, co_await uses_.transcripts.sessions(meeting.id));
  const auto until = meeting.ended_ms.value_or(0) + timing_.late_words.count();
  const auto now = uses_.clock.unix_ms();
  std::vector<std::string> open;
  for (const auto& session : sessions) {
    if (!session.ended_ms) open.push_back(session.uid);
  }
  if (!open.empty() && now < until && until - now <= timing_.late_words.count()) {
    row.due_ms = std::min(until, now + timing_.look_for_words.count());
  } else {
    for (const auto& uid : open) {
      const auto closed = co_await uses_.transcripts.close_session(meeting.id, uid);
      // It was deleted, or has been closed for long.
      if (!closed && closed.error().code() != Errc::not_found && closed.error().code() != Errc::conflict) {
        co_return Error(closed.error());
      }
    }
    row = done(std::move(row));
  }
  if (!passes(AfterStep::worked)) co_return Error(Errc::unavailable, "The program ends.");
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    records::update_after(tx, row);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  co_return row;
}

Task<AfterRow> Aftercare::make_digest(Meeting meeting, AfterRow row) {
  CO_TRY(const auto all, co_await uses_.transcripts.read(meeting.id, 0, kWholeTranscript));
  const auto digest = digest_of(all.items);
  if (!passes(AfterStep::worked)) co_return Error(Errc::unavailable, "The program ends.");
  row = done(std::move(row));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!records::update_after(tx, row)) return Unit{};
    return put_digest(tx, meeting.id, digest);
  };
  CO_TRY(co_await uses_.db.write(write, {.savepoint = true}));
  co_return row;
}

Task<AfterRow> Aftercare::finish_recording(Meeting meeting, AfterRow row) {
  if (uses_.recordings) {
    // A disk that fails is a failure of this task: what comes behind it goes on without the recording.
    auto tidied = co_await uses_.recordings->tidy(meeting.id);
    if (!tidied) co_return Error(Errc::internal, tidied.error().message(), tidied.error().detail());
  }
  if (!passes(AfterStep::worked)) co_return Error(Errc::unavailable, "The program ends.");
  row = done(std::move(row));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (records::update_after(tx, row)) recordings::finish_recordings(tx, meeting.id, *row.done_ms);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write, {.savepoint = true}));
  co_return row;
}

Task<AfterRow> Aftercare::tell_webhooks(Meeting meeting, AfterRow row) {
  if (!passes(AfterStep::worked)) co_return Error(Errc::unavailable, "The program ends.");
  row = done(std::move(row));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (!records::update_after(tx, row)) return Unit{};
    auto kept = records::find_meeting(tx, meeting.id);
    if (!kept) return Unit{};
    // A transcript that cannot be read is no reason not to tell of the end: then no names are in it.
    auto digest = find_digest(tx, meeting.id).value_or(std::nullopt);
    const auto opened = transcripts::vault_of(tx, meeting.id);
    if (!opened) digest.reset();
    const auto* vault = opened && *opened ? &**opened : nullptr;
    hooks::tell_end(tx,
                    {.meeting = kept->meeting,
                     .container = kept->attempt ? kept->attempt->container : std::string(),
                     .digest = std::move(digest),
                     .recordings = records::recordings_of(tx, meeting.id)},
                    vault, *row.done_ms);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write, {.savepoint = true}));
  co_return row;
}

}  // namespace troupe::meetings::after
