#include "runtime/kubernetes/kube_cluster.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/encoding.h"
#include "runtime/cluster/json_read.h"
#include "runtime/kubernetes/kube_reading.h"
#include "runtime/kubernetes/kube_watch.h"

namespace troupe::runtime::kubernetes {
namespace {

using boost::json::object;
using boost::json::value;
using cluster::text_at;
using std::chrono::milliseconds;

constexpr std::size_t kLogBytesAtOnce = 8 * 1024 * 1024;

bool is_missing(const Error& error) { return error.code() == Errc::not_found; }

std::string member_of(const TaskHandle& handle, std::string_view name) {
  return std::string(text_at(value(handle.state), {name}));
}

bool is_run(const value& found, const TaskHandle& handle) {
  return text_at(found, {"metadata", "annotations", kRunNote}) == handle.run &&
         text_at(found, {"metadata", "annotations", kTaskNote}) == handle.task_id;
}

/// At least one second: with 0 the API forgets the pod at once, whether its machine has ended it or not.
std::int64_t whole_seconds(milliseconds grace) {
  return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(grace).count());
}

}  // namespace

KubernetesCluster::KubernetesCluster(std::shared_ptr<net::client::HttpClient> http, Options options)
    : api_(std::make_shared<cluster::ApiClient>(
          std::move(http), cluster::ApiClient::Options{.title = "Kubernetes",
                                                       .base_url = options.server,
                                                       .credential =
                                                           [token = options.token] {
                                                             const auto held = token();
                                                             return std::pair<std::string, std::string>(
                                                                 "Authorization",
                                                                 held.empty() ? held : "Bearer " + held);
                                                           }})),
      options_(std::move(options)) {}

Capabilities KubernetesCluster::capabilities() const {
  return {.programs = true, .logs = true, .adopts = true, .shared = true, .sandbox = Sandbox::container};
}

std::string KubernetesCluster::jobs() const {
  return "/apis/batch/v1/namespaces/" + base::percent_encode(options_.name_space) + "/jobs";
}
/// Never empty: a DELETE of the collection's own path would delete every Job of the namespace.
std::string KubernetesCluster::name_of(const TaskHandle& handle) const {
  auto name = member_of(handle, "job");
  return name.empty() ? job_name(handle.task_id, options_.instance) : name;
}
std::string KubernetesCluster::job(const TaskHandle& handle) const {
  return jobs() + "/" + base::percent_encode(name_of(handle));
}
std::string KubernetesCluster::core(std::string_view kind) const {
  return "/api/v1/namespaces/" + base::percent_encode(options_.name_space) + "/" + std::string(kind);
}

Task<std::string> KubernetesCluster::version() {
  CO_TRY(const auto version, co_await api_->ask({.target = "/version"}));
  co_return std::string(text_at(version, {"gitVersion"}));
}

std::unique_ptr<cluster::Watch> KubernetesCluster::watch() {
  return std::make_unique<PodWatch>(
      api_,
      PodWatch::Places{
          .jobs = jobs(), .pods = core("pods"), .instance = options_.instance, .stream_time = options_.stream_time});
}

Task<Unit> KubernetesCluster::add_secret(cluster::Order order, std::string uid) {
  cluster::Call call{.method = "POST", .target = core("secrets"), .body = secret_of(order, options_.instance, uid)};
  const auto added = co_await api_->send(std::move(call));
  // A conflict: a try whose answer was lost. The name is this run's.
  if (!added && added.error().code() != Errc::conflict) co_return std::unexpected(added.error());
  co_return Unit{};
}

Task<object> KubernetesCluster::submit(cluster::Order order) {
  cluster::Call call{.method = "POST", .target = jobs(), .body = job_of(order, options_.instance)};
  auto made = co_await api_->ask(std::move(call));
  const auto name = job_name(order.spec.id, options_.instance);
  const TaskHandle handle{.task_id = order.spec.id, .run = order.run, .state = {{"job", name}}};
  if (!made && made.error().code() == Errc::conflict) {
    made = co_await api_->ask({.target = job(handle)});
    if (made && !is_run(*made, handle)) co_return Error(Errc::conflict, "The task " + order.spec.id + " runs already.");
  }
  CO_TRY(const auto found, std::move(made));
  const std::string uid(text_at(found, {"metadata", "uid"}));
  if (!order.spec.secrets.empty()) {
    CO_TRY(co_await add_secret(std::move(order), uid));
    cluster::Call go{.method = "PATCH",
                     .target = job(handle),
                     .body = object{{"spec", {{"suspend", false}}}},
                     .content_type = "application/merge-patch+json"};
    CO_TRY(co_await api_->send(std::move(go)));
  }
  co_return object{{"job", name}, {"uid", uid}};
}

