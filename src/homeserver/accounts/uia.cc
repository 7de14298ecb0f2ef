#include "homeserver/accounts/uia.h"

#include "base/crypto.h"
#include "base/errc.h"
#include "homeserver/common/client_route.h"
#include "matrix/ids.h"
#include "net/route/rate_limit.h"

namespace troupe::homeserver::accounts {
namespace {

constexpr std::size_t kMaxSessionIdBytes = 64;
constexpr std::size_t kSessionIdLength = 24;

/// Who the password is for: {identifier: {type: m.id.user, user}} or, from old clients, {user}.
Result<std::string> confirming_user(const matrix::JsonObject& auth) {
  if (const auto* identifier = matrix::find_object(auth, "identifier")) {
    const auto type = matrix::find_string(*identifier, "type");
    if (type != "m.id.user") return Error(Errc::forbidden, "Only identifiers of type m.id.user are known here.");
    return net::route::required_string(*identifier, "user", matrix::kMaxIdBytes);
  }
  return net::route::required_string(auth, "user", matrix::kMaxIdBytes);
}

bool complete(const UiaRequest& request, const std::set<std::string>& completed) {
  return std::ranges::any_of(request.flows, [&completed](const auto& flow) {
    return std::ranges::all_of(flow, [&completed](const auto& stage) { return completed.contains(stage); });
  });
}

}  // namespace

net::http::Response Uia::ask(const UiaRequest& request, const Session& session, const Error* failure) {
  matrix::JsonArray flows;
  for (const auto& flow : request.flows) {
    matrix::JsonArray stages;
    for (const auto& stage : flow) stages.emplace_back(stage);
    flows.push_back(matrix::JsonObject{{"stages", std::move(stages)}});
  }
  matrix::JsonObject body{{"session", session.id}, {"flows", std::move(flows)}, {"params", request.params}};
  if (!session.completed.empty()) {
    matrix::JsonArray completed;
    for (const auto& stage : session.completed) completed.emplace_back(stage);
    body["completed"] = std::move(completed);
  }
  if (failure) {
    const auto wire = failure->wire_code();
    body["errcode"] = wire.empty() ? base::info(failure->code()).matrix_code : wire;
    body["error"] = failure->message();
  }
  return json_response(body, 401);
}

Uia::Session Uia::fresh(const UiaRequest& request) const {
  return {.id = base::random_alphanumeric(kSessionIdLength),
          .operation = request.operation,
          .page = request.page,
          .owner =
              request.user_id.empty() ? std::string(net::route::rate_key_of_address(request.address)) : request.user_id,
          .completed = {},
          .registration_token = {},
          .mail = {},
          .sso = std::ranges::any_of(request.flows,
                                     [](const auto& flow) { return std::ranges::find(flow, kStageSso) != flow.end(); }),
          .used = false,
          .touched = clock_.unix_ms()};
}

Result<Uia::Session> Uia::take(const UiaRequest& request, const std::string& id) {
  const auto now = clock_.unix_ms();
  const base::Lock lock(mutex_);
  const auto expired = now - std::chrono::milliseconds(kLife).count();
  while (!by_age_.empty() && by_age_.front().touched <= expired) forget(by_age_.begin());
  if (id.empty()) return fresh(request);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return Error(Errc::invalid_param, "Unknown session ID").with_wire_code("M_UNKNOWN");
  if (found->second->operation != request.operation)
    return Error(Errc::forbidden, "This session is for another request: begin anew without one.");
  return *found->second;
}

void Uia::put(Session session) {
  session.touched = clock_.unix_ms();
  const base::Lock lock(mutex_);
  if (const auto found = by_id_.find(session.id); found != by_id_.end()) {
    session.used |= found->second->used;  // by a request that ran beside this one
    if (found->second->completed.contains(std::string(kStageSso))) session.completed.emplace(kStageSso);
    forget(found->second);
  }
  const auto of_owner = of_owner_.find(session.owner);
  if (of_owner != of_owner_.end() && of_owner->second >= kMaxSessionsOfOne) {
    forget(std::ranges::find(by_age_, session.owner, &Session::owner));
  } else if (by_age_.size() >= kMaxSessions) {
    forget(by_age_.begin());
  }
  const auto id = session.id;
  ++of_owner_[session.owner];
  by_id_[id] = by_age_.insert(by_age_.end(), std::move(session));
}

void Uia::forget(std::list<Session>::iterator session) {
  if (const auto count = of_owner_.find(session->owner); --count->second == 0) of_owner_.erase(count);
  by_id_.erase(session->id);
  by_age_.erase(session);
}

void Uia::use_up(const std::string& id) {
  const base::Lock lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  found->second->used = true;
  found->second->completed.clear();
  found->second->registration_token.clear();
  found->second->mail.reset();
}

/// Compares names only, so the answer does not tell whether the other account exists. What is missing in the proof is
/// for the stage to say.
Result<Unit> Uia::check_own_account(const UiaRequest& request, const matrix::JsonObject& auth) const {
  const auto user = confirming_user(auth);
  if (!user || accounts_.resolve_user(*user) == request.user_id) return Unit{};
  return Error(Errc::forbidden, "Give the password of the account that makes the request.");
}

/// auth.threepid_creds: {sid, client_secret}; threepidCreds in older clients.
Task<Unit> Uia::try_mail(const UiaRequest& request, const matrix::JsonObject& auth, Session& session) {
  const auto* given = matrix::find_object(auth, "threepid_creds");
  if (!given) given = matrix::find_object(auth, "threepidCreds");
  if (!given || !proofs_) co_return Error(Errc::missing_param, "auth.threepid_creds is missing.");
  CO_TRY(auto sid, net::route::required_string(*given, "sid", mail::Proofs::kMaxSidBytes));
  CO_TRY(auto secret, net::route::required_string(*given, "client_secret", mail::Proofs::kMaxSecretBytes));
  CO_TRY(auto address, co_await proofs_->proven(sid, std::move(secret), request.mail_purpose));
  session.mail = MailProof{.sid = std::move(sid), .address = std::move(address)};
  co_return Unit{};
}

Task<Unit> Uia::try_stage(const UiaRequest& request, const matrix::JsonObject& auth, const std::string& type,
                          Session& session) {
  if (type == kStageDummy) co_return Unit{};
  if (type == kStagePassword) {
    CO_TRY(confirming_user(auth));  // whose it is has been compared
    CO_TRY(auto password, net::route::required_string(auth, "password", PasswordPool::kMaxPasswordBytes));
    CO_TRY(co_await accounts_.check_password(request.user_id, std::move(password), request.address));
    co_return Unit{};
  }
  if (type == kStageMail) co_return co_await try_mail(request, auth, session);
  if (type == kStageOAuth || type == kStageOAuthUnstable)
    co_return Error(Errc::forbidden, "Allow it on the account's page first, then ask again.");
  if (type == kStageSso) co_return Error(Errc::forbidden, "Sign in on the page of this step first, then ask again.");
  CO_TRY(auto token, net::route::required_string(auth, "token", RegistrationRules::kMaxTokenBytes));
  CO_TRY(const bool valid, co_await rules_.token_is_valid(token));
  if (!valid) co_return Error(Errc::forbidden, "This registration token is not valid.");
  session.registration_token = std::move(token);
  co_return Unit{};
}

Task<std::vector<std::vector<std::string>>> Uia::flows_of(UiaRequest request) {
  const auto by_password = [](const auto& flow) { return std::ranges::find(flow, kStagePassword) != flow.end(); };
  const bool asks = std::ranges::any_of(request.flows, by_password);
  if (!asks || request.user_id.empty()) co_return std::move(request.flows);
  CO_TRY(const auto ways, co_await accounts_.ways_to_prove(request.user_id));
  if (ways.providers.empty()) co_return std::move(request.flows);
  if (!ways.password) std::erase_if(request.flows, by_password);
  request.flows.push_back({std::string(kStageSso)});
  co_return std::move(request.flows);
}

std::optional<UiaElsewhere> Uia::elsewhere(const std::string& session_id) {
  const auto oldest = clock_.unix_ms() - std::chrono::milliseconds(kLife).count();
  const base::Lock lock(mutex_);
  const auto found = by_id_.find(session_id);
  if (found == by_id_.end()) return std::nullopt;
  const auto& session = *found->second;
  if (!session.sso || session.used || session.touched <= oldest) return std::nullopt;
  auto page = session.page.empty() ? std::string() : session.page + "&session=" + session.id;
  return UiaElsewhere{.user_id = session.owner, .operation = session.operation, .page = std::move(page)};
}

bool Uia::prove_elsewhere(const std::string& session_id, const std::string& user_id) {
  const auto waiting = elsewhere(session_id);
  if (!waiting || waiting->user_id != user_id) return false;
  const base::Lock lock(mutex_);
  const auto found = by_id_.find(session_id);
  if (found == by_id_.end() || found->second->used) return false;
  found->second->completed.emplace(kStageSso);
  return true;
}

Task<UiaOutcome> Uia::check(UiaRequest request, matrix::JsonObject body) {
  const auto* given = matrix::find(body, "auth");
  if (given && given->is_null()) given = nullptr;
  if (given && !given->is_object()) co_return Error(Errc::bad_json, "auth must be an object.");
  const matrix::JsonObject auth = given ? given->get_object() : matrix::JsonObject();
  CO_TRY(auto id, net::route::optional_string(auth, "session", kMaxSessionIdBytes));
  CO_TRY(auto type, net::route::optional_string(auth, "type", matrix::kMaxIdBytes));
  CO_TRY(request.flows, co_await flows_of(request));
  CO_TRY(auto session, take(request, id.value_or("")));
  if (session.used) {  // the client may have missed the answer: it is asked again
    session = fresh(request);
    type.reset();
  }
  session.completed.insert(request.proven.begin(), request.proven.end());
  if (complete(request, session.completed)) type.reset();
  if (!type && !complete(request, session.completed)) {
    auto response = ask(request, session, nullptr);
    put(std::move(session));
    co_return UiaOutcome{.ask = std::move(response), .registration_token = {}};
  }
  if (type) {
    const bool offered = std::ranges::any_of(
        request.flows, [&type](const auto& flow) { return std::ranges::find(flow, *type) != flow.end(); });
    Result<Unit> passed = Error(Errc::forbidden, "This kind of proof is not asked for here: use one of the flows.");
    if (offered && type == kStagePassword) {
      CO_TRY(check_own_account(request, auth));
    }
    if (offered) passed = co_await try_stage(request, auth, *type, session);
    if (!passed) {
      if (passed.error().code() == Errc::limit_exceeded) co_return std::unexpected(std::move(passed).error());
      auto response = ask(request, session, &passed.error());
      put(std::move(session));
      co_return UiaOutcome{.ask = std::move(response), .registration_token = {}};
    }
    session.completed.insert(*type);
  }
  if (!complete(request, session.completed)) {
    auto response = ask(request, session, nullptr);
    put(std::move(session));
    co_return UiaOutcome{.ask = std::move(response), .registration_token = {}};
  }
  use_up(session.id);  // it proves one request only
  co_return UiaOutcome{.ask = std::nullopt,
                       .registration_token = std::move(session.registration_token),
                       .mail = std::move(session.mail)};
}

}  // namespace troupe::homeserver::accounts
