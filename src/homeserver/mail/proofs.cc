#include "homeserver/mail/proofs.h"

#include <algorithm>

#include "base/encoding.h"
#include "homeserver/common/public_address.h"
#include "store/in_pieces.h"

namespace troupe::homeserver::mail {
namespace {

constexpr std::size_t kSidLength = 24;
constexpr std::string_view kTokenPrefix = "mail_";
constexpr std::chrono::hours kNoticeLife{24};
// So many a second for long, so many at once.
constexpr net::route::RateClass kOfAddress{1.0 / 300, 5};  // from one place: strangers use up their own
constexpr net::route::RateClass kOfAddressInAll{1.0 / 120, 30};
constexpr net::route::RateClass kInUse{1.0 / 3600, 1};
constexpr net::route::RateClass kOfPlace{1.0 / 60, 10};
constexpr net::route::RateClass kOfAccount{1.0 / 60, 10};
constexpr net::route::RateClass kOfAll{2, 200};

Error not_proven() {
  return Error(Errc::forbidden, "The e-mail address is not confirmed yet: open the link in the mail.")
      .with_wire_code("M_THREEPID_AUTH_FAILED")
      .with_status(400);
}

Error no_such_link() {
  return Error(Errc::not_found, "This link does not work any more. Ask for a new mail in your app.");
}

Error too_many(std::chrono::milliseconds wait) {
  return Error(Errc::limit_exceeded, "Too many mails were asked for; try again later.").with_retry_after(wait);
}

std::string hash_of(std::string_view text) {
  const auto hash = base::sha256(text);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

net::route::RateLimits limits(const host::Settings& settings) {
  net::route::RateLimits limits;
  limits.enabled = settings.rate_limits;
  return limits;
}

/// "60 minutes"
std::string in_words(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60;
  if (seconds < 2 * kMinute) return std::to_string(seconds) + " seconds";
  if (seconds < 120 * kMinute) return std::to_string(seconds / kMinute) + " minutes";
  return std::to_string(seconds / (60 * kMinute)) + " hours";
}

struct Words {
  std::string_view subject;
  std::string_view wants;
};
Words words_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::registration:
      return {"Confirm your e-mail address", "make an account with this e-mail address"};
    case Purpose::reset:
      return {"Set a new password", "set a new password for the account with this e-mail address"};
    case Purpose::addition:
      break;
  }
  return {"Confirm your e-mail address", "add this e-mail address to an account"};
}

}  // namespace

bool is_client_secret(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".=_-").contains(c);
  };
  return !text.empty() && text.size() <= Proofs::kMaxSecretBytes && std::ranges::all_of(text, fits);
}

Proofs::Proofs(Parts parts) : parts_(parts), rates_(limits(parts.settings), parts.clock) {}

Result<Unit> Proofs::take(std::string_view kind, std::string_view who, const net::route::RateClass& rate) {
  const auto wait = rates_.take(net::route::Rate::login, std::string(kind) + std::string(who), &rate);
  if (!wait) return Unit{};
  return too_many(*wait);
}

Result<Unit> Proofs::admit(const std::string& address, Purpose purpose, const Asker& asker) {
  if (parts_.settings.public_base_url.empty()) {
    return Error(Errc::invalid_param,
                 "This server cannot put links into mails: its administrator must set server.public_base_url.")
        .with_wire_code("M_UNKNOWN");
  }
  const std::string place(net::route::rate_key_of_address(asker.remote_address));
  TRY(take("place ", place, kOfPlace));
  if (!asker.user_id.empty()) {
    TRY(take("account ", asker.user_id, kOfAccount));
  }
  TRY(take("address ", address + ' ' + place, kOfAddress));
  TRY(take("address in all ", address, kOfAddressInAll));
  // Whoever asks for anything else keeps nobody from a new password.
  return take(purpose == Purpose::reset ? "all resets" : "all", {}, kOfAll);
}

bool Proofs::may_tell_of_use(const std::string& address, const Asker& asker) {
  return !asker.user_id.empty() || take("in use ", address, kInUse).has_value();
}

Letter Proofs::letter_of(const ProofRow& proof, std::string_view token, Sent sent) const {
  const auto& server = parts_.settings.server_name;
  if (sent == Sent::in_use) {
    return {.to = proof.address,
            .subject = "You have an account on " + server,
            .text = "Hello,\n\nsomebody, perhaps you, asked to use this e-mail address on " + server +
                    ". It belongs to an account there already, so nothing was changed.\n\nIf that was you, sign in, or "
                    "ask in your app for a new password. If not, there is nothing to do.\n"};
  }
  const auto words = words_of(proof.purpose);
  const auto link = configured_address(parts_.settings) + std::string(kConfirmPath) + "?sid=" + proof.sid +
                    "&token=" + std::string(token);
  return {.to = proof.address,
          .subject = std::string(words.subject) + " on " + server,
          .text = "Hello,\n\nsomebody, hopefully you, wants to " + std::string(words.wants) + " on " + server +
                  ".\n\nIf that was you, open this page and press the button there:\n\n" + link +
                  "\n\nThe link works for " + in_words(parts_.settings.of<MailSettings>().token_ttl_s) +
                  ". If it was not you, leave it alone: then nothing happens.\n"};
}

