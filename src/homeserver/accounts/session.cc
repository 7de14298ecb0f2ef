#include "homeserver/accounts/session.h"

#include <array>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "base/crypto.h"
#include "base/mutex.h"
#include "homeserver/accounts/account_store.h"
#include "homeserver/accounts/guests.h"
#include "homeserver/accounts/suspension.h"
#include "homeserver/accounts/tokens.h"
#include "homeserver/common/settings.h"
#include "homeserver/memory/notes.h"
#include "matrix/ids.h"
#include "net/route/credential_guard.h"

namespace troupe::homeserver::accounts {
namespace {

constexpr std::size_t kShards = 16;
constexpr std::size_t kMaxPendingSeen = 20'000;
constexpr std::size_t kSeenPerCommit = 250;
constexpr std::size_t kMaxUserAgentBytes = 255;
constexpr base::UnixMs kSeenEveryMs = 60'000;

net::route::CallerKind kind_of(matrix::AccountKind kind) {
  switch (kind) {
    case matrix::AccountKind::person:
      return net::route::CallerKind::user;
    case matrix::AccountKind::bot:
      return net::route::CallerKind::bot;
    case matrix::AccountKind::service:
      return net::route::CallerKind::service;
  }
  return net::route::CallerKind::user;
}

/// Of guests, as long as no administrator has said otherwise: there are many of them, and nobody knows them.
constexpr net::route::RateClass kGuestMessages{.per_s = 1, .burst = 10};

/// A bucket that holds less than one would never give any.
std::optional<net::route::RateClass> rate_of(const SessionRow& row) {
  if (!row.messages_per_s) return row.guest ? std::optional(kGuestMessages) : std::nullopt;
  return net::route::RateClass{
      .per_s = static_cast<double>(*row.messages_per_s),
      .burst = static_cast<double>(std::max<std::int64_t>(1, row.messages_at_once.value_or(1)))};
}

/// A cached token. `seen_ms` is when its last sighting was noted.
struct Entry {
  Session session;
  base::Sha256 hash{};
  std::atomic<base::UnixMs> seen_ms{0};
};
using EntryPtr = std::shared_ptr<Entry>;

/// SHA-256 of a token; its first bytes are as good a hash as any.
struct HashOfHash {
  std::size_t operator()(const base::Sha256& hash) const {
    std::size_t first = 0;
    std::memcpy(&first, hash.data(), sizeof first);
    return first;
  }
};

std::string bytes_of(const base::Sha256& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

/// Tokens by hash, and hashes by user. Bounded: when full, some other entry goes (the database still knows it).
class Shard {
 public:
  EntryPtr find(const base::Sha256& hash) const {
    const base::Lock lock(mutex_);
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? nullptr : found->second;
  }

  /// Whether another entry went for it.
  bool insert(EntryPtr entry, std::size_t capacity) {
    const base::Lock lock(mutex_);
    const bool full = by_hash_.size() >= capacity;
    if (full) erase(by_hash_.begin());
    by_user_[entry->session.user_id].insert(entry->hash);
    const auto hash = entry->hash;
    by_hash_.insert_or_assign(hash, std::move(entry));
    return full;
  }

  void clear() {
    const base::Lock lock(mutex_);
    by_hash_.clear();
    by_user_.clear();
  }

  void forget(std::string_view user_id, std::optional<std::string_view> device_id) {
    const base::Lock lock(mutex_);
    const auto user = by_user_.find(std::string(user_id));
    if (user == by_user_.end()) return;
    const auto hashes = user->second;
    for (const auto& hash : hashes) {
      const auto found = by_hash_.find(hash);
      if (!device_id || found->second->session.device_id == *device_id) erase(found);
    }
  }

 private:
  using Map = std::unordered_map<base::Sha256, EntryPtr, HashOfHash>;
  void erase(Map::iterator entry) REQUIRES(mutex_) {
    const auto user = by_user_.find(entry->second->session.user_id);
    user->second.erase(entry->first);
    if (user->second.empty()) by_user_.erase(user);
    by_hash_.erase(entry);
  }

  mutable base::Mutex mutex_;
  Map by_hash_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::unordered_set<base::Sha256, HashOfHash>> by_user_ GUARDED_BY(mutex_);
};

class CachedSessions final : public Sessions {
 public:
  CachedSessions(store::Database& db, const base::Clock& clock, base::MetricRegistry& metrics,
                 const host::Settings& settings, std::size_t capacity, const appservice::Services* services)
      : db_(db),
        clock_(clock),
        settings_(settings),
        capacity_(std::max<std::size_t>(1, capacity / kShards)),
        services_(services),
        guard_(settings.rate_limits, clock),
        hits_(metrics.counter("troupe_homeserver_session_cache_hits_total", "Access tokens that were known in memory")),
        evicted_(metrics.counter("troupe_homeserver_session_cache_evicted_total",
                                 "Access tokens that others took the place of")),
        misses_(metrics.counter("troupe_homeserver_session_cache_misses_total",
                                "Access tokens that had to be looked up in the database")) {}

  Task<std::optional<net::route::Caller>> admit(const net::http::Request& request) override {
    CO_TRY(auto token, token_of(request));
    if (!token) co_return std::optional<net::route::Caller>();
    if (const auto* service = services_ ? services_->find_by_token(*token) : nullptr) {
      CO_TRY(const auto entry, co_await entry_of(*service, request));
      co_return admit(entry, request);
    }
    if (!looks_like_token(*token, kAccessTokenPrefix)) co_return unknown_token();
    const auto hash = base::sha256(*token);
    auto entry = shard(hash).find(hash);
    if (entry) {
      hits_.add();
    } else {
      CO_TRY(guard_.admit(bytes_of(hash), request.remote_address));
      CO_TRY(entry, co_await load(hash, request.remote_address));
    }
    co_return admit(entry, request);
  }

  void forget(std::string_view user_id, std::optional<std::string_view> device_id) override {
    changes_.fetch_add(1);  // before the erase: see load()
    for (auto& shard : shards_) shard.forget(user_id, device_id);
  }

  void made(std::string_view access_token) override { guard_.good(bytes_of(base::sha256(access_token))); }

  void forget_all() override {
    changes_.fetch_add(1);
    for (auto& shard : shards_) shard.clear();
  }

  Task<Unit> write_last_seen() override {
    std::vector<DeviceRow> seen;
    {
      const base::Lock lock(seen_mutex_);
      for (auto& [key, row] : seen_) seen.push_back(std::move(row));
      seen_.clear();
    }
    for (std::size_t from = 0; from < seen.size(); from += kSeenPerCommit) {
      const auto part = std::span(seen).subspan(from, std::min(kSeenPerCommit, seen.size() - from));
      auto write = [part](store::Tx& tx) -> Result<Unit> {
        for (const auto& row : part) account_store::note_seen(tx, row);
        return Unit{};
      };
      CO_TRY(co_await db_.write(write, {.lane = store::Lane::bulk}));
    }
    co_return Unit{};
  }

 private:
  /// Who the request stands for, if the account may do this now.
  Result<std::optional<net::route::Caller>> admit(const EntryPtr& entry, const net::http::Request& request) {
    const auto& session = entry->session;
    if (session.expires_ms && *session.expires_ms <= clock_.unix_ms()) {
      return Error(Errc::unknown_token, "The access token has expired; use your refresh token.")
          .with_member("soft_logout", true);
    }
    if (session.locked && !is_logout(request)) {
      return Error(Errc::unknown_token, "This account is locked. Ask an administrator.")
          .with_wire_code("M_USER_LOCKED")
          .with_member("soft_logout", true);
    }
    if (session.suspended && !suspended_may(request.method, request.path)) {
      return Error(Errc::forbidden, "This account is suspended: it may read, but not take part. Ask an administrator.")
          .with_wire_code("M_USER_SUSPENDED");
    }
    if (session.guest && !is_logout(request) && !may_as_guest(request)) {
      return Error(Errc::forbidden, "Guests may not do this. Make an account first.")
          .with_wire_code("M_GUEST_ACCESS_FORBIDDEN");
    }
    note_seen(*entry, request);
    net::route::Caller caller;
    caller.kind = kind_of(session.kind);
    caller.user_id = session.user_id;
    caller.device_id = session.device_id;
    caller.role = session.admin && !session.guest ? net::route::Role::admin : net::route::Role::member;
    if (is_unlimited(session)) caller.scopes.emplace_back("unlimited");
    caller.messages = session.messages;
    caller.rated_by_address = session.guest && !session.service;
    caller.session = std::shared_ptr<const void>(entry, &entry->session);
    return std::optional(std::move(caller));
  }

  bool may_as_guest(const net::http::Request& request) const {
    return settings_.of<RegistrationSettings>().guests && guest_may(request.method, request.path);
  }

  /// Bots are not slowed down, nor is a service; its users are as its registration says.
  static bool is_unlimited(const Session& session) {
    if (!session.service) return session.kind != matrix::AccountKind::person;
    return !session.service->registration().rate_limited || session.user_id == session.service->sender();
  }
  static Error unknown_device() {
    return Error(Errc::invalid_param, "This user has no such device.").with_wire_code("M_UNKNOWN_DEVICE");
  }
  static Error unknown_token() {
    return Error(Errc::unknown_token, "The access token is not known; sign in again.")
        .with_member("soft_logout", false);
  }
  /// The path behind its version, under each name that the router knows for it; empty: another one. The whole of it:
  /// "…/send/m.room.message/logout" is a message.
  static std::string_view client_path(const net::http::Request& request) {
    std::string_view path = request.path;
    constexpr std::string_view kRoot = "/_matrix/client/";
    if (!path.starts_with(kRoot)) return {};
    path.remove_prefix(kRoot.size());
    for (const std::string_view version : {"v3", "r0", "unstable", "api/v1"})
      if (path.starts_with(version)) return path.substr(version.size());
    return {};
  }
  static bool is_logout(const net::http::Request& request) {
    const auto path = client_path(request);
    return request.method == "POST" && (path == "/logout" || path == "/logout/all");
  }
  static bool is_sync(const net::http::Request& request) {
    const auto path = client_path(request);
    return path == "/sync" || path.ends_with("simplified_msc3575/sync");
  }
  // By the last byte: the first ones are the hash inside the shard.
  Shard& shard(const base::Sha256& hash) { return shards_[hash.back() % kShards]; }

  /// Of what the account says; whose token it is, and until when it lasts, is the caller's to add.
  static EntryPtr entry_of(const base::Sha256& hash, const SessionRow& row, std::string user_id,
                           std::string device_id) {
    auto entry = std::make_shared<Entry>();
    entry->hash = hash;
    entry->session = {.token_hash = bytes_of(hash),
                      .user_id = std::move(user_id),
                      .device_id = std::move(device_id),
                      .kind = row.kind,
                      .admin = row.admin,
                      .locked = row.locked,
                      .suspended = row.suspended,
                      .shadow_banned = row.shadow_banned,
                      .guest = row.guest,
                      .expires_ms = std::nullopt,
                      .messages = rate_of(row)};
    return entry;
  }

  /// The session of a service as the user and the device that the request names.
  Task<EntryPtr> entry_of(const appservice::Service& service, const net::http::Request& request) {
    const auto named = request.query_value("user_id");
    std::string user_id(named && !named->empty() ? *named : service.sender());
    if (!matrix::parse_user_id(user_id) || !service.has_user(user_id)) {
      co_return Error(Errc::forbidden, "This user is not in a namespace of the application service.");
    }
    if (user_id == service.sender() && is_sync(request)) {
      co_return Error(Errc::forbidden,
                      "An application service gets its events in transactions; it may sync as one of its users.");
    }
    auto device = request.query_value("device_id");
    if (!device || device->empty()) device = request.query_value("org.matrix.msc3202.device_id");
    std::string device_id(device.value_or(""));
    if (device_id.size() > matrix::kMaxIdBytes || device_id.contains('\0')) co_return unknown_device();
    const auto hash = base::sha256(service.registration().as_token + '\0' + user_id + '\0' + device_id);
    if (auto entry = shard(hash).find(hash)) co_return entry;
    co_return co_await load_service(service, hash, std::move(user_id), std::move(device_id));
  }

  Task<EntryPtr> load_service(const appservice::Service& service, base::Sha256 hash, std::string user_id,
                              std::string device_id) {
    const auto changes = changes_.load();
    auto find = [&](store::Connection& connection) -> Result<std::optional<SessionRow>> {
      if (!device_id.empty() && !account_store::find_device(connection, user_id, device_id)) {
        return unknown_device();
      }
      return account_store::find_session_of_user(connection, user_id);
    };
    CO_TRY(auto row, co_await db_.read(find));
    if (!row) co_return Error(Errc::forbidden, "The application service has not registered this user.");
    if (row->deactivated) {
      co_return Error(Errc::forbidden, "This account has been deactivated.").with_wire_code("M_USER_DEACTIVATED");
    }
    const auto entry = entry_of(hash, *row, std::move(user_id), std::move(device_id));
    entry->session.service = &service;
    keep(entry, changes);
    co_return entry;
  }

  /// Unless somebody's tokens changed since we looked, perhaps this one: then it is answered, but not remembered.
  void keep(const EntryPtr& entry, std::uint64_t changes) {
    auto& place = shard(entry->hash);
    if (place.insert(entry, capacity_)) evicted_.add();
    if (changes_.load() != changes) place.forget(entry->session.user_id, {});
  }

  Task<EntryPtr> load(base::Sha256 hash, std::string remote_address) {
    misses_.add();
    const auto changes = changes_.load();
    auto find = [&hash](store::Connection& connection) -> Result<std::optional<SessionRow>> {
      return account_store::find_session(connection, bytes_of(hash));
    };
    CO_TRY(auto row, co_await db_.read(find));
    if (!row || row->deactivated) {
      guard_.bad(bytes_of(hash), remote_address);
      co_return unknown_token();
    }
    guard_.good(bytes_of(hash));
    if (row->token.retires) {
      // The first use of a refreshed token: its predecessors die (Client-Server API #refreshing-access-tokens).
      auto retire = [this, &row](store::Tx& tx) -> Result<Unit> {
        account_store::retire_predecessor(tx, row->token);
        forget_after(tx, row->token.user_id, row->token.device_id);
        return Unit{};
      };
      CO_TRY(co_await db_.write(retire));
    }
    const auto entry = entry_of(hash, *row, std::move(row->token.user_id), std::move(row->token.device_id));
    entry->session.expires_ms = row->token.expires_ms;
    keep(entry, changes);
    co_return entry;
  }

  void note_seen(Entry& entry, const net::http::Request& request) {
    if (entry.session.device_id.empty()) return;
    const auto now = clock_.unix_ms();
    auto last = entry.seen_ms.load(std::memory_order_relaxed);
    if (now - last < kSeenEveryMs || !entry.seen_ms.compare_exchange_strong(last, now)) return;
    std::string key = entry.session.user_id + '\0' + entry.session.device_id;
    const base::Lock lock(seen_mutex_);
    if (seen_.size() >= kMaxPendingSeen && !seen_.contains(key)) return;
    seen_[std::move(key)] = {.user_id = entry.session.user_id,
                             .device_id = entry.session.device_id,
                             .display_name = std::nullopt,
                             .created_ms = 0,
                             .last_seen_ms = now,
                             .last_seen_ip = request.remote_address,
                             .last_seen_user_agent = clean_user_agent(request)};
  }

  static std::string clean_user_agent(const net::http::Request& request) {
    std::string agent(request.headers.get("User-Agent").substr(0, kMaxUserAgentBytes));
    for (char& c : agent) {
      if (c < 0x20 || c > 0x7e) c = '?';
    }
    return agent;
  }

  store::Database& db_;
  const base::Clock& clock_;
  const host::Settings& settings_;
  const std::size_t capacity_;
  const appservice::Services* services_;
  net::route::CredentialGuard guard_;
  base::Counter& hits_;
  base::Counter& evicted_;
  base::Counter& misses_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::uint64_t> changes_{0};
  base::Mutex seen_mutex_;
  std::unordered_map<std::string, DeviceRow> seen_ GUARDED_BY(seen_mutex_);
};

}  // namespace

void Sessions::forget_after(store::Tx& tx, std::string user_id, std::optional<std::string> device_id) {
  memory::notes::sessions_changed(tx, user_id, device_id ? std::optional<std::string_view>(*device_id) : std::nullopt);
  tx.after_commit([this, user = std::move(user_id), device = std::move(device_id)] {
    forget(user, device ? std::optional<std::string_view>(*device) : std::nullopt);
  });
}

Result<std::optional<std::string>> token_of(const net::http::Request& request) {
  std::optional<std::string> token;
  const auto take = [&token](std::string_view candidate) -> Result<Unit> {
    if (token && *token != candidate) {
      return Error(Errc::invalid_param, "The request carries two different access tokens; send one.");
    }
    token = std::string(candidate);
    return Unit{};
  };
  for (const auto& [name, value] : request.headers.all()) {
    if (!net::http::equals_ignoring_case(name, "Authorization")) continue;
    constexpr std::string_view kScheme = "Bearer ";
    if (!net::http::equals_ignoring_case(std::string_view(value).substr(0, kScheme.size()), kScheme)) {
      return Error(Errc::missing_token, "Send the access token as \"Authorization: Bearer TOKEN\".");
    }
    std::string_view rest = std::string_view(value).substr(kScheme.size());
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    while (rest.ends_with(' ')) rest.remove_suffix(1);
    TRY(take(rest));
  }
  for (const auto value : request.query_values("access_token")) {
    TRY(take(value));
  }
  if (token && token->empty()) return std::optional<std::string>();
  return token;
}

Result<const appservice::Service*> service_by_token(const appservice::Services* services,
                                                    const net::http::Request& request) {
  TRY(const auto token, token_of(request));
  if (!token) return Error(Errc::missing_token, "Send the as_token of an application service.");
  const auto* service = services ? services->find_by_token(*token) : nullptr;
  if (!service) return Error(Errc::unknown_token, "No application service has this token.");
  return service;
}

std::unique_ptr<Sessions> make_sessions(store::Database& db, const base::Clock& clock, base::MetricRegistry& metrics,
                                        const host::Settings& settings, std::size_t capacity,
                                        const appservice::Services* services) {
  return std::make_unique<CachedSessions>(db, clock, metrics, settings, capacity, services);
}

}  // namespace troupe::homeserver::accounts
