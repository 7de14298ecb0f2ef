// The devices of others as their owners publish them: asked when needed, asked again when they change, each with a true
// signature of its own. A device never changes its keys: one that does is refused until it signs in anew.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "fleet/encryption/signed_keys.h"
#include "fleet/term/term_store.h"
#include "matrix/key_exchange.h"

namespace troupe::fleet::encryption {

/// For all bots of a term. On the fleet's executor.
class Peers {
 public:
  Peers(term::TermStore& store, matrix::KeyExchange& keys, const base::Clock& clock, base::MetricRegistry& metrics);

  /// Brings what is known of these users up to date, in the name of one of our accounts. Errors: those of the
  /// homeserver and the database.
  Task<Unit> refresh(std::string asker, std::set<std::string> user_ids);
  /// As of the last refresh(); empty for whoever has none.
  const std::vector<PeerDevice>& devices(const std::string& user_id) const;
  /// nullptr: the user has no such device, or it is refused.
  const PeerDevice* find(const std::string& user_id, std::string_view curve25519) const;
  /// The device with this identity key has changed its keys since it was first seen.
  bool is_refused(const std::string& user_id, std::string_view curve25519) const;

 private:
  struct User {
    std::vector<PeerDevice> devices;
    std::set<std::string> refused;  ///< identity keys
  };
  Task<Unit> follow_changes();
  Task<Unit> ask(std::string asker, std::vector<std::string> user_ids);
  Task<Unit> take(std::string user_id, std::vector<PeerDevice> published, std::string master_key);

  term::TermStore& store_;
  matrix::KeyExchange& keys_;
  const base::Clock& clock_;
  base::Counter& changed_keys_;
  std::map<std::string, User> users_;
  StreamPos changes_upto_ = 0;
};

}  // namespace troupe::fleet::encryption
