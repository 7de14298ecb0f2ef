#include "runtime/nomad/nomad_cluster.h"

#include <charconv>
#include <csignal>
#include <cstring>

#include <boost/json/parse.hpp>

#include "base/encoding.h"
#include "runtime/cluster/json_read.h"
#include "runtime/nomad/nomad_reading.h"

namespace troupe::runtime::nomad {
namespace {

using boost::json::value;
using cluster::number_at;
using cluster::text_at;
using std::chrono::milliseconds;

std::string job_of(const TaskHandle& handle) { return std::string(text_at(boost::json::value(handle.state), {"job"})); }

/// "SIGTERM"; empty: there is none of this number.
std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? std::string("SIG") + name : std::string();
}

std::uint64_t index_of(const net::client::ClientResponse& response) {
  const auto text = response.headers.get("X-Nomad-Index");
  std::uint64_t index = 0;
  std::from_chars(text.data(), text.data() + text.size(), index);
  return index;
}

bool is_missing(const Error& error) { return error.code() == Errc::not_found; }

/// Whole lines from the text; the rest stays for the next look. Yields how many bytes were taken.
std::size_t cut_lines(std::string_view text, bool all, LogSource source, std::vector<LogLine>& lines) {
  const auto now = base::system_clock().unix_ms();
  std::size_t taken = 0;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', taken)) {
    lines.push_back({.at = now, .source = source, .text = std::string(text.substr(taken, end - taken))});
    taken = end + 1;
  }
  if (all && taken < text.size()) {
    lines.push_back({.at = now, .source = source, .text = std::string(text.substr(taken))});
    taken = text.size();
  }
  return taken;
}

}  // namespace

/// Blocking queries. `cluster` outlives it, as whoever holds the watch holds the cluster.
class NomadCluster::AllocationWatch final : public cluster::Watch {
 public:
  explicit AllocationWatch(NomadCluster& cluster) : cluster_(cluster) {}
  Task<std::vector<cluster::Sighting>> next(milliseconds patience) override {
    const auto& place = cluster_.options_.place;
    const auto filter = base::percent_encode("JobID matches \"^" + place.prefix() + "\"");
    std::string query = "task_states=true&filter=" + filter;
    if (index_ > 0 && patience > milliseconds(0)) {
      query += "&index=" + std::to_string(index_) + "&wait=" + std::to_string(patience.count()) + "ms";
    }
    cluster::Call call{.target = cluster_.target("/v1/allocations", query)};
    call.patience += patience + patience / 16;  // Nomad adds up to a sixteenth
    auto asking = cluster_.api_->send(std::move(call));
    CO_TRY(const auto response, co_await std::move(asking));
    boost::system::error_code broken;
    auto allocations = boost::json::parse(response.body, broken);
    if (broken || !allocations.is_array()) co_return Error(Errc::internal, "Nomad lists no allocations");
    // An index that goes back is one of a server that was set up anew: from the beginning then.
    const auto index = index_of(response);
    index_ = index < index_ ? 0 : index;
    CO_TRY(const auto jobs,
           co_await cluster_.ask("/v1/jobs", "meta=true&prefix=" + base::percent_encode(place.prefix())));
    if (!jobs.is_array()) co_return Error(Errc::internal, "Nomad lists no jobs");
    CO_TRY(co_await add_late(jobs, &allocations.as_array()));
    co_return sightings_of(jobs, allocations, place.instance);
  }

 private:
  /// The two lists are of two moments: what was placed and ended between them is asked for by itself.
  Task<Unit> add_late(value jobs, boost::json::array* allocations) {
    std::set<std::string> unplaced;
    for (auto& id : dead_without_allocation(jobs, *allocations, cluster_.options_.place.instance)) {
      if (!unplaced_.contains(id)) {
        auto found = co_await cluster_.ask(job_path(id) + "/allocations");
        if (!found && !is_missing(found.error())) co_return std::unexpected(found.error());
        const auto* late = found ? found->if_array() : nullptr;
        if (late && !late->empty()) {
          allocations->insert(allocations->end(), late->begin(), late->end());
          continue;
        }
      }
      unplaced.insert(std::move(id));
    }
    unplaced_ = std::move(unplaced);
    co_return Unit{};
  }

  NomadCluster& cluster_;
  std::uint64_t index_ = 0;
  std::set<std::string> unplaced_;  ///< dead jobs that are known to have had no allocation
};

