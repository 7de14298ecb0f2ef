// Shapes of /api/v1/overview, /settings, /tenants, /audit and of /health (api/shape.h).
#pragma once
#include "api/shape.h"
#include "fleet/routes/shape_tables.h"
#include "host/settings.h"
#include "identity/audit_anchors.h"
#include "identity/audit_chain.h"
#include "identity/tenants.h"
#include "identity/types.h"

namespace troupe::console::server {

struct NewTenantBody {
  std::string name;
};

// Parts of the overview.
struct Counts {
  std::int64_t users = 0;
  std::int64_t bots = 0;
  std::int64_t bots_running = 0;
  std::int64_t bots_failed = 0;
};
struct TroubledBot {
  std::string bot_id;
  std::string display_name;
  fleet::BotState state = fleet::BotState::created;
  fleet::Trouble trouble;
};
struct TroubledBots {
  std::int64_t total = 0;
  std::vector<TroubledBot> items;
};
struct NamedCheck {
  std::string name;
  bool ok = true;
  std::optional<std::string> detail;
};
struct Hint {
  std::string_view code;
  std::string_view title;
  std::string_view text;
  std::string_view link;
};
struct Overview {
  std::string version;
  std::string server_name;
  base::UnixMs started_ms = 0;
  std::int64_t uptime_s = 0;
  std::string matrix_url;
  Counts counts;
  TroubledBots troubled;
  std::vector<NamedCheck> checks;
  std::vector<Hint> hints;
};

/// A head of the chain that was written down elsewhere, with what proves it.
struct AnchorLine {
  identity::Anchored anchor;
  std::string proof;  ///< as base64
};
struct AnchorLines {
  std::vector<AnchorLine> items;
};

/// A piece of the audit log as its chain has it.
struct AuditLines {
  identity::AuditChain chain;
  std::vector<identity::AuditLine> items;
};

struct HealthOfPart {
  bool ok = true;
  std::optional<std::string> detail;
};
struct Health {
  std::string_view status;
  base::UnixMs at_ms = 0;
  std::string version;
  std::int64_t uptime_s = 0;
  std::map<std::string, HealthOfPart> checks;
  std::string error;
};

void add_server_shapes(const api::Kit& kit);

}  // namespace troupe::console::server

namespace troupe::api {

Shape<identity::Tenant> make_shape(Of<identity::Tenant>);
Shape<console::server::NewTenantBody> make_shape(Of<console::server::NewTenantBody>);
Shape<identity::AuditRecord> make_shape(Of<identity::AuditRecord>);
Shape<identity::AuditChain> make_shape(Of<identity::AuditChain>);
Shape<identity::AuditLine> make_shape(Of<identity::AuditLine>);
Shape<identity::ChainReport> make_shape(Of<identity::ChainReport>);
Shape<console::server::AuditLines> make_shape(Of<console::server::AuditLines>);
Shape<console::server::AnchorLines> make_shape(Of<console::server::AnchorLines>);
Shape<identity::PlaceStanding> make_shape(Of<identity::PlaceStanding>);
Shape<identity::AnchorStanding> make_shape(Of<identity::AnchorStanding>);
Shape<host::SettingLine> make_shape(Of<host::SettingLine>);
Shape<console::server::Overview> make_shape(Of<console::server::Overview>);
Shape<console::server::Health> make_shape(Of<console::server::Health>);

}  // namespace troupe::api
