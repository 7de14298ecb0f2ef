// The mail about missed messages.
#pragma once
#include <string>

#include "homeserver/mail/letter.h"
#include "homeserver/missed_mail/missed_messages.h"

namespace troupe::homeserver::missed_mail {

struct MissedTo {
  std::string address;
  std::string server_name;
  std::string unsubscribe;  ///< a web address
};
/// As text and as HTML, in which nothing of the messages is more than text. Of each room the newest messages.
mail::Letter missed_letter(const Missed& missed, const MissedTo& to);

}  // namespace troupe::homeserver::missed_mail
