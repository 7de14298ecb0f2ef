// How rows look as JSON: one function per schema of schemas.h. Pure.
#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "identity/types.h"
#include "matrix/homeserver.h"

namespace troupe::console {

/// Seed 000's: "2026-11-20T08:00:00.123000", UTC without saying so.
std::string seed_time(base::UnixMs time);

boost::json::object user_view(const matrix::Account& account, const identity::Principal& principal);
boost::json::object audit_view(const identity::AuditRecord& record);

}  // namespace troupe::console
