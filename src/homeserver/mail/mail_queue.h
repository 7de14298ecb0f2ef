// Mails on their way to the relay: written down with what they are about, sent by a job, tried again.
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/task.h"
#include "homeserver/common/run_clock.h"
#include "homeserver/common/settings.h"
#include "homeserver/mail/letter.h"
#include "homeserver/mail/mail_store.h"
#include "net/smtp/smtp.h"

namespace troupe::homeserver::mail {

/// The way to the relay.
class Carrier {
 public:
  virtual ~Carrier() = default;
  /// Blocks. Errors: as net::smtp::send.
  virtual Result<Unit> carry(const net::smtp::Mail& mail) = 0;
  /// What is under way ends soon, and nothing begins any more. From any thread.
  virtual void stop() = 0;
};

/// What an operation may not find out for itself, because it may run twice.
struct MailStamp {
  base::UnixMs now_ms = 0;
  base::UnixMs due_ms = 0;  ///< at once, by the clock of the queue
  std::string id;           ///< of the mail, drawn at random
};

/// One per server; put() from any operation, send_due() one after the other. A mail is gone from the database once the
/// relay has it, so a crash repeats the one under way and loses none. A relay that is in trouble is asked again after 2
/// s to 5 min, with another mail if one is due; a mail that it refuses for now after 30 s to an hour, until its time is
/// over.
class MailQueue {
 public:
  static constexpr std::int64_t kMostWaiting = 5'000;
  static constexpr std::chrono::milliseconds kFirstPause{2'000};
  static constexpr std::chrono::milliseconds kLongestPause{300'000};
  static constexpr std::chrono::milliseconds kFirstRetry{30'000};
  static constexpr std::chrono::milliseconds kLongestRetry{3'600'000};

  struct Parts {
    store::Database& db;
    const base::SealingKey& key;
    Carrier& carrier;
    const host::Settings& settings;
    const base::Clock& clock;
    base::MetricRegistry& metrics;
  };
  explicit MailQueue(Parts parts);
  ~MailQueue();

  /// Part of the operation: it goes out when that has committed. `ends_ms`: then it is of no use any more. Error:
  /// unavailable (too many wait).
  Result<Unit> put(store::Tx& tx, const Letter& letter, base::UnixMs ends_ms, const MailStamp& stamp) const;
  MailStamp stamp() const;
  /// From a job. What fails is noted, not told.
  Task<Unit> send_due();
  /// Nothing when mails go out, else what the relay or the way to it made of the last one. Any thread.
  std::optional<std::string> trouble() const;
  void stop();

 private:
  enum class Next { go_on, pause };
  Task<Next> deliver(const MailRow& row);
  Task<Unit> put_behind(const MailRow& row);
  Task<Unit> settle(const MailRow& row, std::string_view outcome, const Error* refusal);
  void note_trouble(std::string sentence);

  Parts parts_;
  RunClock waits_;  ///< by which mails are due
  base::Family<base::Counter>& mails_;
  asio::thread_pool pool_{1};  ///< waits for the relay
  StreamPos looked_at_ = -1;
  base::UnixMs next_due_ms_ = 0;
  std::chrono::steady_clock::time_point paused_until_{};
  int failures_ = 0;  ///< of the relay, in a row
  mutable base::Mutex mutex_;
  std::string trouble_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace troupe::homeserver::mail
