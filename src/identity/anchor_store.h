// SQL of the audit log's anchors.
#pragma once
#include <optional>
#include <vector>

#include "identity/anchors/place.h"
#include "identity/audit_chain.h"
#include "store/database.h"

namespace troupe::identity::anchor_store {

/// An anchor with what proves it.
struct Kept {
  Anchored anchor;
  std::int64_t tenant_id = 0;
  std::string proof;
};

/// When the last anchor of a tenant is young: after `since`. One from behind `until` was made while the clock was
/// ahead.
struct Young {
  base::UnixMs since = 0, until = 0;
};
/// The heads of tenants behind `after_tenant` of which this kind has no anchor, nor any young one of the tenant's.
std::vector<anchors::Head> due(store::Connection& c, std::string_view kind, const Young& young,
                               std::int64_t after_tenant, std::int64_t limit);
/// Gives it a number.
void insert(store::Tx& tx, const Kept& kept);
/// The newest `most` of a tenant, by record; without their proofs.
std::vector<Anchored> newest(store::Connection& c, std::int64_t tenant_id, std::int64_t most);
/// The one of this kind that was made last.
std::optional<Anchored> last_of(store::Connection& c, std::int64_t tenant_id, std::string_view kind);
/// When the oldest record of the chain behind number `last_id` was written; 0: there is none.
base::UnixMs oldest_behind(store::Connection& c, std::int64_t tenant_id, std::int64_t last_id);
/// With their proofs, those behind number `after` first.
std::vector<Kept> page(store::Connection& c, std::int64_t tenant_id, std::int64_t after, std::int64_t limit);
/// Empty: there is none.
std::string proof(store::Connection& c, std::int64_t tenant_id, std::int64_t id);
/// Those of records that are kept no longer because they are older than this; at most a piece, yields how many.
std::int64_t delete_gone(store::Tx& tx, base::UnixMs before);

}  // namespace troupe::identity::anchor_store
