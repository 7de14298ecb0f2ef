// What identity knows: principals, API keys, audit records.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/route/router.h"

namespace troupe::identity {

/// The tenant of whoever runs the server. Its administrators bear the homeserver's admin flag and are the server's.
inline constexpr std::int64_t kDefaultTenant = 1;

/// Whether the caller may do what concerns the whole server: programs, other tenants, the homeserver's admin flag.
inline bool is_server_admin(const net::route::Caller& caller) {
  return caller.role == net::route::Role::admin && caller.tenant_id == kDefaultTenant;
}

enum class PrincipalKind { person, bot, service };

std::string_view to_string(PrincipalKind kind);
std::string_view to_string(net::route::Role role);
std::optional<PrincipalKind> parse_kind(std::string_view text);
std::optional<net::route::Role> parse_role(std::string_view text);

/// Somebody or something that acts: a person, a bot, a service. The integer id is the one that the faces of other
/// products show, too.
struct Principal {
  std::int64_t id = 0;
  std::int64_t tenant_id = kDefaultTenant;
  PrincipalKind kind = PrincipalKind::person;
  std::string user_id;  ///< Matrix id; empty for a service
  std::string name;     ///< the local part, or the service's name
  net::route::Role role = net::route::Role::member;
  std::optional<base::UnixMs> disabled_ms;
  bool suspended = false;  ///< reads, and changes nothing (suspension.h)
  base::UnixMs created_ms = 0;

  /// How audit and history name it.
  const std::string& label() const { return user_id.empty() ? name : user_id; }
};

struct ApiKey {
  std::int64_t id = 0;
  std::int64_t principal_id = 0;
  std::string owner;  ///< label of the principal
  std::string name;
  std::string prefix;  ///< the first characters of the key, to tell keys apart
  net::route::Role role = net::route::Role::member;
  std::vector<std::string> scopes;  ///< empty: everything the role may
  base::UnixMs created_ms = 0;
  std::optional<base::UnixMs> last_used_ms;
  std::optional<base::UnixMs> expires_ms;
};

/// One line of the audit log.
struct AuditRecord {
  std::int64_t id = 0;
  std::int64_t tenant_id = kDefaultTenant;
  base::UnixMs at_ms = 0;
  std::int64_t actor_id = 0;  ///< 0: the program itself
  std::string actor;          ///< label of the principal, or "troupe"
  std::string action;         ///< "bot.start", "user.create", …
  std::string target;         ///< what it was done to
  boost::json::object detail;
  std::string request_id;
  std::string kind = "action";  ///< action, api_call or command_run
  std::string hash = {};        ///< set when it is written (audit_chain.h)
};

struct AuditQuery {
  std::string search = {};  ///< part of actor, action or target; empty: all
  std::string actor = {};   ///< exactly; empty: all
  std::string action = {};  ///< "user.create", or "user" for all that begins with "user."; empty: all
  std::string target = {};  ///< exactly; empty: all
  std::string kind = {};    ///< exactly; empty: all
  base::UnixMs since_ms = 0;
  base::UnixMs until_ms = std::numeric_limits<base::UnixMs>::max();  ///< not itself
  std::int64_t from = 0;
  std::int64_t limit = 100;  ///< 1…1000
};
struct AuditPage {
  std::vector<AuditRecord> items;  ///< newest first
  std::int64_t total = 0;
};

}  // namespace troupe::identity