Task<std::vector<value>> KubernetesCluster::pods_of(TaskHandle handle) {
  const auto selector =
      std::string(kInstanceLabel) + "=" + options_.instance + "," + std::string(kJobLabel) + "=" + name_of(handle);
  cluster::Call call{.target = core("pods") + "?labelSelector=" + base::percent_encode(selector)};
  CO_TRY(const auto listed, co_await api_->ask(std::move(call)));
  std::vector<value> pods;
  for (const auto& pod : cluster::array_at(listed, {"items"})) {
    if (is_run(pod, handle)) pods.push_back(pod);
  }
  std::ranges::sort(pods, {},
                    [](const value& pod) { return std::string(text_at(pod, {"metadata", "creationTimestamp"})); });
  co_return pods;
}

/// Pods say why themselves; without one there is a quota, or a controller that does not work.
Task<std::string> KubernetesCluster::why_waiting(TaskHandle handle) {
  CO_TRY(const auto pods, co_await pods_of(std::move(handle)));
  co_return pods.empty() ? std::string("Kubernetes has made no pod for it; a quota may forbid it") : std::string();
}

/// The pod, not the Job: the Job would take it along before it has said how it ended.
Task<Unit> KubernetesCluster::end(TaskHandle handle, milliseconds grace) {
  CO_TRY(const auto pods, co_await pods_of(handle));
  if (pods.empty()) co_return co_await delete_job(std::move(handle));
  for (const auto& pod : pods) {
    const auto name = text_at(pod, {"metadata", "name"});
    if (name.empty()) co_return Error(Errc::internal, "Kubernetes lists a pod without a name");
    cluster::Call call{
        .method = "DELETE",
        .target = core("pods/" + base::percent_encode(name)),
        .body = object{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"gracePeriodSeconds", whole_seconds(grace)}}};
    const auto deleted = co_await api_->send(std::move(call));
    if (!deleted && !is_missing(deleted.error())) co_return std::unexpected(deleted.error());
  }
  co_return Unit{};
}

/// Without a propagation policy the API would leave the pods alive.
Task<Unit> KubernetesCluster::delete_job(TaskHandle handle) {
  object options{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Foreground"}};
  if (const auto uid = member_of(handle, "uid"); !uid.empty()) options["preconditions"] = object{{"uid", uid}};
  cluster::Call call{.method = "DELETE", .target = job(handle), .body = std::move(options)};
  const auto deleted = co_await api_->send(std::move(call));
  // A conflict: the name is another run's by now.
  if (!deleted && !is_missing(deleted.error()) && deleted.error().code() != Errc::conflict)
    co_return std::unexpected(deleted.error());
  co_return Unit{};
}

Task<Unit> KubernetesCluster::remove(TaskHandle handle) {
  CO_TRY(co_await delete_job(handle));
  const auto until = std::chrono::steady_clock::now() + options_.remove_patience;
  while (true) {
    const auto found = co_await api_->ask({.target = job(handle)});
    if (!found && !is_missing(found.error())) co_return std::unexpected(found.error());
    if (!found || !is_run(*found, handle)) {
      CO_TRY(const auto pods, co_await pods_of(handle));
      if (pods.empty()) co_return Unit{};
    }
    if (std::chrono::steady_clock::now() >= until) {
      co_return Error(Errc::timed_out, "Kubernetes has not removed the task " + handle.task_id + " yet.");
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, options_.look_again);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<bool> KubernetesCluster::is_gone(TaskHandle handle) {
  const auto found = co_await api_->ask({.target = job(handle)});
  if (!found && !is_missing(found.error())) co_return std::unexpected(found.error());
  if (found && is_run(*found, handle) && !is_over(*found)) co_return false;
  CO_TRY(const auto pods, co_await pods_of(std::move(handle)));
  co_return pods.empty();
}

Task<Unit> KubernetesCluster::signal(TaskHandle, int) {
  co_return Error(Errc::unsupported, "The task driver 'kubernetes' sends no signals.");
}

Task<cluster::LogPiece> KubernetesCluster::log(TaskHandle handle, object place) {
  CO_TRY(const auto pods, co_await pods_of(std::move(handle)));
  if (pods.empty()) co_return cluster::LogPiece{.place = std::move(place)};
  const auto name = text_at(pods.back(), {"metadata", "name"});
  if (text_at(value(place), {"pod"}) != name) place = object{{"pod", name}};
  auto target = core("pods/" + base::percent_encode(name)) + "/log?container=" + std::string(kContainer) +
                "&timestamps=true&limitBytes=" + std::to_string(kLogBytesAtOnce);
  const std::string last(text_at(value(place), {"last"}));
  if (!last.empty()) target += "&sinceTime=" + base::percent_encode(last.substr(0, last.find('.')) + "Z");
  auto asking = api_->send({.target = std::move(target)});
  const auto response = co_await std::move(asking);
  if (!response) {
    // 400: the container has not begun; 404: the pod is gone, and its log with it.
    const auto code = response.error().code();
    if (code != Errc::invalid_param && code != Errc::not_found) co_return std::unexpected(response.error());
    co_return cluster::LogPiece{.place = std::move(place)};
  }
  cluster::LogPiece piece{.place = std::move(place)};
  piece.lines = new_lines(response->body, piece.place);
  co_return piece;
}

}  // namespace troupe::runtime::kubernetes
