// The services of all tenants: kept ready, changed by their administrators, made anew after each change.
#pragma once
#include <boost/asio/thread_pool.hpp>

#include "assistant/services/stock.h"
#include "assistant/services/tool_lists.h"
#include "base/mutex.h"
#include "store/also_write.h"
#include "store/database.h"

namespace troupe::assistant::services {

/// What processes tell each other: a tenant whose services were changed.
inline constexpr std::string_view kServicesTopic = "assistant.services";
inline constexpr std::size_t kMaxTenantPacks = 100;  ///< added by a tenant other than the default one
/// What its packs have together: all tenants' routers are trained on one thread.
inline constexpr std::size_t kMaxTenantExamples = 10'000, kMaxTenantOperations = 5'000;
inline constexpr std::size_t kMaxKeptTenants = 1'000;  ///< whose stock is kept ready
inline constexpr std::size_t kMaxApprovers = 50;       ///< named for one service
inline constexpr std::size_t kMaxApproverBytes = 255;
inline constexpr std::size_t kMaxSentPackBytes = 8 * 1024 * 1024;  ///< of a pack that comes over the API

/// Who may say yes, as a tenant sets it.
struct ApprovalRule {
  std::optional<tasks::Approver> approver;  ///< nothing: as the pack says
  std::vector<std::string> names = {};      ///< labels, for `named`
};

/// What an administrator changes of a service. What is not there stays.
struct Change {
  std::optional<bool> enabled = {};
  std::optional<std::string> base_url = {};                   ///< empty: the pack's
  std::map<std::string, std::optional<std::string>> secrets;  ///< by name; nothing: forget it
  std::optional<ApprovalRule> approval = {};
};

/// What a sign-in at a service ended with.
struct SignedIn {
  std::string address;    ///< address_of() when it began: its tokens are for no other
  std::string client_id;  ///< whose they are
  std::string access_token;
  std::string refresh_token;  ///< empty: none came, and the access token lasts until it is refused
  base::UnixMs expires_ms = 0;
};

/// This program at an authorization server.
struct RegisteredClient {
  std::string id, secret;  ///< no secret: it needs none
};

/// Who changes: an administrator of the default tenant may more, as for bots that run programs.
struct Changer {
  std::int64_t tenant_id = 1;
  bool server_admin = false;
};

struct AddedPack {
  std::string service;
  bool replaced = false;  ///< one that was there
};
using NoteAdded = std::function<void(store::Tx&, const AddedPack&)>;

/// One per program; callable from any thread. Reading, checking and training happen on a thread of its own, once per
/// change for all who wait. What other processes on the same database change is taken up as soon as they tell
/// (Tx::announce); folders that somebody changed by hand within seconds (look()).
class PackServices final : public Services {
 public:
  struct Uses {
    store::Database& db;
    const base::Clock& clock;
    Stocker::Uses stocker;
    ListTools list_tools = {};    ///< empty: MCP servers have no tools here
    bool allow_programs = false;  ///< administrators of the server may add services that are programs
  };
  /// Listens for announcements as long as the database lives: outlives its last operation.
  explicit PackServices(Uses uses);
  ~PackServices() override;

  Task<std::shared_ptr<const Offer>> offer(std::int64_t tenant_id) override;
  /// Everything of a tenant, for its administrators. Errors as offer().
  Task<std::shared_ptr<const Stock>> stock(std::int64_t tenant_id);

  /// Everybody of the tenant has what lies on the disk and in the tables when it completes, in this process; other
  /// processes were told.
  Task<std::shared_ptr<const Stock>> reload(std::int64_t tenant_id);
  /// Errors: not_found (no such pack); invalid_param with `errors` (an address, a secret's name or value, a rule);
  /// conflict of status 400 (the pack has errors); unavailable. Durable, and in use, when it completes.
  Task<std::shared_ptr<const Stock>> change(Changer changer, std::string service, Change change,
                                            store::AlsoWrite also = {});
  /// Keeps the tokens in place of those of the sign-in before. Errors: not_found; conflict of status 400 (the pack, its
  /// address or its client is another one by now); forbidden (a token that cannot be kept); unavailable. Durable, and
  /// in use from then on, when it completes.
  Task<Unit> keep_sign_in(std::int64_t tenant_id, std::string service, SignedIn signed_in, store::AlsoWrite also = {});
  /// Keeps where people sign in to an MCP server whose pack does not say it. With a client that was registered for it,
  /// that one is kept in place of what was set for the service. Errors: not_found; conflict of status 400 (the pack or
  /// its address is another one by now); forbidden (a client that cannot be kept); unavailable. Durable, and in use,
  /// when it completes.
  Task<Unit> keep_found(std::int64_t tenant_id, std::string service, std::string base_url, packs::FoundSignIn found,
                        std::optional<RegisteredClient> client);
  /// Checks the files and keeps them. Errors: invalid_param with `errors` (what the pack lacks); forbidden (a program
  /// that would run on this machine, a key of the environment that would go elsewhere); too_large; internal (the disk).
  /// `before` is durable before the folder is there: the disk and the database have no commit in common.
  Task<AddedPack> add(Changer changer, packs::Files files, NoteAdded before = {});
  /// An added one, with what was set of it; a shipped one of its name is back. Errors: not_found; conflict of status
  /// 400 (it comes with the program); internal.
  /// `before` is durable before its folder goes.
  Task<Unit> remove(Changer changer, std::string service, store::AlsoWrite before = {});

  /// Looks whether folders were changed by hand. From a job, on a thread that may wait for disks.
  void look();
  /// Asks MCP servers for their tools, whose time has come or that said that theirs have changed (by account). From a
  /// job.
  Task<Unit> look_at_tools(std::set<std::string> changed);
  /// Packs of MCP servers that tenants use, as far as their stocks are ready.
  std::vector<calls::Service> mcp_services() EXCLUDES(mutex_);

 private:
  struct Kept {
    std::uint64_t wanted = 0, made = 0;  ///< which change the stock has to be of, and which it is of
    std::shared_ptr<const Stock> stock;
  };
  void forget(std::int64_t tenant_id) EXCLUDES(mutex_);
  void forget_all() EXCLUDES(mutex_);
  Kept kept_of(std::int64_t tenant_id) EXCLUDES(mutex_);
  /// On the workshop's thread.
  std::shared_ptr<const Stock> make(std::int64_t tenant_id, std::uint64_t wanted, const service_store::Rows& rows)
      EXCLUDES(mutex_);
  /// As it is on the disk and in the tables.
  Task<std::shared_ptr<const Stock>> made_stock(std::int64_t tenant_id);
  std::vector<std::pair<std::int64_t, std::shared_ptr<const Stock>>> kept_stocks() EXCLUDES(mutex_);
  Result<AddedPack> check_added(const Changer& changer, const packs::Files& files, const Stock& present) const;

  Uses uses_;
  ToolLists lists_;
  Stocker stocker_;  ///< the workshop's, but for what may be used by any thread
  base::Mutex mutex_;
  std::uint64_t changes_ GUARDED_BY(mutex_) = 0;
  std::map<std::int64_t, Kept> kept_ GUARDED_BY(mutex_);
  asio::thread_pool workshop_{1};
};

}  // namespace troupe::assistant::services
