#include "host/jobs.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

#include "base/log.h"
#include "base/mutex.h"

namespace troupe::host {
namespace {

constexpr double kJitter = 0.05;
constexpr std::chrono::milliseconds kShortestWait{1};
constexpr std::chrono::milliseconds kLastPatience{10'000};
/// A job that fails each second for the same reason says so each minute.
constexpr std::chrono::minutes kSameReasonAgain{1};

std::chrono::milliseconds with_jitter(std::chrono::milliseconds every) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> factor(1 - kJitter, 1 + kJitter);
  const auto wait = std::chrono::duration<double, std::milli>(static_cast<double>(every.count()) * factor(random));
  return std::max(kShortestWait, std::chrono::round<std::chrono::milliseconds>(wait));
}

/// One round of the job; no exception leaves.
Task<Unit> guarded(const Job& job) {
  std::string what;
  try {
    co_return co_await job.run();
  } catch (const std::exception& error) {
    what = error.what();
  }
  co_return Error(Errc::internal, "The job threw.", what);
}

}  // namespace

/// A job and its timer, which belongs to the job's executor.
struct Jobs::Round {
  Round(Job description, asio::any_io_executor on, base::MetricRegistry& metrics)
      : job(std::move(description)),
        timer(on),
        done(metrics.counter("troupe_host_jobs_total", "Rounds of repeating jobs", {"job", "outcome"})
                 .with({job.name, "done"})),
        failed(metrics.counter("troupe_host_jobs_total", "Rounds of repeating jobs", {"job", "outcome"})
                   .with({job.name, "failed"})),
        seconds(metrics.histogram("troupe_host_job_seconds", "Duration of a round", {"job"}).with({job.name})) {}
  Job job;
  asio::steady_timer timer;
  base::Counter& done;
  base::Counter& failed;
  base::Histogram& seconds;
  std::atomic<bool> ended{false};
  // Of the round's own coroutine alone: why it failed when that was told last.
  std::string told;
  std::chrono::steady_clock::time_point told_at;
};

/// Outlives the Jobs object while a round that did not end in time still runs.
struct Jobs::Shared {
  std::vector<std::shared_ptr<Round>> rounds;
  const Lease* lease = nullptr;
  std::atomic<bool> stopping{false};
  bool started = false;
  base::Mutex mutex;  ///< a round's end is told under it, so that whoever waits misses none
  base::Condition ended;
};

Jobs::Jobs(std::vector<Job> jobs, std::function<asio::any_io_executor()> executor_for_next,
           base::MetricRegistry& metrics, const Lease* lease)
    : shared_(std::make_shared<Shared>()) {
  shared_->lease = lease;
  for (auto& job : jobs) {
    shared_->rounds.push_back(std::make_shared<Round>(std::move(job), executor_for_next(), metrics));
  }
}

Jobs::~Jobs() { stop(kLastPatience); }

void Jobs::start() {
  if (std::exchange(shared_->started, true)) return;
  for (const auto& round : shared_->rounds) {
    asio::co_spawn(round->timer.get_executor(), loop(shared_, round), [shared = shared_, round](std::exception_ptr) {
      const base::Lock lock(shared->mutex);
      round->ended = true;
      shared->ended.notify_all();
    });
  }
}

bool Jobs::stop(std::chrono::milliseconds patience) {
  if (!shared_->started) return true;
  shared_->stopping = true;
  for (const auto& round : shared_->rounds) {
    if (round->ended) continue;
    asio::post(round->timer.get_executor(), [round] { round->timer.cancel(); });
  }
  const auto all_ended = [&] {
    return std::ranges::all_of(shared_->rounds, [](const auto& round) { return round->ended.load(); });
  };
  base::Lock lock(shared_->mutex);
  if (shared_->ended.wait_for(lock, patience, all_ended)) return true;
  for (const auto& round : shared_->rounds) {
    if (!round->ended) base::log_warning("host", "a job did not end in time", {{"job", round->job.name}});
  }
  return false;
}

asio::awaitable<void> Jobs::loop(std::shared_ptr<Shared> shared, std::shared_ptr<Round> round) {
  while (!shared->stopping) {
    boost::system::error_code cancelled;
    round->timer.expires_after(with_jitter(round->job.every));
    // stop() sets the flag before it cancels: a cancel that came too early is seen here.
    if (shared->stopping) co_return;
    co_await round->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (shared->stopping) co_return;
    if (round->job.singleton && shared->lease && !shared->lease->held()) continue;
    const auto start = std::chrono::steady_clock::now();
    auto outcome = co_await guarded(round->job);
    round->seconds.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (outcome) {
      round->done.add();
      continue;
    }
    round->failed.add();
    const auto reason = outcome.error().message() + "\n" + outcome.error().detail();
    const auto now = std::chrono::steady_clock::now();
    if (reason == round->told && now - round->told_at < kSameReasonAgain) continue;
    round->told = reason;
    round->told_at = now;
    base::log_error(
        "host", "a job failed",
        {{"job", round->job.name}, {"error", outcome.error().message()}, {"detail", outcome.error().detail()}});
  }
}

}  // namespace troupe::host
