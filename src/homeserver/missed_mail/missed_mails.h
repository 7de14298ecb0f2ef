// Mails about messages that somebody has not read (pushers of the kind email).
#pragma once
#include <chrono>

#include "base/metrics.h"
#include "homeserver/mail/mail_queue.h"
#include "homeserver/missed_mail/missed_messages.h"
#include "homeserver/missed_mail/missed_store.h"

namespace troupe::homeserver::missed_mail {

/// One per server; of several processes one runs it, and its rounds come after the looks that plan (push/push_look.h),
/// never beside them. A message waits `mail.missed_after_s` to be read on any device. Then one mail tells of all that
/// is unread by then, and is put among the mails in the commit that notes it: a crash loses none and doubles none.
/// While the messages of a mail stay unread the next one waits: six times as long, then twice as long each time, a day
/// at most.
class MissedMails {
 public:
  static constexpr std::int64_t kAtOnce = 10;  ///< looks of one round
  static constexpr int kFirstPause = 6;        ///< times `mail.missed_after_s`
  static constexpr std::chrono::hours kLongestPause{24};
  static constexpr std::chrono::hours kLife{24};       ///< of a mail that waits for the relay
  static constexpr std::chrono::minutes kTryAgain{5};  ///< when a look failed

  struct Parts {
    store::Database& db;
    mail::MailQueue& queue;
    MissedMessages& messages;
    const base::SealingKey& key;
    const host::Settings& settings;
    const base::Clock& clock;
  };
  explicit MissedMails(Parts parts) : parts_(parts) {}

  /// From a job.
  Task<Unit> round();
  /// How long a message waits.
  std::chrono::milliseconds wait() const;

 private:
  Task<Unit> look_at(const MissedRow& row);
  Task<Unit> put_off(const MissedRow& row, std::int64_t due_ms);
  Task<Unit> send(const MissedRow& row, const MissedRow& after, const Missed& missed);

  Parts parts_;
};

}  // namespace troupe::homeserver::missed_mail