NomadCluster::NomadCluster(std::shared_ptr<net::client::HttpClient> http, Options options)
    : api_(std::make_shared<cluster::ApiClient>(
          std::move(http), cluster::ApiClient::Options{.title = "Nomad",
                                                       .base_url = options.address,
                                                       .credential =
                                                           [token = options.token] {
                                                             return std::pair<std::string, std::string>("X-Nomad-Token",
                                                                                                        token);
                                                           }})),
      options_(std::move(options)) {}
NomadCluster::~NomadCluster() = default;

Capabilities NomadCluster::capabilities() const {
  return {
      .programs = true, .signals = true, .logs = true, .adopts = true, .shared = true, .sandbox = Sandbox::container};
}

std::string NomadCluster::target(std::string path, std::string_view query) const {
  path += "?namespace=" + base::percent_encode(options_.place.name_space);
  if (!options_.region.empty()) path += "&region=" + base::percent_encode(options_.region);
  if (!query.empty()) path += "&" + std::string(query);
  return path;
}

/// The id of a dispatched job holds a slash.
std::string NomadCluster::job_path(std::string_view job) { return "/v1/job/" + base::percent_encode(job); }

Task<value> NomadCluster::ask(std::string path, std::string query) {
  co_return co_await api_->ask({.target = target(std::move(path), query)});
}

std::unique_ptr<cluster::Watch> NomadCluster::watch() { return std::make_unique<AllocationWatch>(*this); }

Task<std::string> NomadCluster::version() {
  CO_TRY(const auto self, co_await ask("/v1/agent/self"));
  co_return std::string(text_at(self, {"config", "Version", "Version"}));
}

Task<Unit> NomadCluster::register_parent(boost::json::object job, std::string id) {
  cluster::Call call{.method = "PUT", .target = target("/v1/jobs"), .body = std::move(job)};
  CO_TRY(co_await api_->send(std::move(call)));
  registered_.insert(std::move(id));
  co_return Unit{};
}

Task<boost::json::object> NomadCluster::submit(cluster::Order order) {
  auto parent = parameterised_job(order.spec, options_.place);
  const auto id = std::string(parent.at("Job").at("ID").as_string());
  if (!registered_.contains(id)) CO_TRY(co_await register_parent(parent, id));
  const auto where =
      target(job_path(id) + "/dispatch", "idempotency_token=" + idempotency_token(order.spec.id, options_.place));
  const cluster::Call call{.method = "PUT", .target = where, .body = dispatch_of(order, options_.place)};
  auto dispatched = co_await api_->ask(call);
  if (!dispatched && is_missing(dispatched.error())) {  // somebody has removed the parent
    CO_TRY(co_await register_parent(std::move(parent), id));
    dispatched = co_await api_->ask(call);
  }
  CO_TRY(const auto answer, std::move(dispatched));
  const auto child = std::string(text_at(answer, {"DispatchedJobID"}));
  if (child.empty()) co_return Error(Errc::internal, "Nomad names no dispatched job");
  // The token makes Nomad answer with a run that is there already.
  CO_TRY(const auto job, co_await ask(job_path(child)));
  if (text_at(job, {"Meta", "troupe_run"}) != order.run) {
    co_return Error(Errc::conflict, "The task " + order.spec.id + " runs already.");
  }
  co_return boost::json::object{{"job", child}, {"evaluation", text_at(answer, {"EvalID"})}};
}

Task<std::string> NomadCluster::why_waiting(TaskHandle handle) {
  const auto evaluation = std::string(text_at(value(handle.state), {"evaluation"}));
  if (evaluation.empty()) co_return std::string();
  CO_TRY(const auto found, co_await ask("/v1/evaluation/" + base::percent_encode(evaluation)));
  co_return why_not_placed(found);
}

Task<value> NomadCluster::newest_of(TaskHandle handle) {
  const auto job = job_of(handle);
  if (job.empty()) co_return value();
  auto allocations = co_await ask(job_path(job) + "/allocations");
  if (!allocations && is_missing(allocations.error())) co_return value();
  CO_TRY(const auto all, std::move(allocations));
  const auto* newest = newest_allocation(all, job);
  co_return newest ? *newest : value();
}

Task<std::string> NomadCluster::allocation_of(TaskHandle handle) {
  CO_TRY(const auto newest, co_await newest_of(std::move(handle)));
  co_return std::string(text_at(newest, {"ID"}));
}

Task<Unit> NomadCluster::send_signal(std::string allocation, std::string name) {
  cluster::Call call{.method = "POST",
                     .target = target("/v1/client/allocation/" + base::percent_encode(allocation) + "/signal"),
                     .body = boost::json::object{{"Signal", name}, {"Task", kTask}}};
  CO_TRY(co_await api_->send(std::move(call)));
  co_return Unit{};
}

