#include "homeserver/missed_mail/missed_setup.h"

#include "homeserver/missed_mail/unsubscribe.h"

namespace troupe::homeserver::missed_mail {

MissedMails* setup_missed_mail(host::Context& context, const MissedBasis& basis) {
  if (!basis.mail || !sends_missed_mails(context.settings())) return nullptr;
  auto& messages = context.make<MissedMessages>(context.db(), basis.rooms, basis.sync.notifications);
  add_unsubscribe_pages(context.routes(), context.make<UnsubscribeApi>(
                                              UnsubscribeApi{context.db(), context.sealing_key(), context.settings()}));
  return &context.make<MissedMails>(MissedMails::Parts{.db = context.db(),
                                                       .queue = basis.mail->queue,
                                                       .messages = messages,
                                                       .key = context.sealing_key(),
                                                       .settings = context.settings(),
                                                       .clock = context.clock()});
}

}  // namespace troupe::homeserver::missed_mail
