#include "runtime/kubernetes/kube_watch.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "runtime/cluster/json_read.h"
#include "runtime/kubernetes/kube_job.h"
#include "runtime/kubernetes/kube_reading.h"

namespace troupe::runtime::kubernetes {
namespace {

using boost::json::value;
using cluster::Sighting;
using cluster::text_at;
using std::chrono::milliseconds;

constexpr std::size_t kMostEventBytes = 4 * 1024 * 1024;
constexpr std::int64_t kGone = 410;

}  // namespace

/// Shared by the watch and its stream, which may outlive it for a moment.
struct PodWatch::Feed {
  Feed(std::shared_ptr<cluster::ApiClient> to, Places where) : api(std::move(to)), places(std::move(where)) {}

  std::string selector() const {
    return "labelSelector=" + base::percent_encode(std::string(kInstanceLabel) + "=" + places.instance);
  }
  void take_pod(const value& pod, bool deleted) {
    const std::string name(text_at(pod, {"metadata", "name"}));
    auto seen = sighting_of_pod(pod, places.instance, deleted);
    if (!seen) return;
    if (!deleted) {
      pods[name] = *std::move(seen);
      return;
    }
    gone.push_back(*std::move(seen));  // told once more: how it ended may stand there for the first time
    pods.erase(name);
  }
  /// One line of the stream. False: it is of no use any more.
  bool take_event(std::string_view line) {
    boost::system::error_code broken;
    const auto event = boost::json::parse(line, broken);
    const auto* object = broken ? nullptr : cluster::find_at(event, {"object"});
    if (!object) {
      failure = Error(Errc::internal, "Kubernetes' watch said something that is no event");
      return false;
    }
    const auto type = text_at(event, {"type"});
    if (type == "ERROR") {
      if (cluster::number_at(*object, {"code"}) == kGone) {
        listed = false;
      } else {
        failure = Error(Errc::unavailable, "Kubernetes ended the watch: " + std::string(text_at(*object, {"message"})));
      }
      return false;
    }
    if (const auto at = text_at(*object, {"metadata", "resourceVersion"}); !at.empty()) version = at;
    if (type == "BOOKMARK") return true;
    take_pod(*object, type == "DELETED");
    changed = true;
    return true;
  }
  bool take_bytes(std::string_view bytes) {
    if (closed) return false;
    rest += bytes;
    std::size_t from = 0;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', from)) {
      const auto line = std::string_view(rest).substr(from, end - from);
      from = end + 1;
      if (!line.empty() && !take_event(line)) return false;
    }
    rest.erase(0, from);
    if (rest.size() > kMostEventBytes) failure = Error(Errc::too_large, "Kubernetes' watch said too much at once");
    if (changed && waiter) waiter->cancel();
    return !failure;
  }
  std::vector<Sighting> snapshot() {
    std::vector<Sighting> all;
    // A run that has been replaced after its machine was drained has two pods: the living one counts.
    std::map<std::string, std::size_t> by_run;
    const auto add = [&](const Sighting& seen) {
      const auto [it, fresh] = by_run.try_emplace(seen.run, all.size());
      if (fresh) {
        all.push_back(seen);
      } else if (all[it->second].phase == Sighting::Phase::ended && seen.phase != Sighting::Phase::ended) {
        all[it->second] = seen;
      }
    };
    for (const auto& seen : gone) {
      if (!seen.unknown_end) add(seen);
    }
    for (const auto& [name, seen] : pods) add(seen);
    for (const auto& seen : gone) add(seen);
    // Its controller notes a Job's end some seconds after its pod's: a Job that is not over yet says nothing against a
    // pod that has told how it ended.
    for (const auto& seen : jobs) {
      const auto it = by_run.find(seen.run);
      if (it == by_run.end() || all[it->second].unknown_end) add(seen);
    }
    gone.clear();
    jobs.clear();
    changed = false;
    return all;
  }

  std::shared_ptr<cluster::ApiClient> api;
  Places places;
  std::map<std::string, Sighting> pods;
  std::vector<Sighting> gone;  ///< pods that were deleted since the last snapshot
  std::vector<Sighting> jobs;  ///< of a list alone
  std::string version;
  std::string rest;
  bool listed = false;
  bool stream_ended = false;       ///< by itself: a list is to be compared
  std::set<std::string> absent{};  ///< pods that the last such list lacked
  bool streaming = false;
  bool changed = false;
  bool closed = false;
  std::optional<Error> failure;
  asio::steady_timer* waiter = nullptr;
};

