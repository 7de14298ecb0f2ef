#include "meetings/routes/doors.h"

namespace troupe::meetings::routes {

Task<Recording> RecordingDoor::take_with(recordings::Recordings& recordings, life::Meetings& meetings,
                                         std::string token, recordings::NewChunk chunk) {
  auto admitted = co_await meetings.admit(std::move(token));
  if (!admitted && admitted.error().code() == Errc::unknown_token) {
    co_return Error(Errc::not_found, "There is no such session.");
  }
  CO_TRY(const auto kept, std::move(admitted));
  chunk.meeting = kept.meeting.id;
  chunk.attempt = kept.attempt->number;
  chunk.session_uid = kept.attempt->connection_id;
  co_return co_await recordings.take(std::move(chunk));
}

Task<records::TenantRetention> RetentionDoor::find(const net::route::Call& call) const {
  return db_.read([tenant = api::tenant(call)](store::Connection& c) -> Result<records::TenantRetention> {
    return records::retention_of(c, tenant);
  });
}

Task<Unit> RetentionDoor::set(const net::route::Call& call, records::TenantRetention wanted) const {
  return db_.write([tenant = api::tenant(call), wanted](store::Tx& tx) -> Result<Unit> {
    records::set_retention(tx, tenant, wanted);
    return Unit{};
  });
}

OwnWebhooks::OwnWebhooks(hooks::Webhooks& hooks, const net::route::Call& call)
    : hooks_(hooks),
      whose_(whose_of(call)),
      actor_(actor_of(call)),
      is_server_admin_(call.caller->role == net::route::Role::admin && !api::visible_tenant(call)) {}

Task<hooks::MadeWebhook> OwnWebhooks::create(hooks::NewWebhook wanted, bool tenant_wide) const {
  return hooks_.create({.tenant_id = whose_.tenant_id,
                        .owner_id = tenant_wide ? 0 : actor_.id,
                        .label = actor_.label,
                        .is_admin = is_server_admin_},
                       std::move(wanted));
}

}  // namespace troupe::meetings::routes
