// How a record of the audit log continues the one before it: a hash over both. docs/audit-chain.md is the same in
// words, for verifiers in other languages.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace troupe::identity {

/// What the first record of a chain continues.
inline constexpr std::string_view kChainGenesis = "0000000000000000000000000000000000000000000000000000000000000000";

/// A record as the chain sees it: `detail` is the stored text, not what it parses to.
struct AuditLine {
  std::int64_t id = 0;
  std::int64_t tenant_id = 0;
  base::UnixMs at_ms = 0;
  std::int64_t actor_id = 0;
  std::string actor;
  std::string kind;
  std::string action;
  std::string target;
  std::string detail;
  std::string request_id;
  std::string hash;  ///< 64 lower-case hex digits; empty: older than the chain
};

/// Where a tenant's chain begins and ends.
struct AuditChain {
  std::string head = std::string(kChainGenesis);  ///< of the newest record
  std::int64_t last_id = 0;                       ///< its number
  std::string base = std::string(kChainGenesis);  ///< what the oldest kept record continues
  std::int64_t base_id = 0;                       ///< records up to here are not of the chain
};

/// SHA-256 over the hash before and the line's fields, each as its length in bytes, a colon, the bytes and a comma.
std::string link_hash(std::string_view before, const AuditLine& line);

/// How a head that was written down elsewhere stands to the chain.
enum class AnchorState : std::uint8_t {
  unreached,    ///< the chain is broken before it
  gone,         ///< its record is kept no longer
  contradicts,  ///< the chain has another record there, or none
  matches,      ///< it is in the chain; where it was written down was not asked
  proven,       ///< it is in the chain, and where it was written down confirms it
  unproven,     ///< where it was written down says otherwise
};
inline constexpr std::array<std::string_view, 6> kAnchorStates{"unreached", "gone",   "contradicts",
                                                               "matches",   "proven", "unproven"};

/// A head that was written down elsewhere.
struct Anchored {
  std::int64_t id = 0;
  std::string kind;   ///< "time_stamp", "room"
  std::string place;  ///< for people
  std::string head;
  std::int64_t last_id = 0;    ///< number of the record whose hash it is
  base::UnixMs record_ms = 0;  ///< when that was written; 0: it was kept no longer
  base::UnixMs at_ms = 0;      ///< when the head was written down, by our clock
  AnchorState state = AnchorState::unreached;
  base::UnixMs proven_ms = 0;  ///< when it was written down, as the place says; 0: it was not asked
  std::string problem = {};    ///< of one that contradicts, is unproven, or could not be asked
};

/// What a walk along a chain found.
struct ChainReport {
  std::int64_t checked = 0;    ///< records that continue each other
  std::int64_t unchained = 0;  ///< older than the chain
  std::string head;            ///< of the last record that was good
  std::optional<std::int64_t>
      broken_id;        ///< the first record that does not continue the one before; 0: the end is missing
  std::string problem;  ///< a sentence; empty: whole
  std::optional<std::int64_t> found_id;  ///< whose hash is the one that was asked for; 0: the beginning
  std::vector<Anchored> anchors = {};    ///< by record
  std::int64_t anchors_total = 0;        ///< that were compared, of which `anchors` may have the newest and the wrong
};

/// Walks a chain record by record. Not thread-safe.
class ChainWalk {
 public:
  /// `wanted`: a hash that was written down elsewhere; empty: none. `anchors`: by record, and written before `chain`
  /// was read.
  ChainWalk(AuditChain chain, std::string wanted, std::vector<Anchored> anchors = {});
  /// The next record by number. False: the walk is over, the chain is broken.
  bool step(const AuditLine& line);
  /// After the last record.
  ChainReport finish() &&;

 private:
  bool broken(std::int64_t id, std::string problem);
  /// The chain has come to this record: what was written down up to it stands or falls.
  void meet(std::int64_t id, std::string_view hash);

  AuditChain chain_;
  std::string wanted_;
  ChainReport report_;
  std::size_t met_ = 0;  ///< so many anchors were
};

}  // namespace troupe::identity
