// The devices of others as their owners publish them: asked when needed, asked again when they change, each with a true
// signature of its own. A device never changes its keys: one that does is refused until it signs in anew.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "fleet/encryption/encryption_store.h"
#include "fleet/encryption/line.h"
#include "fleet/encryption/signed_keys.h"
#include "fleet/term/term_store.h"
#include "matrix/key_exchange.h"

namespace troupe::fleet::encryption {

/// For all bots of a term. On the fleet's executor.
class Peers {
 public:
  Peers(asio::any_io_executor home, term::TermStore& store, matrix::KeyExchange& keys, const base::Clock& clock,
        base::MetricRegistry& metrics);

  /// Brings what is known of these users up to date, in the name of one of our accounts. One after the other: what one
  /// bot learns of a change another's answer from before it must not undo. Holds until whoever asked waits again.
  /// Errors: those of the homeserver and the database.
  Task<Unit> refresh(std::string asker, std::set<std::string> user_ids);
  /// Grows with each user whose devices may have changed.
  std::uint64_t generation() const { return generation_; }
  /// Whether devices of any of these users may have changed since then, as of the last refresh().
  bool changed_since(std::uint64_t generation, const std::set<std::string, std::less<>>& of) const;
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
  struct Published {
    std::string user_id;
    std::vector<PeerDevice> devices;
    std::string master_key;
  };
  struct Known {
    std::vector<PeerRow> devices;
    std::string master_key;
  };
  /// What is to be written down of those who were looked at.
  struct Seen {
    std::vector<PeerRow> devices;
    std::vector<std::string> crowded;                              ///< users of whom too many devices are kept
    std::vector<std::pair<std::string, std::string>> master_keys;  ///< by user
  };
  Task<Unit> take(std::vector<Published> published);
  User compare(Published published, const Known& known, Seen& seen);

  asio::any_io_executor home_;
  std::shared_ptr<Line> line_;
  term::TermStore& store_;
  matrix::KeyExchange& keys_;
  const base::Clock& clock_;
  base::Counter& changed_keys_;
  std::map<std::string, User> users_;
  StreamPos changes_upto_ = 0;
  std::uint64_t generation_ = 0;
  std::deque<std::string> changed_;  ///< whose turn each of the last generations was
};

}  // namespace troupe::fleet::encryption
