// Makes what sends mails, where a relay is configured.
#pragma once
#include <memory>

#include "homeserver/mail/mail_pages.h"
#include "host/module.h"

namespace troupe::homeserver::mail {

/// One per server that sends mails; lives as long as the context.
struct MailParts {
  explicit MailParts(host::Context& context);

  std::unique_ptr<Carrier> carrier;
  MailQueue queue;
  Proofs proofs;
  MailPageApi pages;
};

/// The parts with their routes, jobs and health; nullptr: no relay is configured.
MailParts* setup_mail(host::Context& context);

/// Whether the relay answers and lets us in, for `troupe doctor`.
host::Finding examine_mail(const host::Examination& examination);

}  // namespace troupe::homeserver::mail