Task<Unit> NomadCluster::delete_job(TaskHandle handle, bool purge) {
  if (job_of(handle).empty()) co_return Unit{};  // it never got one
  cluster::Call call{.method = "DELETE",
                     .target = target(job_path(job_of(handle)), purge ? "purge=true" : "purge=false")};
  const auto deleted = co_await api_->send(std::move(call));
  if (!deleted && !is_missing(deleted.error())) co_return std::unexpected(deleted.error());
  co_return Unit{};
}

/// A signal gives any grace, Nomad's own stop only that of the job (5 s here). An allocation's own stop would have it
/// placed again.
Task<Unit> NomadCluster::end(TaskHandle handle, milliseconds grace) {
  CO_TRY(const auto allocation, co_await allocation_of(handle));
  if (!allocation.empty()) {
    const auto told = co_await send_signal(allocation, grace > milliseconds(0) ? "SIGTERM" : "SIGKILL");
    if (told && grace > milliseconds(0)) co_return Unit{};
  }
  co_return co_await delete_job(std::move(handle), false);
}

Task<Unit> NomadCluster::remove(TaskHandle handle) { co_return co_await delete_job(std::move(handle), true); }

Task<bool> NomadCluster::is_gone(TaskHandle handle) {
  const auto job = co_await ask(job_path(job_of(handle)));
  if (job) co_return text_at(*job, {"Meta", "troupe_task"}) != handle.task_id;
  if (is_missing(job.error())) co_return true;
  co_return std::unexpected(job.error());
}

Task<Unit> NomadCluster::signal(TaskHandle handle, int signal) {
  const auto name = signal_name(signal);
  if (name.empty()) co_return Error(Errc::invalid_param, "signal: the task driver 'nomad' knows none of this number");
  CO_TRY(const auto allocation, co_await allocation_of(handle));
  if (allocation.empty()) co_return Error(Errc::conflict, "The task " + handle.task_id + " does not run.");
  co_return co_await send_signal(allocation, name);
}

/// Offsets count from the beginning of what Nomad still has of a stream: once it drops its oldest file some lines may
/// be missed or come twice.
Task<cluster::LogPiece> NomadCluster::log(TaskHandle handle, boost::json::object place) {
  CO_TRY(const auto newest, co_await newest_of(std::move(handle)));
  const std::string allocation(text_at(newest, {"ID"}));
  const auto status = text_at(newest, {"ClientStatus"});
  const bool is_over = status == "complete" || status == "failed";
  cluster::LogPiece piece;
  if (allocation.empty()) {
    piece.place = std::move(place);
    co_return piece;
  }
  const bool same = text_at(value(place), {"allocation"}) == allocation;
  piece.place["allocation"] = allocation;
  for (const auto source : {LogSource::out, LogSource::err}) {
    const std::string stream = source == LogSource::out ? "stdout" : "stderr";
    const auto offset = same ? number_at(value(place), {stream}) : 0;
    const auto text = co_await log_from(allocation, stream, offset);
    piece.place[stream] = offset;
    if (!text && is_missing(text.error())) continue;  // it has printed nothing yet, or its files are gone
    if (!text) co_return std::unexpected(text.error());
    const bool is_full = text->size() >= options_.log_bytes_at_once;
    // Nothing follows the last words of a task that has ended; a line that fills the whole piece comes in parts.
    const bool all = is_full ? text->find('\n') == std::string::npos : is_over;
    piece.place[stream] = offset + static_cast<std::int64_t>(cut_lines(*text, all, source, piece.lines));
  }
  co_return piece;
}

/// No more than log_bytes_at_once: the rest is asked for next.
Task<std::string> NomadCluster::log_from(std::string allocation, std::string stream, std::int64_t offset) {
  cluster::Call call{.target = target("/v1/client/fs/logs/" + base::percent_encode(allocation),
                                      "task=" + std::string(kTask) + "&type=" + stream +
                                          "&plain=true&follow=false&origin=start&offset=" + std::to_string(offset))};
  std::string text;
  auto take = [&](std::string_view bytes) {
    text += bytes.substr(0, options_.log_bytes_at_once - text.size());
    return text.size() < options_.log_bytes_at_once;
  };
  auto streaming = api_->stream(std::move(call), take);
  CO_TRY(co_await std::move(streaming));
  co_return text;
}

}  // namespace troupe::runtime::nomad
