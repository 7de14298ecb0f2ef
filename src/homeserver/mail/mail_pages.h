// The page behind the link in a mail.
#pragma once
#include "homeserver/mail/proofs.h"
#include "net/route/router.h"

namespace troupe::homeserver::mail {

struct MailPageApi {
  Proofs& proofs;
  const host::Settings& settings;
};
void add_mail_pages(net::route::Router& router, MailPageApi& api);

/// Whether a client may have the person led there afterwards: a web address without a user name.
bool is_next_link(std::string_view text);

}  // namespace troupe::homeserver::mail
