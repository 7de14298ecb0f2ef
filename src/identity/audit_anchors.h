// The heads of the audit log's chains, written down outside this server from time to time: what its owner cannot take
// back. docs/audit-chain.md.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "identity/anchor_store.h"
#include "identity/audit.h"

namespace troupe::identity {

/// How a place stands to one tenant's chain.
struct PlaceStanding {
  std::string kind;                     ///< "time_stamp", "room"
  std::string place;                    ///< for people
  std::optional<Anchored> newest = {};  ///< of this kind
  base::UnixMs waiting_ms = 0;          ///< when the oldest record behind that was written; 0: there is none
  base::UnixMs failing_ms = 0;          ///< since when every try failed, as far as this process made them; 0: none did
  std::string problem = {};             ///< of the last try
  bool late = false;                    ///< no success for longer than three rounds
};
struct AnchorStanding {
  std::chrono::minutes every{60};
  std::vector<PlaceStanding> places = {};  ///< none: anchoring is switched off
};

/// One per program; callable from any thread.
class AuditAnchors {
 public:
  using Places = std::vector<std::unique_ptr<anchors::Place>>;
  struct Uses {
    store::Database& db;
    Audit& audit;
    const base::Clock& clock;
  };
  struct Rules {
    std::chrono::minutes every{60};  ///< how often a chain that has grown is anchored, at each place
    std::int64_t keep_days = 0;      ///< so long records are kept (Audit::sweep); 0: for ever
  };
  AuditAnchors(const Uses& uses, Places places, Rules rules) : uses_(uses), places_(std::move(places)), rules_(rules) {}

  /// A job, each minute: anchors what is due. A place that fails is asked again after five minutes.
  Task<Unit> run();
  /// A job, with the time of Audit::sweep: forgets those of records that are kept no longer.
  Task<Unit> sweep(base::UnixMs now);
  /// For /health: a place that has failed for longer than three rounds; nothing: all is well.
  std::optional<std::string> trouble() const;

  /// As Audit::verify, and each of the newest 10,000 anchors against the chain; of each kind the newest are asked of
  /// their place besides (Place::most_checked). A problem is whatever contradicts.
  Task<ChainReport> verify(std::int64_t tenant_id, std::string wanted);
  /// What each place has of the tenant's chain, and whether it fails; nobody outside is asked.
  Task<AnchorStanding> standing(std::int64_t tenant_id);
  /// With their proofs, those behind number `after`.
  Task<std::vector<anchor_store::Kept>> page(std::int64_t tenant_id, std::int64_t after, std::int64_t limit);

 private:
  struct Failing {
    base::UnixMs since_ms = 0;
    std::chrono::steady_clock::time_point again;
    std::string why;
  };
  bool may_try(const anchors::Place& place) const EXCLUDES(mutex_);
  void note(const anchors::Place& place, const Error* failed) EXCLUDES(mutex_);
  /// What is known of the tries there.
  PlaceStanding tries_at(const anchors::Place& place) const EXCLUDES(mutex_);
  base::UnixMs trouble_after_ms() const;
  /// The tenants that are due at one place.
  Task<Unit> run_at(anchors::Place& place);
  Task<Unit> anchor(anchors::Place& place, anchors::Head head);
  /// A chain that begins behind a record which it has to have was written anew.
  void doubt_gone(ChainReport& report) const;
  Task<Unit> ask(anchors::Place& place, std::int64_t tenant_id, ChainReport& report);

  const Uses uses_;
  const Places places_;
  const Rules rules_;
  mutable base::Mutex mutex_;
  std::map<std::string, Failing, std::less<>> failing_ GUARDED_BY(mutex_);  ///< by kind
};

}  // namespace troupe::identity
