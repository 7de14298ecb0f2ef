// One mail as people read it, and as it goes out (RFC 5322).
#pragma once
#include <string>

#include "base/clock.h"
#include "homeserver/common/mail_address.h"

namespace troupe::homeserver::mail {

struct Letter {
  std::string to;                ///< as canonical_mail_address() has it
  std::string subject;           ///< what would end the line becomes a space
  std::string text;              ///< UTF-8, lines ending with '\n'
  std::string html = {};         ///< the same for programs that show it, UTF-8; empty: the text alone
  std::string unsubscribe = {};  ///< web address that ends mails of this kind (RFC 8058); empty: there is none
};

/// Headers and text. `id` makes the Message-ID, so that a mail that comes twice can be told.
std::string compose(const Letter& letter, const MailSender& from, std::string_view id, base::UnixMs now);

}  // namespace troupe::homeserver::mail
