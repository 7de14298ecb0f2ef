#include "homeserver/metrics/synapse_metrics.h"

#include <fmt/format.h>

#include <map>

#include "homeserver/memory/event_lag.h"
#include "homeserver/metrics/process_metrics.h"
#include "store/writer_metrics.h"

namespace troupe::homeserver::metrics {
namespace {

using base::Counter;
using base::Gauge;
using base::Histogram;
using base::Labels;

/// A label with its value as the format has it.
std::string label(std::string_view name, std::string_view value) {
  std::string out(name);
  out += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + '"';
}

template <class... Parts>
std::string labels(const Parts&... parts) {
  std::string out;
  ((out += (out.empty() || parts.empty() ? "" : ",") + parts), ...);
  return out;
}

/// Metrics one after the other; each line bears the labels that all of them have.
class Page {
 public:
  explicit Page(std::string common = {}) : common_(std::move(common)) {}

  /// The lines of one metric follow.
  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  template <class Number>
  void line(Number value, const std::string& own = {}) {
    put("", labels(own, common_), value);
  }
  template <class Number>
  void only(std::string_view name, std::string_view type, std::string_view help, Number value,
            const std::string& own = {}) {
    begin(name, type, help);
    line(value, own);
  }
  void histogram(const std::string& own, const Histogram& of) { histogram(own, std::vector{&of}); }
  /// All of them as one.
  void histogram(const std::string& own, const std::vector<const Histogram*>& of) {
    std::uint64_t total = 0;
    double sum = 0;
    for (const auto* part : of) sum += part->sum_seconds();
    const auto& bounds = Histogram::bounds();
    for (std::size_t i = 0; i <= Histogram::kBuckets; ++i) {
      for (const auto* part : of) total += part->count(i);
      const auto bound = i < Histogram::kBuckets ? fmt::format("{}", bounds[i]) : "+Inf";
      put("_bucket", labels(own, common_, label("le", bound)), total);
    }
    put("_sum", labels(own, common_), sum);
    put("_count", labels(own, common_), total);
  }
  /// So many of 1.
  void ends(std::uint64_t count) {
    for (const auto* bound : {"1", "+Inf"}) put("_bucket", labels(common_, label("le", bound)), count);
    put("_sum", common_, count);
    put("_count", common_, count);
  }
  std::string take() { return std::move(text_); }

