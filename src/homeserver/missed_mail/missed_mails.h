// Mails about messages that somebody has not read (pushers of the kind email).
#pragma once
#include <chrono>

#include "base/metrics.h"
#include "homeserver/mail/mail_queue.h"
#include "homeserver/missed_mail/missed_messages.h"
#include "homeserver/missed_mail/missed_store.h"

namespace troupe::homeserver::missed_mail {

/// One per server; of several processes one runs it, beside the looks that plan (push/push_look.h), which wait for no
/// round of it. A message waits `mail.missed_after_s` to be read on any device. Then one mail tells of all that is
/// unread by then, and is put among the mails in the commit that notes it: a crash loses none and doubles none. What
/// was to be planned while it was looked for is looked for once more. While the messages of a mail stay unread the next
/// one waits: six times as long, then twice as long each time, a day at most.
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
  /// A row that is due, and up to where was planned when it was read.
  struct Look {
    MissedRow row;
    std::int64_t at_ms = 0;
    StreamPos planned_upto = 0;
  };
  Task<Unit> look_at(const MissedRow& due);
  Task<Unit> put_off(const MissedRow& row, std::int64_t due_ms);
  /// Nothing waits any more, unless something was planned meanwhile: that was nothing new to a row that was due. False
  /// as missed_store::replace().
  bool end(store::Tx& tx, const Look& look, MissedRow after) const;
  Task<Unit> end(const Look& look, const MissedRow& after);
  Task<Unit> send(const Look& look, const MissedRow& after, const Missed& missed);

  Parts parts_;
};

}  // namespace troupe::homeserver::missed_mail
