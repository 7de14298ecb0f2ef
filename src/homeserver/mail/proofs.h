// Who proves that they read an e-mail address: a link in a mail, and a button behind it. Client-Server API
// #post_matrixclientv3registeremailrequesttoken and its likes; what a client is given is called a session there (sid).
#pragma once
#include <string>

#include "base/crypto.h"
#include "homeserver/mail/mail_queue.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::mail {

/// Where the links of mails lead, after the configured address.
inline constexpr std::string_view kConfirmPath = "/_matrix/client/mail/confirm";

/// What a client asks for.
struct ProofRequest {
  Purpose purpose = Purpose::registration;
  std::string address;        ///< as canonical_mail_address() has it
  std::string client_secret;  ///< only its hash is kept
  std::int64_t send_attempt = 0;
  std::string next_link;  ///< empty: none
};

/// What the person at the address is sent. The client learns nothing of it.
enum class Sent {
  link,
  in_use,   ///< that the address belongs to an account already
  nothing,  ///< nobody here has it
};

/// Who asks.
struct Asker {
  std::string remote_address;
  std::string user_id;  ///< empty: nobody who is signed in
};

/// What lies behind a link.
struct OpenProof {
  std::string address;
  Purpose purpose = Purpose::registration;
  std::string next_link;
};

/// One per server; callable from any thread.
class Proofs {
 public:
  static constexpr std::int64_t kMostOfAddress = 100;  ///< more than are admitted while a link lasts by default
  static constexpr std::size_t kMaxSidBytes = 255;
  static constexpr std::size_t kMaxSecretBytes = 255;
  /// How long a proven address may be used.
  static constexpr std::chrono::minutes kProvenLife{30};

  struct Parts {
    store::Database& db;
    const base::SealingKey& key;
    MailQueue& queue;
    const host::Settings& settings;
    const base::Clock& clock;
  };
  explicit Proofs(Parts parts);

  /// Whether one more mail may go to the address, for this, from there, for that account. Counts it. Errors:
  /// limit_exceeded; M_UNKNOWN with 400 (no address is configured that links could begin with).
  Result<Unit> admit(const std::string& address, Purpose purpose, const Asker& asker);
  /// Whether the address is told once more that an account has it: in an hour once for whoever is not signed in.
  /// Counts it.
  bool may_tell_of_use(const std::string& address, const Asker& asker);
  /// The sid; the same for the same address, purpose and secret. A mail goes out when the attempt is higher than all
  /// before. Errors: limit_exceeded, unavailable.
  Task<std::string> begin(ProofRequest request, Sent sent);
  /// Errors: not_found (no such link, or it has ended).
  Task<OpenProof> look(std::string sid, std::string token);
  /// The button was pressed. Doing it again is fine, until the proof is used. Errors: as look.
  Task<OpenProof> confirm(std::string sid, std::string token);
  /// The address that has been proven by whoever holds sid and secret. Error: M_THREEPID_AUTH_FAILED, whatever it is
  /// that does not fit.
  Task<std::string> proven(std::string sid, std::string client_secret, Purpose purpose);
  /// Uses a proof up, inside the operation that it allows: the address. Error: M_THREEPID_AUTH_FAILED.
  static Result<std::string> spend(store::Tx& tx, std::string_view sid, Purpose purpose, base::UnixMs now_ms);
  /// A mail that says what has happened to an account, inside the operation that did it.
  Result<Unit> tell(store::Tx& tx, const Letter& letter, const MailStamp& stamp) const;
  /// For the two before, drawn outside of the operation.
  MailStamp stamp() const { return parts_.queue.stamp(); }
  /// From a job.
  Task<Unit> sweep();

 private:
  Result<Unit> take(std::string_view kind, std::string_view who, const net::route::RateClass& rate);
  Letter letter_of(const ProofRow& proof, std::string_view token, Sent sent) const;
  struct Draft;
  Result<std::string> begin_in(store::Tx& tx, const Draft& draft, Sent sent) const;
  Result<ProofRow> find_open(store::Connection& connection, std::string_view sid, std::string_view token,
                             base::UnixMs now_ms) const;

  Parts parts_;
  net::route::RateLimiter rates_;
};

/// What a client's secret may be (#post_matrixclientv3registeremailrequesttoken).
bool is_client_secret(std::string_view text);

}  // namespace troupe::homeserver::mail
