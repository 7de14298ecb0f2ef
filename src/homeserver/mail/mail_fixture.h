// For tests: a relay in memory, and what sends mails to it.
#pragma once
#include <gtest/gtest.h>

#include "homeserver/mail/mail_pages.h"

namespace troupe::homeserver::mail {

/// Takes mails over, or refuses them.
class Postman final : public Carrier {
 public:
  Result<Unit> carry(const net::smtp::Mail& mail) override {
    const base::Lock lock(mutex_);
    ++tries_;
    if (refusal_ && (refused_.empty() || refused_ == mail.to)) return std::unexpected(*refusal_);
    mails_.push_back(mail);
    return Unit{};
  }
  void stop() override {}
  /// Empty: whoever it is for.
  void refuse(Errc code, std::string to = {}) {
    const base::Lock lock(mutex_);
    refused_ = std::move(to);
    refusal_ = Error(code, "refused");
  }
  void accept() {
    const base::Lock lock(mutex_);
    refusal_.reset();
  }
  /// What came since the last call.
  std::vector<net::smtp::Mail> take() {
    const base::Lock lock(mutex_);
    return std::exchange(mails_, {});
  }
  int tries() const {
    const base::Lock lock(mutex_);
    return tries_;
  }

 private:
  mutable base::Mutex mutex_;
  std::vector<net::smtp::Mail> mails_ GUARDED_BY(mutex_);
  std::optional<Error> refusal_ GUARDED_BY(mutex_);
  std::string refused_ GUARDED_BY(mutex_);
  int tries_ GUARDED_BY(mutex_) = 0;
};

/// Settings with a relay and an address that links begin with.
inline void configure_mail(host::Settings& settings) {
  auto& mail = settings.edit<MailSettings>();
  mail.host = "relay.example.org";
  mail.from = "Troupe <troupe@example.org>";
  settings.public_base_url = "https://matrix.example.org/";
}

/// Everything made, over a database with the homeserver's tables.
struct MailOfTests {
  MailOfTests(store::Database& db, const host::Settings& settings, const base::Clock& clock,
              base::MetricRegistry& metrics)
      : queue({db, key, postman, settings, clock, metrics}), proofs({db, key, queue, settings, clock}) {}

  Postman postman;
  base::SealingKey key = base::SealingKey::from_raw(std::string(32, 'k')).value();
  MailQueue queue;
  Proofs proofs;
};

/// The link in a mail; empty: there is none.
inline std::string link_in(const net::smtp::Mail& mail) {
  const auto from = mail.text.find("https://");
  return from == std::string::npos ? std::string() : mail.text.substr(from, mail.text.find("\r\n", from) - from);
}

}  // namespace troupe::homeserver::mail
