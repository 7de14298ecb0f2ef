// How a record of the audit log continues the one before it: a hash over both. docs/audit-chain.md is the same in
// words, for verifiers in other languages.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

/// What a walk along a chain found.
struct ChainReport {
  std::int64_t checked = 0;    ///< records that continue each other
  std::int64_t unchained = 0;  ///< older than the chain
  std::string head;            ///< of the last record that was good
  std::optional<std::int64_t>
      broken_id;        ///< the first record that does not continue the one before; 0: the end is missing
  std::string problem;  ///< a sentence; empty: whole
  std::optional<std::int64_t> found_id;  ///< whose hash is the one that was asked for; 0: the beginning
};

/// Walks a chain record by record. Not thread-safe.
class ChainWalk {
 public:
  /// `wanted`: a hash that was written down elsewhere; empty: none.
  ChainWalk(AuditChain chain, std::string wanted);
  /// The next record by number. False: the walk is over, the chain is broken.
  bool step(const AuditLine& line);
  /// After the last record.
  ChainReport finish() &&;

 private:
  bool broken(std::int64_t id, std::string problem);

  AuditChain chain_;
  std::string wanted_;
  ChainReport report_;
};

}  // namespace troupe::identity