/// A proof as it would be new, and its token.
struct Proofs::Draft {
  ProofRow proof;
  std::string token;
  MailStamp stamp;
};

Result<std::string> Proofs::begin_in(store::Tx& tx, const Draft& draft, Sent sent) const {
  const auto now = draft.stamp.now_ms;
  const auto& wanted = draft.proof;
  auto proof = mail_store::find_proof(tx, wanted.address, wanted.purpose, wanted.secret_hash);
  if (proof && proof->ends_ms <= now) {
    mail_store::remove_proof(tx, proof->sid);
    proof.reset();
  }
  // What has been proven is not drawn out by asking again.
  if (proof && (proof->proven || wanted.send_attempt <= proof->send_attempt)) return proof->sid;
  auto token = draft.token;
  if (proof) {
    TRY(token, parts_.key.open(proof->sealed_token));
    mail_store::set_attempt(tx, proof->sid, wanted.send_attempt, std::max(wanted.ends_ms, proof->ends_ms));
  } else {
    if (mail_store::count_proofs(tx, wanted.address, now) >= kMostOfAddress) return too_many(std::chrono::minutes(10));
    mail_store::insert_proof(tx, wanted);
    proof = wanted;
  }
  if (sent != Sent::nothing) {
    TRY(parts_.queue.put(tx, letter_of(*proof, token, sent), wanted.ends_ms, draft.stamp));
  }
  return proof->sid;
}

Task<std::string> Proofs::begin(ProofRequest request, Sent sent) {
  const std::chrono::seconds life(parts_.settings.of<MailSettings>().token_ttl_s);
  Draft draft{.proof = {.sid = base::random_alphanumeric(kSidLength),
                        .purpose = request.purpose,
                        .address = std::move(request.address),
                        .secret_hash = hash_of(request.client_secret),
                        .sealed_token = {},
                        .send_attempt = request.send_attempt,
                        .next_link = std::move(request.next_link)},
              .token = base::random_token(kTokenPrefix),
              .stamp = stamp()};
  draft.proof.sealed_token = parts_.key.seal(draft.token);
  draft.proof.ends_ms = draft.stamp.now_ms + std::chrono::milliseconds(life).count();
  auto write = [&](store::Tx& tx) { return begin_in(tx, draft, sent); };
  co_return co_await parts_.db.write(write, {.savepoint = true});
}

Result<ProofRow> Proofs::find_open(store::Connection& connection, std::string_view sid, std::string_view token,
                                   base::UnixMs now_ms) const {
  auto proof = mail_store::find_proof(connection, sid);
  if (!proof || proof->ends_ms <= now_ms) return no_such_link();
  const auto opened = parts_.key.open(proof->sealed_token);
  if (!opened || !base::constant_time_equal(*opened, token)) return no_such_link();
  return *std::move(proof);
}

Task<OpenProof> Proofs::look(std::string sid, std::string token) {
  auto look = [&, now = parts_.clock.unix_ms()](store::Connection& connection) -> Result<OpenProof> {
    TRY(auto proof, find_open(connection, sid, token, now));
    return OpenProof{std::move(proof.address), proof.purpose, std::move(proof.next_link)};
  };
  co_return co_await parts_.db.read(look);
}

Task<OpenProof> Proofs::confirm(std::string sid, std::string token) {
  auto write = [&, now = parts_.clock.unix_ms()](store::Tx& tx) -> Result<OpenProof> {
    TRY(auto proof, find_open(tx, sid, token, now));
    if (!proof.proven) mail_store::set_proven(tx, sid, now + std::chrono::milliseconds(kProvenLife).count());
    return OpenProof{std::move(proof.address), proof.purpose, std::move(proof.next_link)};
  };
  co_return co_await parts_.db.write(write);
}

Task<std::string> Proofs::proven(std::string sid, std::string client_secret, Purpose purpose) {
  auto look = [&](store::Connection& connection) -> Result<std::string> {
    auto proof = mail_store::find_proof(connection, sid);
    const bool fits = proof && proof->purpose == purpose &&
                      base::constant_time_equal(proof->secret_hash, hash_of(client_secret)) && proof->proven &&
                      proof->ends_ms > parts_.clock.unix_ms();
    if (!fits) return not_proven();
    return std::move(proof->address);
  };
  co_return co_await parts_.db.read(look);
}

Result<std::string> Proofs::spend(store::Tx& tx, std::string_view sid, Purpose purpose, base::UnixMs now_ms) {
  auto proof = mail_store::find_proof(tx, sid);
  if (!proof || proof->purpose != purpose || !proof->proven || proof->ends_ms <= now_ms) return not_proven();
  mail_store::remove_proof(tx, sid);
  return std::move(proof->address);
}

Result<Unit> Proofs::tell(store::Tx& tx, const Letter& letter, const MailStamp& stamp) const {
  return parts_.queue.put(tx, letter, stamp.now_ms + std::chrono::milliseconds(kNoticeLife).count(), stamp);
}

Task<Unit> Proofs::sweep() {
  const auto now = parts_.clock.unix_ms();
  auto piece = [now](store::Tx& tx) {
    return mail_store::remove_ended(tx, now, static_cast<std::int64_t>(store::kPiece));
  };
  co_return co_await store::write_in_pieces(parts_.db, piece);
}

}  // namespace troupe::homeserver::mail
