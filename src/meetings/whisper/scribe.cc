#include "meetings/whisper/scribe.h"

#include <algorithm>

#include "base/log.h"
#include "base/retry.h"

namespace troupe::meetings::whisper {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
constexpr milliseconds kScribeLook{1'000};

bool is_bad(Errc code) { return code == Errc::invalid_param || code == Errc::too_large; }

/// Whether it helps to say it again.
bool may_pass(Errc code) {
  switch (code) {
    case Errc::not_found:
    case Errc::conflict:
    case Errc::limit_exceeded:
      return false;
    default:
      return true;
  }
}

}  // namespace

Scribe::Scribe(Record& record, MeetingId meeting, std::string uid, asio::any_io_executor executor, Options options,
               std::function<asio::awaitable<void>(std::vector<Speech>)> stored, std::function<bool()> may_close)
    : record_(record),
      meeting_(meeting),
      uid_(std::move(uid)),
      options_(options),
      stored_(std::move(stored)),
      may_close_(std::move(may_close)),
      changed_(std::move(executor)) {}

void Scribe::say(std::vector<Speech> pieces) {
  if (refused_) return;
  for (auto& piece : pieces) {
    const auto same = std::ranges::find(pieces_, piece.segment_id, &Speech::segment_id);
    if (same != pieces_.end()) {
      *same = std::move(piece);
    } else {
      pieces_.push_back(std::move(piece));
    }
  }
  for (; pieces_.size() > kMostPieces; pieces_.pop_front()) ++lost_;
  changed_.notify();
}

void Scribe::say(SpeakerEvent event) {
  if (refused_) return;
  if (events_full_) {
    ++lost_;
    return;
  }
  events_.push_back(std::move(event));
  for (; events_.size() > kMostEvents; events_.pop_front()) ++lost_;
  changed_.notify();
}

void Scribe::end() {
  ended_ = true;
  changed_.notify();
}

void Scribe::drop_all() {
  lost_ += static_cast<std::int64_t>(pieces_.size() + events_.size());
  pieces_.clear();
  events_.clear();
}

Task<Unit> Scribe::write_some() {
  if (!events_.empty()) {  // before the pieces, so that those find out who speaks
    auto event = std::move(events_.front());
    events_.pop_front();
    auto told = co_await record_.speaker(meeting_, uid_, event);
    if (!told && told.error().code() == Errc::limit_exceeded) {  // words are still taken
      base::log_warning("meetings", "no more speakers are noted",
                        {{"meeting", meeting_}, {"why", told.error().message()}});
      events_full_ = true;
      lost_ += 1 + std::ssize(events_);
      events_.clear();
      co_return Unit{};
    }
    if (!told && is_bad(told.error().code())) {
      ++lost_;
    } else if (!told) {
      events_.push_front(std::move(event));
    }
    co_return told;
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(kAtOnce, pieces_.size()));
  std::vector<Speech> some(pieces_.begin(), pieces_.begin() + count);
  pieces_.erase(pieces_.begin(), pieces_.begin() + count);
  auto stored = co_await record_.hear(meeting_, uid_, some);
  if (!stored && is_bad(stored.error().code())) {
    lost_ += count;  // for one that is bad the others are not held up for ever
  } else if (!stored) {
    // What was said of a piece meanwhile holds.
    for (auto one = some.rbegin(); one != some.rend(); ++one) {
      if (std::ranges::find(pieces_, one->segment_id, &Speech::segment_id) == pieces_.end()) pieces_.push_front(*one);
    }
  }
  if (!stored) co_return stored;
  co_await stored_(std::move(some));
  co_return Unit{};
}

asio::awaitable<void> Scribe::run() {
  std::int64_t failures = 0;
  std::optional<Clock::time_point> finish;
  for (;;) {
    if (ended_ && !finish) finish = Clock::now() + options_.finish;
    if (pieces_.empty() && events_.empty()) {
      if (ended_) break;
      static_cast<void>(co_await changed_.wait(kScribeLook));
      continue;
    }
    const auto written = co_await write_some();
    if (written) {
      failures = 0;
      continue;
    }
    base::log_warning(
        "meetings", "what was said could not be stored",
        {{"meeting", meeting_}, {"why", written.error().message()}, {"detail", written.error().detail()}});
    if (!may_pass(written.error().code())) {
      refused_ = true;
      drop_all();
      break;
    }
    if (is_bad(written.error().code())) continue;
    if (finish && Clock::now() >= *finish) {
      drop_all();
      break;
    }
    const auto until = Clock::now() + base::doubled(options_.first_pause, failures++, options_.longest_pause);
    while (Clock::now() < until && !(finish && Clock::now() >= *finish)) {
      if (ended_ && !finish) finish = Clock::now() + options_.finish;
      const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
      static_cast<void>(co_await changed_.wait(std::clamp(left, milliseconds(1), kScribeLook)));
    }
  }
  if (lost_ > 0) base::log_error("meetings", "words were lost", {{"meeting", meeting_}, {"pieces", lost_}});
  // Also after a refusal, and before the end: the session's words change no more.
  if (!refused_ && may_close_()) {
    const auto closed = co_await record_.close(meeting_, uid_);
    if (!closed) {
      base::log_warning("meetings", "a session was not closed",
                        {{"meeting", meeting_}, {"why", closed.error().message()}});
    }
  }
}

}  // namespace troupe::meetings::whisper