 private:
  template <class Number>
  void put(std::string_view suffix, const std::string& all, Number value) {
    text_ += name_;
    text_ += suffix;
    text_ += all.empty() ? fmt::format(" {}\n", value) : fmt::format("{{{}}} {}\n", all, value);
  }
  std::string common_;
  std::string name_;
  std::string text_;
};

std::uint64_t count_of(const Histogram& histogram) {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= Histogram::kBuckets; ++i) total += histogram.count(i);
  return total;
}

bool is_matrix(std::string_view route) { return route.starts_with("/_matrix/") || route.starts_with("/_synapse/"); }

/// The route's path; where dashboards ask for a servlet by the name it has in Synapse, that.
std::string_view servlet_of(std::string_view route) {
  if (route == "/_matrix/client/v3/rooms/{room_id}/send/{event_type}/{txn_id}") return "RoomSendEventRestServlet";
  return route;
}

// The families are those of net, store, push and appservice_feed: asked for by their names they are there already.

void add_requests(Page& page, base::MetricRegistry& registry) {
  std::map<std::pair<std::string, std::string>, std::uint64_t> received;
  registry.counter("troupe_net_requests_total", "HTTP requests", {"method", "route", "status"})
      .each([&](const Labels& of, const Counter& requests) {
        if (is_matrix(of[1])) received[{of[0], of[1]}] += requests.value();
      });
  page.begin("synapse_http_server_requests_received_total", "counter", "Requests of clients that were answered");
  for (const auto& [of, count] : received)
    page.line(count, labels(label("method", of.first), label("servlet", servlet_of(of.second))));
  page.begin("synapse_http_server_response_time_seconds", "histogram",
             "Time to the answer; a code stands for its class, such as 2xx");
  registry.histogram("troupe_net_request_seconds", "Time from the head to the answer", {"method", "route", "status"})
      .each([&](const Labels& of, const Histogram& seconds) {
        if (!is_matrix(of[1])) return;
        page.histogram(
            labels(label("method", of[0]), label("servlet", servlet_of(of[1])), label("code", of[2]), label("tag", "")),
            seconds);
      });
  page.only("synapse_http_server_in_flight_requests_count", "gauge", "Requests being answered, of all kinds",
            registry.gauge("troupe_net_requests_in_flight", "HTTP requests being answered").value());
}

void add_storage(Page& page, base::MetricRegistry& registry) {
  const auto& write = registry.histogram("troupe_store_batch_seconds", "Duration of a batch with its commit", {});
  const auto& read = registry.histogram("troupe_store_read_seconds", "Duration of a read transaction", {});
  const auto each = [&](auto visit) {
    write.each([&](const Labels&, const Histogram& of) { visit("write_batch", of); });
    read.each([&](const Labels&, const Histogram& of) { visit("read", of); });
  };
  page.begin("synapse_storage_transaction_time_count_total", "counter", "Transactions; many writers share one");
  each([&](std::string_view desc, const Histogram& of) { page.line(count_of(of), label("desc", desc)); });
  page.begin("synapse_storage_transaction_time_sum_total", "counter", "Seconds that transactions took");
  each([&](std::string_view desc, const Histogram& of) { page.line(of.sum_seconds(), label("desc", desc)); });
  page.begin("synapse_storage_schedule_time", "histogram", "How long reads and write operations waited for their turn");
  std::vector<const Histogram*> waits;
  registry.histogram(store::kWaitSeconds, store::kWaitSecondsHelp, {"kind"})
      .each([&](const Labels&, const Histogram& of) { waits.push_back(&of); });
  page.histogram({}, waits);
}

void add_events(Page& page, const SynapseMetrics& of) {
  const auto& stored = of.rooms.events_stored();
  page.only("synapse_storage_events_persisted_events_total", "counter", "Events stored by this process",
            stored.total());
  page.begin("synapse_storage_events_persisted_events_sep_total", "counter", "Events stored by their type");
  for (std::size_t at = 0; at < memory::EventCounts::kTypes.size(); ++at) {
    if (const auto count = stored.of(at); count > 0)
      page.line(count, labels(label("type", memory::EventCounts::kTypes[at]), label("origin_type", "local"),
                              label("origin_entity", "*client*")));
  }
  page.only("synapse_event_persisted_position", "gauge", "The newest position of the stream", of.db.head());
  page.begin("synapse_event_processing_positions", "gauge",
             "Up to which position the stream has been looked at, where this process does it");
  of.registry
      .gauge("troupe_homeserver_looked_upto_position",
             "Up to which position the stream has been looked at, where this process does it", {"by"})
      .each([&](const Labels& by, const Gauge& position) {
        if (position.value() > 0) page.line(position.value(), label("name", by[0]));
      });
  page.begin("synapse_event_processing_lag_by_event", "histogram",
             "From an event's time to when it has been looked at, where this process does it");
  of.registry.histogram(memory::kEventLag, memory::kEventLagHelp, {"by"})
      .each([&](const Labels& by, const Histogram& lag) {
        if (count_of(lag) > 0) page.histogram(label("name", by[0]), lag);
      });
  page.begin("synapse_util_caches_cache_size", "gauge", "Entries in memory");
  page.line(of.rooms.in_memory(), label("name", "rooms"));
  // A room here has one line of events, so that each has one end.
  page.begin("synapse_forward_extremities", "histogram", "Rooms in memory by how many ends their events have: one");
  page.ends(of.rooms.in_memory());
}

/// Synapse's names of streams where it has such a one.
void add_woken(Page& page, const memory::Users& users) {
  using By = memory::WokenBy;
  constexpr std::pair<By, std::string_view> kStreams[] = {{By::room, "room_key"},
                                                          {By::own, "own"},
                                                          {By::device_lists, "device_list_key"},
                                                          {By::typing, "typing_key"},
                                                          {By::presence, "presence_key"},
                                                          {By::to_device, "to_device_key"}};
  page.begin("synapse_notifier_users_woken_by_stream_total", "counter", "Users who waited for news and got some");
  for (const auto& [by, stream] : kStreams) page.line(users.woken(by), label("stream", stream));
}

/// Access tokens that are kept in memory.
void add_sessions(Page& page, base::MetricRegistry& registry) {
  const auto hits =
      registry.counter("troupe_homeserver_session_cache_hits_total", "Access tokens that were known in memory").value();
  const auto misses = registry
                          .counter("troupe_homeserver_session_cache_misses_total",
                                   "Access tokens that had to be looked up in the database")
                          .value();
  const auto evicted =
      registry.counter("troupe_homeserver_session_cache_evicted_total", "Access tokens that others took the place of")
          .value();
  const auto name = label("name", "sessions");
  page.only("synapse_util_caches_cache", "counter", "Look-ups", hits + misses, name);
  page.only("synapse_util_caches_cache_hits", "counter", "Look-ups that memory answered", hits, name);
  page.only("synapse_util_caches_cache_evicted_size", "counter", "Entries that went", evicted,
            labels(name, label("reason", "size")));
}

void add_presence(Page& page, base::MetricRegistry& registry) {
  const auto changes =
      registry.counter("troupe_homeserver_presence_changes_total", "Changes of presence that were told to others")
          .value();
  for (const auto* name :
       {"synapse_handler_presence_presence_updates_total", "synapse_handler_presence_notified_presence_total"})
    page.only(name, "counter", "Changes of presence that were told to others", changes);
}

void add_jobs(Page& page, base::MetricRegistry& registry) {
  std::map<std::string, std::uint64_t> rounds;
  registry.counter("troupe_host_jobs_total", "Rounds of repeating jobs", {"job", "outcome"})
      .each([&](const Labels& of, const Counter& count) { rounds[of[0]] += count.value(); });
  page.begin("synapse_background_process_start_total", "counter", "Rounds of repeating jobs");
  for (const auto& [job, count] : rounds) page.line(count, label("name", job));
}

void add_accounts(Page& page, const AccountNumbers& accounts) {
  page.begin("synapse_pushers", "gauge", "Pushers, of the apps with the most");
  for (const auto& [app_id, count] : accounts.pushers)
    page.line(count, labels(label("kind", app_id == "m.email" ? "email" : "http"), label("app_id", app_id)));
  page.only("synapse_admin_mau_current", "gauge", "Accounts that were used within 30 days", accounts.active);
  page.only("synapse_admin_mau_max", "gauge", "0: there is no limit", 0);
}

void add_pushes(Page& page, base::MetricRegistry& registry) {
  std::uint64_t processed = 0;
  std::uint64_t failed = 0;
  registry.counter("troupe_push_pushes_total", "Pushes to gateways by what became of them", {"outcome"})
      .each([&](const Labels& outcome, const Counter& pushes) {
        if (outcome[0] == "sent") processed += pushes.value();
        if (outcome[0] == "failed") failed += pushes.value();
      });
  page.only("synapse_http_httppusher_http_pushes_processed_total", "counter", "Pushes that a gateway took", processed);
  page.only("synapse_http_httppusher_http_pushes_failed_total", "counter", "Pushes that a gateway did not take",
            failed);
}

void add_appservices(Page& page, base::MetricRegistry& registry) {
  page.begin("synapse_appservice_api_sent_transactions_total", "counter",
             "Transactions that an application service has confirmed");
  registry
      .counter("troupe_homeserver_appservice_transactions_total",
               "Transactions to application services by what became of them", {"service", "outcome"})
      .each([&](const Labels& of, const Counter& count) {
        if (of[1] == "sent") page.line(count.value(), label("service", of[0]));
      });
  page.begin("synapse_appservice_api_sent_events_total", "counter", "Events that an application service has confirmed");
  registry
      .counter("troupe_homeserver_appservice_events_total", "Events that an application service has confirmed",
               {"service"})
      .each([&](const Labels& of, const Counter& count) { page.line(count.value(), label("service", of[0])); });
}

void add_cpu_of_threads(Page& page) {
  const auto threads = read_threads();
  page.begin("synapse_util_metrics_block_ru_utime_seconds_total", "counter",
             "The processor's time for the program itself, by the names of threads");
  for (const auto& [name, cpu] : threads) page.line(cpu.user, label("block_name", name));
  page.begin("synapse_util_metrics_block_ru_stime_seconds_total", "counter",
             "The processor's time for the system on its behalf, by the names of threads");
  for (const auto& [name, cpu] : threads) page.line(cpu.system, label("block_name", name));
}

/// What a server without federation never does.
void add_what_never_happens(Page& page) {
  constexpr std::string_view kCounters[] = {"synapse_federation_client_sent_transactions_total",
                                            "synapse_federation_client_sent_pdu_destinations_count_total",
                                            "synapse_federation_client_sent_edus_total",
                                            "synapse_federation_server_received_pdus_total",
                                            "synapse_federation_server_received_edus_total",
                                            "synapse_federation_soft_failed_events_total",
                                            "synapse_handler_presence_federation_presence_total",
                                            "synapse_handler_presence_federation_presence_out_total",
                                            "synapse_http_matrixfederationclient_requests_total",
                                            "synapse_rate_limit_reject_total",
                                            "synapse_rate_limit_sleep_total",
                                            "synapse_state_res_cpu_for_biggest_room_seconds_total",
                                            "synapse_state_res_db_for_biggest_room_seconds_total",
                                            "synapse_storage_events_state_resolutions_during_persistence_total",
                                            "synapse_storage_events_potential_times_prune_extremities_total",
                                            "synapse_storage_events_times_pruned_extremities_total"};
  constexpr std::string_view kGauges[] = {
      "synapse_federation_transaction_queue_pending_pdus", "synapse_federation_transaction_queue_pending_edus",
      "synapse_federation_server_number_inbound_pdu_in_staging", "synapse_rate_limit_reject_affected_hosts",
      "synapse_rate_limit_sleep_affected_hosts"};
  constexpr std::string_view kHelp = "Always 0: this server does not federate";
  for (const auto name : kCounters) page.only(name, "counter", kHelp, 0);
  for (const auto name : kGauges) page.only(name, "gauge", kHelp, 0);
  for (const auto name : {"synapse_federation_last_sent_pdu_time", "synapse_federation_last_received_pdu_time"})
    page.begin(name, "gauge", "For each other server: there is none");
}

}  // namespace