PodWatch::PodWatch(std::shared_ptr<cluster::ApiClient> api, Places places)
    : feed_(std::make_shared<Feed>(std::move(api), std::move(places))) {}
PodWatch::~PodWatch() { feed_->closed = true; }

Task<Unit> PodWatch::list(std::shared_ptr<Feed> feed) {
  CO_TRY(const auto pods, co_await feed->api->ask({.target = feed->places.pods + "?" + feed->selector()}));
  CO_TRY(const auto jobs, co_await feed->api->ask({.target = feed->places.jobs + "?" + feed->selector()}));
  feed->pods.clear();
  for (const auto& pod : cluster::array_at(pods, {"items"})) feed->take_pod(pod, false);
  feed->jobs.clear();
  for (const auto& job : cluster::array_at(jobs, {"items"})) {
    if (auto seen = sighting_of_job(job, feed->places.instance)) feed->jobs.push_back(*std::move(seen));
  }
  feed->version = text_at(pods, {"metadata", "resourceVersion"});
  if (feed->version.empty()) co_return Error(Errc::internal, "Kubernetes' list of pods has no version");
  feed->listed = true;
  feed->stream_ended = false;
  feed->absent.clear();
  feed->changed = true;
  co_return Unit{};
}

/// A list may be ahead of the stream: a pod that it lacks may have its last event under way. One that it lacks twice
/// has none.
Task<Unit> PodWatch::compare(std::shared_ptr<Feed> feed) {
  CO_TRY(const auto listed, co_await feed->api->ask({.target = feed->places.pods + "?" + feed->selector()}));
  std::set<std::string> there;
  for (const auto& pod : cluster::array_at(listed, {"items"})) {
    there.emplace(text_at(pod, {"metadata", "name"}));
    feed->take_pod(pod, false);
  }
  const auto before = std::exchange(feed->absent, {});
  std::erase_if(feed->pods, [&](const auto& pod) { return !there.contains(pod.first) && before.contains(pod.first); });
  for (const auto& [name, seen] : feed->pods) {
    if (!there.contains(name)) feed->absent.insert(name);
  }
  feed->stream_ended = false;
  feed->changed = true;
  co_return Unit{};
}

asio::awaitable<void> PodWatch::stream(std::shared_ptr<Feed> feed) {
  feed->rest.clear();
  cluster::Call call{.target =
                         feed->places.pods + "?" + feed->selector() +
                         "&watch=true&allowWatchBookmarks=true&resourceVersion=" + base::percent_encode(feed->version) +
                         "&timeoutSeconds=" + std::to_string(feed->places.stream_time.count())};
  call.patience += feed->places.stream_time;
  auto streaming =
      feed->api->stream(std::move(call), [feed](std::string_view bytes) { return feed->take_bytes(bytes); });
  const auto ended = co_await std::move(streaming);
  feed->streaming = false;
  const bool too_old = !ended && ended.error().message().find(" answered 410") != std::string::npos;
  if (ended) {
    feed->stream_ended = true;
  } else if (too_old) {
    feed->listed = false;
  } else if (!feed->failure && feed->listed) {
    feed->failure = ended.error();
  }
  if (feed->waiter) feed->waiter->cancel();
}

Task<std::vector<Sighting>> PodWatch::next(milliseconds patience) {
  const auto feed = feed_;
  const auto executor = co_await asio::this_coro::executor;
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!feed->changed && feed->listed && !feed->stream_ended && !feed->failure &&
         std::chrono::steady_clock::now() < until) {
    if (!feed->streaming) {
      feed->streaming = true;
      asio::co_spawn(executor, stream(feed), [feed](std::exception_ptr thrown) {
        if (!thrown) return;
        feed->streaming = false;
        feed->failure = Error(Errc::internal, "the watch of Kubernetes' pods broke down");
        if (feed->waiter) feed->waiter->cancel();
      });
    }
    asio::steady_timer timer(executor, until);
    feed->waiter = &timer;
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    feed->waiter = nullptr;
  }
  if (feed->failure) co_return std::unexpected(*feed->failure);
  if (!feed->listed) {
    CO_TRY(co_await list(feed));
  } else if (feed->stream_ended && !feed->changed) {
    CO_TRY(co_await compare(feed));
  }
  co_return feed->snapshot();
}

}  // namespace troupe::runtime::kubernetes
