#include "homeserver/oauth/clients.h"

#include "base/crypto.h"
#include "base/encoding.h"
#include "homeserver/oauth/oauth_store.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::oauth {
namespace {

constexpr std::size_t kIdBytes = 20;

std::string id_of(std::string_view metadata) {
  const auto digest = base::sha256("troupe oauth client\n" + std::string(metadata));
  return base::base64url(base::Bytes(digest).first(kIdBytes));
}

}  // namespace

Task<Registered> Clients::add(ClientMetadata said) {
  CO_TRY(auto metadata, check_metadata(std::move(said)));
  const auto text = stored(metadata);
  const auto id = id_of(text);
  const auto now = clock_.unix_ms();
  auto look = [&id](store::Connection& connection) -> Result<bool> {
    return oauth_store::find_client(connection, id).has_value();
  };
  CO_TRY(const bool known, co_await db_.read(look));
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    if (oauth_store::put_client(tx, id, text, now) &&
        oauth_store::count_unused_clients(tx, kMaxUnused + 1) > kMaxUnused)
      oauth_store::delete_oldest_unused_client(tx);
    return Unit{};
  };
  if (!known) {
    CO_TRY(co_await db_.write(write));
  }
  co_return Registered{.client_id = id, .client_id_issued_at = now / 1000, .metadata = std::move(metadata)};
}

Task<Client> Clients::find(std::string client_id) {
  std::optional<std::string> metadata;
  if (!client_id.empty() && client_id.size() <= kMaxIdBytes) {
    auto look = [&](store::Connection& connection) -> Result<std::optional<std::string>> {
      return oauth_store::find_client(connection, client_id);
    };
    CO_TRY(metadata, co_await db_.read(look));
  }
  if (!metadata) {
    co_return Error(Errc::unknown_token, "No client with this id is registered here: it must register again.")
        .with_wire_code("invalid_client");
  }
  co_return Client{.client_id = std::move(client_id), .metadata = from_stored(*metadata)};
}

Task<Unit> Clients::sweep(base::UnixMs age_now) {
  const auto unused = age_now - std::chrono::milliseconds(kKeepUnused).count();
  const auto used = age_now - std::chrono::milliseconds(kKeepUsed).count();
  auto piece = [=](store::Tx& tx) { return oauth_store::delete_old_clients(tx, unused, used, store::kPiece); };
  co_return co_await store::write_in_pieces(db_, piece);
}

}  // namespace troupe::homeserver::oauth
