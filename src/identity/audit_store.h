// SQL of the audit log and its chains.
#pragma once
#include <vector>

#include "identity/audit_chain.h"
#include "identity/types.h"
#include "store/database.h"

namespace troupe::identity::audit_store {

/// Adds the line to its tenant's chain, and sets its number and hash. A process writes alone while it writes
/// (store/ledger.h), so that no other adds to the chain meanwhile.
void insert(store::Tx& tx, AuditLine& line);
/// The oldest records of each tenant while they are older than this; at most a piece, yields how many.
std::int64_t delete_old(store::Tx& tx, base::UnixMs before);
AuditPage page(store::Connection& c, std::int64_t tenant_id, const AuditQuery& query);

AuditChain chain(store::Connection& c, std::int64_t tenant_id);
/// A record behind the newest of the tenant's chain, or one with a hash where there is no chain.
std::optional<std::int64_t> first_outside(store::Connection& c, std::int64_t tenant_id);
std::int64_t count(store::Connection& c, std::int64_t tenant_id);
/// The records behind number `after` up to `last`, oldest first.
std::vector<AuditLine> lines(store::Connection& c, std::int64_t tenant_id, std::int64_t after, std::int64_t last,
                             std::int64_t limit);

}  // namespace troupe::identity::audit_store