std::string process_metrics(const host::Settings& settings) {
  const auto now = read_process();
  Page page;
  page.only("process_cpu_seconds_total", "counter", "The processor's time", now.cpu.user + now.cpu.system);
  page.only("process_cpu_user_seconds_total", "counter", "The processor's time for the program itself", now.cpu.user);
  page.only("process_cpu_system_seconds_total", "counter", "The processor's time for the system on its behalf",
            now.cpu.system);
  page.only("process_resident_memory_bytes", "gauge", "Memory in use", now.resident_bytes);
  page.only("process_virtual_memory_bytes", "gauge", "Memory that is mapped", now.virtual_bytes);
  page.only("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970", now.started_s);
  page.only("process_open_fds", "gauge", "Open files and sockets", now.open_files);
  page.only("process_max_fds", "gauge", "How many may be open", now.most_open_files);
  page.only("synapse_build_info", "gauge", "Which program this is", 1, label("version", settings.version));
  return page.take();
}

std::string synapse_metrics(const SynapseMetrics& of, const std::optional<AccountNumbers>& accounts) {
  Page page(label("server_name", of.settings.server_name));
  page.only("synapse_server_name_info", "gauge", "Whose numbers these are", 1);
  add_requests(page, of.registry);
  add_storage(page, of.registry);
  add_events(page, of);
  add_woken(page, of.users);
  add_pushes(page, of.registry);
  add_appservices(page, of.registry);
  add_sessions(page, of.registry);
  add_presence(page, of.registry);
  add_jobs(page, of.registry);
  if (accounts) add_accounts(page, *accounts);
  add_cpu_of_threads(page);
  add_what_never_happens(page);
  return page.take();
}

}  // namespace troupe::homeserver::metrics
