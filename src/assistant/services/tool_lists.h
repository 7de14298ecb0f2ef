// What the MCP servers of tenants offer: asked for when a service is new, when its server says that it has changed,
// and from time to time; kept in the database, so that it is known after a restart and while the server is away.
#pragma once
#include <map>
#include <set>

#include "assistant/services/stock.h"
#include "base/mutex.h"
#include "store/database.h"

namespace troupe::assistant::services {

/// Asks a server for its list: calls::Caller::list_tools.
using ListTools = std::function<Task<matrix::JsonArray>(calls::Service, std::chrono::milliseconds)>;

/// One per program; callable from any thread.
class ToolLists {
 public:
  /// For the first list of a service, which whoever asks for it waits for.
  static constexpr std::chrono::seconds kPatience{15};
  static constexpr std::chrono::minutes kEvery{10};
  static constexpr std::chrono::seconds kFirstPause{30};  ///< after a list that could not be had; doubled up to kEvery
  static constexpr std::size_t kMaxAtOnce = 16;           ///< servers that one look() asks
  static constexpr std::size_t kMaxOfTenant = 4;
  static constexpr std::size_t kMaxKept = 20'000;  ///< services of which is known when they were asked

  struct Uses {
    store::Database& db;
    const base::Clock& clock;
    ListTools list;                             ///< empty: there are no MCP servers here
    std::function<void(std::int64_t)> changed;  ///< another list of this tenant is stored
    std::function<void(store::Tx&, std::int64_t)> tell_others;
  };
  explicit ToolLists(Uses uses) : uses_(std::move(uses)) {}

  /// Whether a service of the stock has no list and was not asked for one yet.
  bool wants(const Stock& stock) EXCLUDES(mutex_);
  /// Asks those that wants() means, or all of them, for about kPatience; look() asks the rest. True: what is stored is
  /// another one now.
  Task<bool> ask(std::int64_t tenant_id, std::shared_ptr<const Stock> stock, bool all);
  /// The service's pack came or went: whoever wants its list next asks for it.
  void forget(const std::string& account) EXCLUDES(mutex_);
  /// Asks those whose time has come, and those whose server said that its tools are others (`accounts`). From a job.
  Task<Unit> look(std::vector<std::pair<std::int64_t, std::shared_ptr<const Stock>>> stocks,
                  std::set<std::string> accounts);

 private:
  struct Asked {
    std::string way;  ///< a digest of the address, of the keys, and of whether an administrator leads there
    std::chrono::steady_clock::time_point next;
    std::chrono::milliseconds pause{0};
    std::chrono::steady_clock::time_point hurried = std::chrono::steady_clock::time_point() - kFirstPause;
  };
  static bool is_asked(const Item& item);
  /// It was not asked yet, or not there; forget() makes it so.
  bool is_new(const Item& item) EXCLUDES(mutex_);
  /// Marks it as asked, so that nobody else asks meanwhile. False: it need not be.
  bool take(const Item& item, bool all) EXCLUDES(mutex_);
  void note(const Item& item, bool good) EXCLUDES(mutex_);
  /// Its server says that its tools are others: it is due now, and after that not for a while, for each other list is
  /// learned anew.
  void hurry(const Item& item) EXCLUDES(mutex_);
  /// To the next look().
  void postpone(const Item& item) EXCLUDES(mutex_);
  Task<bool> ask_one(std::int64_t tenant_id, std::shared_ptr<const Stock> stock, const Item& item);
  Task<bool> store(std::int64_t tenant_id, const Item& item, const matrix::JsonArray& tools);
  /// Remembers that the server asks people to sign in, or does so no longer.
  Task<bool> note_sign_in(std::int64_t tenant_id, const Item& item, bool asks);

  Uses uses_;
  base::Mutex mutex_;
  std::map<std::string, Asked> asked_ GUARDED_BY(mutex_);  ///< by account
  std::int64_t last_ = 0;                                  ///< look()'s: whose turn it was
};

}  // namespace troupe::assistant::services
