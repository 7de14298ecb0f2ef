// The link in each mail about missed messages that ends them, without signing in.
#pragma once
#include <string>

#include "base/crypto.h"
#include "homeserver/accounts/mail_pusher_store.h"
#include "host/settings.h"
#include "net/route/router.h"

namespace troupe::homeserver::missed_mail {

inline constexpr std::string_view kUnsubscribePath = "/_matrix/client/mail/unsubscribe";

/// Whom a link is for. It is of no use any more once these mails have ended, even if they begin again.
struct Subscriber {
  std::string user_id;
  std::string address;
  base::UnixMs made_ms = 0;  ///< of the pusher
  bool operator==(const Subscriber&) const = default;
};

/// Sealed: nobody makes one but this server.
std::string unsubscribe_token(const base::SealingKey& key, const Subscriber& whom);
/// Error: not_found.
Result<Subscriber> read_unsubscribe_token(const base::SealingKey& key, std::string_view token);

struct UnsubscribeApi {
  store::Database& db;
  const base::SealingKey& key;
  const host::Settings& settings;
};
/// GET shows a page with a button, POST ends the mails: the button's, or a mail program's (RFC 8058).
void add_unsubscribe_pages(net::route::Router& router, UnsubscribeApi& api);

}  // namespace troupe::homeserver::missed_mail
