// Makes what sends mails about missed messages.
#pragma once
#include "homeserver/mail/mail_setup.h"
#include "homeserver/missed_mail/missed_mails.h"
#include "homeserver/sync/sync_setup.h"

namespace troupe::homeserver::missed_mail {

/// What stands below. All but the struct itself must outlive the context.
struct MissedBasis {
  mail::MailParts* mail;  ///< nullptr: the server sends no mails
  memory::Rooms& rooms;
  const sync::SyncParts& sync;
};

/// Lives as long as the context, with its pages; its rounds are the pushes' job (push/push_setup.h). nullptr: no such
/// mails are sent.
MissedMails* setup_missed_mail(host::Context& context, const MissedBasis& basis);

}  // namespace troupe::homeserver::missed_mail
