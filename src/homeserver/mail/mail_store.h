// SQL for mails that wait (hs_mail) and for proofs of addresses (hs_mail_proof). All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::mail {

/// A mail that waits for the relay.
struct MailRow {
  std::int64_t id = 0;
  std::string sealed_mail;
  std::int64_t made_ms = 0;
  std::int64_t due_ms = 0;
  std::int64_t ends_ms = 0;
  std::int64_t failures = 0;
};

/// What somebody wants to prove an address for.
enum class Purpose : std::uint8_t { registration = 0, reset = 1, addition = 2 };

struct ProofRow {
  std::string sid;
  Purpose purpose = Purpose::registration;
  std::string address;
  std::string secret_hash;
  std::string sealed_token;
  std::int64_t send_attempt = 0;
  std::string next_link;  ///< empty: none
  std::int64_t ends_ms = 0;
  bool proven = false;
};

namespace mail_store {

void insert(store::Tx&, const MailRow& mail);
/// Whether at least so many wait.
bool wait_at_least(store::Connection&, std::int64_t count);
/// Those due at this time, the longest due first, at most `limit`; also those that are due after `never_ms`, beyond any
/// wait: they were written by a clock that was ahead.
std::vector<MailRow> due(store::Connection&, std::int64_t now_ms, std::int64_t never_ms, std::int64_t limit);
/// When the next one is due.
std::optional<std::int64_t> next_due(store::Connection&);
void remove(store::Tx&, std::int64_t id);
void postpone(store::Tx&, std::int64_t id, std::int64_t due_ms, std::int64_t failures);

std::optional<ProofRow> find_proof(store::Connection&, std::string_view sid);
std::optional<ProofRow> find_proof(store::Connection&, std::string_view address, Purpose purpose,
                                   std::string_view secret_hash);
/// Those of an address that have not ended.
std::int64_t count_proofs(store::Connection&, std::string_view address, std::int64_t now_ms);
void insert_proof(store::Tx&, const ProofRow& proof);
void set_attempt(store::Tx&, std::string_view sid, std::int64_t attempt, std::int64_t ends_ms);
void set_proven(store::Tx&, std::string_view sid, std::int64_t ends_ms);
void remove_proof(store::Tx&, std::string_view sid);
/// All of an address for one purpose.
void remove_proofs(store::Tx&, std::string_view address, Purpose purpose);
/// At most `limit` of those that have ended; how many.
std::int64_t remove_ended(store::Tx&, std::int64_t now_ms, std::int64_t limit);

}  // namespace mail_store
}  // namespace troupe::homeserver::mail
