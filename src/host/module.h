// The plug that every module above fits into: what a module hands over, and what it is given at start.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeindex>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "base/task.h"
#include "bus/bus.h"
#include "host/backup.h"
#include "host/doctor.h"
#include "host/listeners.h"
#include "host/setting.h"
#include "host/settings.h"
#include "net/client/client.h"
#include "net/route/router.h"
#include "net/server/server.h"
#include "store/database.h"
#include "store/migrations.h"

namespace troupe::host {

/// Published on the bus when the program begins to stop: answers that stream without end should end now.
inline constexpr std::string_view kDrainingChannel = "host.draining";

/// Answers a health question: nothing when well, else a short sentence.
using HealthCheck = std::function<std::optional<std::string>()>;

/// Work that repeats. `run` is awaited before the next round starts; an Error is logged and counted.
struct Job {
  std::string name;
  std::chrono::milliseconds every{0};
  std::function<Task<Unit>()> run;
  /// Of all processes on one database only one runs it (lease kJobsLease): for work on shared rows and files. When the
  /// lease moves two rounds may still overlap for a moment, so it must be harmless to run twice.
  bool singleton = false;
};

/// A listener by name, and where it listens.
struct Listening {
  std::string listener;
  std::string address;
};

/// Everything a module may use while it starts. Lives as long as the program; services made here live as long.
class Context {
 public:
  struct Parts {
    const Settings& settings;
    store::Database& db;
    bus::Bus& bus;
    net::route::Router& routes;
    net::server::IoThreads& io;
    net::client::HttpClient& http;
    base::MetricRegistry& metrics;
    const base::Clock& clock;
    const base::SealingKey& sealing_key;
    asio::thread_pool& files;      ///< waits for disks; nothing that computes
    asio::thread_pool& passwords;  ///< hashes them; nothing else, so that a flood of sign-ins slows only sign-ins
  };
  explicit Context(Parts parts) : parts_(parts) {}
  ~Context() {
    while (!owned_.empty()) owned_.pop_back();  // the reverse of the order of making
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Settings& settings() const { return parts_.settings; }
  store::Database& db() const { return parts_.db; }
  bus::Bus& bus() const { return parts_.bus; }
  net::route::Router& routes() const { return parts_.routes; }
  net::server::IoThreads& io() const { return parts_.io; }
  net::client::HttpClient& http() const { return parts_.http; }
  base::MetricRegistry& metrics() const { return parts_.metrics; }
  const base::Clock& clock() const { return parts_.clock; }
  const base::SealingKey& sealing_key() const { return parts_.sealing_key; }
  asio::thread_pool& files() const { return parts_.files; }
  asio::thread_pool& passwords() const { return parts_.passwords; }

  /// Makes a service that lives until the program ends.
  template <class T, class... Args>
  T& make(Args&&... args) {
    auto made = std::make_shared<T>(std::forward<Args>(args)...);
    owned_.push_back(made);
    return *made;
  }
  /// Offers a service to later modules under an interface type; the earlier of two offers is an error.
  template <class Interface>
  void offer(Interface& service) {
    if (!offers_.emplace(typeid(Interface), &service).second) throw std::logic_error("service offered twice");
  }
  /// A service that an earlier module offered. Throws std::logic_error when nobody did: a wrong order of modules.
  template <class Interface>
  Interface& get() const {
    auto found = offers_.find(typeid(Interface));
    if (found == offers_.end()) throw std::logic_error(std::string("nobody offers ") + typeid(Interface).name());
    return *static_cast<Interface*>(found->second);
  }

  /// The same; nullptr when nobody did.
  template <class Interface>
  Interface* find() const {
    auto found = offers_.find(typeid(Interface));
    return found == offers_.end() ? nullptr : static_cast<Interface*>(found->second);
  }

  /// Describes a listener, and has it opened at `address` ("host:port", with the TLS and the trusted proxies of the
  /// settings) once all modules are set up; an empty address opens nothing. The module adds the listener's schemes and
  /// routes to routes().
  void listen(net::route::Listener listener, std::string address) {
    listening_.push_back({listener.name, std::move(address)});
    parts_.routes.add_listener(std::move(listener));
  }
  void every(Job job) { jobs_.push_back(std::move(job)); }
  void health(std::string name, HealthCheck check) { checks_.emplace_back(std::move(name), std::move(check)); }
  /// Runs after all modules are set up and the listeners are open / before they close, in reverse order of adding.
  void on_start(std::function<Task<Unit>()> action) { starts_.push_back(std::move(action)); }
  void on_stop(std::function<Task<Unit>()> action) { stops_.push_back(std::move(action)); }

  const std::vector<Listening>& listening() const { return listening_; }
  const std::vector<Job>& jobs() const { return jobs_; }
  const std::vector<std::pair<std::string, HealthCheck>>& checks() const { return checks_; }
  const std::vector<std::function<Task<Unit>()>>& starts() const { return starts_; }
  const std::vector<std::function<Task<Unit>()>>& stops() const { return stops_; }

 private:
  Parts parts_;
  std::vector<std::shared_ptr<void>> owned_;
  std::unordered_map<std::type_index, void*> offers_;
  std::vector<Listening> listening_;
  std::vector<Job> jobs_;
  std::vector<std::pair<std::string, HealthCheck>> checks_;
  std::vector<std::function<Task<Unit>()>> starts_;
  std::vector<std::function<Task<Unit>()>> stops_;
};

/// One feature area. The list of all of them is src/app/modules.cc; start order is that order, stop order its reverse.
struct Module {
  std::string_view name;
  std::vector<store::Migration> migrations{};
  std::function<Result<Unit>(Context&)> setup{};  ///< may be empty
  /// Yields a row when the module's tables hold something sealed with the sealing key; empty: it seals nothing. Beside
  /// a row a missing key is damage, and no other is made (app/sealing_key.h). So it looks only at what a person would
  /// have to enter again. The fleet's records of turns are left out on purpose: they go by themselves after some days,
  /// and that old ones cannot be shown any more is no reason not to start.
  std::string_view sealed_query{};
  /// The keys of the configuration that the module reads (host/setting.h).
  std::vector<Setting> settings{};
  /// What is wrong with the module's settings taken together, or dangerous.
  void (*review)(const Settings&, Review&) = nullptr;
  /// What `troupe doctor` looks at, besides the module's tables and its health.
  std::vector<DoctorCheck> doctor{};
  /// What a backup holds of the module's, besides its tables: the ledger is one step, the program's.
  std::vector<BackupStep> backup{};
};

}  // namespace troupe::host
