// The webhook brain: posts each message to a web service and says what comes back.
//
// Request: POST <url>, application/json:
//   {"bot", "user_id", "room", "event", "sender", "text", "msgtype", "thread", "timestamp", "content", "session",
//    "reply": {"token", "path", "url"?, "expires_at"}}      "reply" only when answers may come later
//   Idempotency-Key: the same for every attempt at a message
//   X-Troupe-Timestamp: seconds since 1970; refuse old ones
//   X-Troupe-Signature: "sha256=" + hex(HMAC-SHA256(secret, timestamp + "." + body))
// Answer: 200 {"text": …, "html"?: …}, or text/plain; 204, an empty body or an empty text say nothing in the room.
// Or 202, and later POST <path> with {"text", "html"?} (late_routes.cc): the token is good for one answer until
// expires_at. A "text" in the 202 is shown until then. The conversation waits; others go on.
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/field_errors.h"
#include "fleet/answers/html_text.h"
#include "fleet/brains/brain_fields.h"
#include "fleet/brains/brain_http.h"
#include "fleet/brains/exchange.h"
#include "fleet/brains/patience.h"
#include "fleet/brains/webhook_brain.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::string_view kWebhookSchema =
    R"json({"type":"object","required":["url"],"additionalProperties":false,"properties":{
"url":{"type":"string","title":"Address","format":"uri","maxLength":2048,"description":"http or https. Each message is posted there as JSON."},
"secret":{"type":"string","title":"Secret","writeOnly":true,"minLength":16,"maxLength":256,
"description":"Signs each request (X-Troupe-Signature). Left out: one is made and shown once."},
"timeout_ms":{"type":"integer","title":"Time-out (ms)","minimum":1000,"maximum":120000,"default":30000},
"retries":{"type":"integer","title":"More tries","minimum":0,"maximum":5,"default":2,
"description":"After a broken connection, 429 and 5xx, with the same Idempotency-Key."},
"later_s":{"type":"integer","title":"Later answers (seconds)","minimum":0,"maximum":840,"default":600,
"description":"How long an answer may take that the service put off with 202. 0: no answers later."},
"troupe_url":{"type":"string","title":"Troupe's own address","format":"uri","maxLength":2048,
"description":"As the service reaches this platform. Then reply.url in the request is whole; else it has reply.path only."}}})json";

constexpr std::size_t kMaxWebhookAnswerBytes = 1024 * 1024;
constexpr std::int64_t kDefaultTimeoutMs = 30'000;
constexpr std::int64_t kDefaultLaterS = 600;
constexpr std::int64_t kDefaultRetries = 2;
constexpr std::chrono::milliseconds kLongestWebhookPause{30'000};
constexpr std::chrono::milliseconds kTestPatience{10'000};

struct Target {
  std::string url;
  std::string secret;
  std::chrono::milliseconds timeout{kDefaultTimeoutMs};
  std::chrono::seconds later{kDefaultLaterS};
  std::int64_t retries = kDefaultRetries;
  std::string troupe_url;  ///< without a slash at the end; may be empty
};

net::client::ClientRequest signed_request(const Target& target, const base::Clock& clock, std::string body) {
  // The address was set by an operator (the route asks for the role), so it may be private.
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = "POST";
  request.url = target.url;
  request.body = std::move(body);
  auto timestamp = std::to_string(clock.unix_ms() / 1000);
  auto signature = base::hmac_sha256(target.secret, timestamp + "." + request.body);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", "application/json, text/plain");
  request.headers.add("User-Agent", "Troupe");
  request.headers.add("X-Troupe-Timestamp", timestamp);
  request.headers.add("X-Troupe-Signature", "sha256=" + base::hex(base::as_bytes(signature)));
  request.first_byte_timeout = target.timeout;
  request.idle_timeout = target.timeout;
  request.total_timeout = target.timeout;
  request.connect_timeout = std::min(request.connect_timeout, target.timeout);
  request.max_body_bytes = kMaxWebhookAnswerBytes;
  return request;
}

Result<Reply> read_object(const boost::json::object& object) {
  for (std::string_view key : {"text", "html"}) {
    if (const auto* member = matrix::find(object, key); member && !member->is_string() && !member->is_null()) {
      return Error(Errc::bad_json, "The webhook's answer has a '" + std::string(key) + "' that is no text.");
    }
  }
  Reply reply{.text = std::string(matrix::find_string(object, "text").value_or("")),
              .html = std::string(matrix::find_string(object, "html").value_or(""))};
  if (reply.text.empty()) reply.text = answers::html_to_text(reply.html);
  return reply;
}

Result<Reply> read(const net::client::ClientResponse& response) {
  if (response.body.empty()) return Reply{};
  if (response.headers.get("Content-Type").starts_with("text/plain")) {
    if (!base::is_utf8(response.body)) return Error(Errc::bad_json, "The webhook's answer is not UTF-8.");
    return Reply{.text = response.body};
  }
  auto json = matrix::parse_json(response.body);
  if (!json || !json->is_object()) return Error(Errc::bad_json, "The webhook's answer is not a JSON object.");
  return read_object(json->get_object());
}

class WebhookBrain : public Brain {
 public:
  WebhookBrain(BrainContext context, LateAnswers* late, Target target)
      : context_(std::move(context)), late_(late), target_(std::move(target)) {}

  Task<Reply> answer(Question question, ReplyStream& stream) override {
    if (!may_be_late()) co_return co_await ask(question, std::nullopt, stream);
    // Asked before a crash: the answer may be here already, or on its way.
    auto look = [&] { return late_->known(question.bot_user_id, question.event_id); };
    CO_TRY(auto known, co_await while_wanted(stream, look));
    if (known && known->answer) co_return read_object(*known->answer);
    if (known && known->accepted) co_return co_await wait(question, known->expires_ms, stream);
    auto issue = [&] { return late_->issue(question.bot_user_id, question.event_id, target_.later); };
    CO_TRY(auto issued, co_await while_wanted(stream, issue));
    co_return co_await ask(std::move(question), std::move(issued), stream);
  }

 private:
  bool may_be_late() const { return late_ != nullptr && target_.later.count() > 0; }

  std::string body_of(const Question& question, const std::optional<LateAnswers::Issued>& issued) const {
    boost::json::object body{
        {"bot", question.bot_id},      {"user_id", question.bot_user_id}, {"room", question.room_id},
        {"event", question.event_id},  {"sender", question.sender},       {"text", question.text},
        {"msgtype", question.msgtype}, {"thread", question.thread_root},  {"timestamp", question.timestamp_ms},
        {"content", question.content}, {"session", question.session}};
    if (issued) {
      auto path = "/api/v1/turns/" + issued->token + "/reply";
      boost::json::object reply{{"token", issued->token}, {"path", path}, {"expires_at", issued->expires_ms}};
      if (!target_.troupe_url.empty()) reply["url"] = target_.troupe_url + path;
      body["reply"] = std::move(reply);
    }
    return boost::json::serialize(body);
  }

  Task<Reply> ask(Question question, std::optional<LateAnswers::Issued> issued, ReplyStream& stream) {
    auto body = body_of(question, issued);
    if (issued) stream.hide(issued->token);
    for (int tried = 1;; ++tried) {
      auto request = signed_request(target_, context_.clock, body);
      request.headers.add("Idempotency-Key", question.idempotency_key);
      auto response = co_await send_noted(context_.http, std::move(request), stream);
      bool again = response ? is_worth_retrying(response->status) : response.error().code() == Errc::unavailable;
      auto pause =
          retry_pause(tried, response ? retry_after(response->headers, context_.clock.unix_ms()) : std::nullopt,
                      kLongestWebhookPause);
      if (again && tried <= target_.retries && pause) {
        if (!co_await pause_while_wanted(*pause, stream)) {
          co_return Error(Errc::unavailable, "The answer is not wanted any more.");
        }
        continue;
      }
      if (!response) co_return std::unexpected(std::move(response).error());
      if (response->status == 202 && issued) {
        auto shown = read(*response);
        if (shown && !shown->text.empty()) stream.update(shown->text);
        auto accept = [&] { return late_->accept(issued->token); };
        CO_TRY(co_await while_wanted(stream, accept));
        co_return co_await wait(std::move(question), issued->expires_ms, stream);
      }
      if (response->status < 200 || response->status > 299) {
        co_return Error(Errc::unavailable,
                        "The webhook answered with status " + std::to_string(response->status) + ".");
      }
      co_return read(*response);
    }
  }

  Task<Reply> wait(Question question, base::UnixMs expires_ms, ReplyStream& stream) {
    auto wanted = [&stream] { return stream.wanted(); };
    auto listen = [&] { return late_->wait(question.bot_user_id, question.event_id, expires_ms, wanted); };
    CO_TRY(auto answer, co_await while_wanted(stream, listen));
    co_return read_object(answer);
  }

  BrainContext context_;
  LateAnswers* late_;
  Target target_;
};

Result<PreparedConfig> prepare_webhook(boost::json::object config, boost::json::object old_secrets) {
  base::FieldErrors mistakes;
  mistakes.take(refuse_unknown(config, {"url", "secret", "secret_set", "timeout_ms", "retries", "later_s", "troupe_url",
                                        "respond", "reply_as"}));
  mistakes.take(common_config(config));
  BrainFields fields(config);
  mistakes.take(fields.web_address("url", "http://127.0.0.1:3000/hook"));
  mistakes.take(fields.integer("timeout_ms", 1'000, 120'000, kDefaultTimeoutMs));
  mistakes.take(fields.integer("retries", 0, 5, kDefaultRetries));
  mistakes.take(fields.integer("later_s", 0, 840, kDefaultLaterS));
  if (const auto* own = matrix::find(config, "troupe_url")) {
    if (own->is_null() || (own->is_string() && own->get_string().empty())) {
      config.erase("troupe_url");
    } else if (auto address = mistakes.take(fields.web_address("troupe_url", "https://bots.example.org"))) {
      while (address->ends_with('/')) address->pop_back();
      config["troupe_url"] = *address;
    }
  }
  PreparedConfig prepared{.config = {}, .secrets = std::move(old_secrets), .generated_secret = std::nullopt};
  if (const auto* secret = matrix::find(config, "secret");
      secret != nullptr && secret->is_string() && secret->get_string().empty()) {
    mistakes.add("/secret", "secret must be a text of 16 to 256 bytes.");
  }
  auto there = mistakes.take(fields.secret("secret", 16, 256, prepared.secrets));
  TRY(std::move(mistakes).outcome());
  if (!there.value_or(false)) {
    prepared.generated_secret = base::random_token("whs_");
    prepared.secrets["secret"] = *prepared.generated_secret;
  }
  config["secret_set"] = true;
  prepared.config = std::move(config);
  return prepared;
}

Result<Target> read_target(const boost::json::object& config, const boost::json::object& secrets) {
  auto url = matrix::find_string(config, "url");
  auto secret = matrix::find_string(secrets, "secret");
  if (!url || !secret) return Error(Errc::invalid_param, "The webhook's address or secret is missing. Set it again.");
  return Target{
      .url = std::string(*url),
      .secret = std::string(*secret),
      .timeout = std::chrono::milliseconds(matrix::find_integer(config, "timeout_ms").value_or(kDefaultTimeoutMs)),
      .later = std::chrono::seconds(matrix::find_integer(config, "later_s").value_or(kDefaultLaterS)),
      .retries = matrix::find_integer(config, "retries").value_or(kDefaultRetries),
      .troupe_url = std::string(matrix::find_string(config, "troupe_url").value_or(""))};
}

/// OPTIONS does nothing at any service, and shows whether somebody is there; it is not the question itself.
BrainTest judge(const Result<net::client::ClientResponse>& response) {
  using Verdict = BrainTest::Verdict;
  BrainTest found;
  if (!response) {
    found.note(Verdict::bad, response.error().message());
    return std::move(found).is(Verdict::bad, "Nothing answers at this address.");
  }
  const auto status = response->status;
  auto said = "OPTIONS was answered with status " + std::to_string(status) +
              "; questions are posted, which a test does not do.";
  // 405 knows the address: it only does not know the verb.
  if ((status >= 200 && status < 300) || status == 405) {
    found.note(Verdict::good, std::move(said));
    return std::move(found).is(Verdict::good, "Something answers at this address.");
  }
  if (status == 502 || status == 503 || status == 504) {
    found.note(Verdict::bad, std::move(said));
    return std::move(found).is(Verdict::bad, "The service behind this address does not answer.");
  }
  found.note(Verdict::unsure, std::move(said));
  return std::move(found).is(Verdict::unsure, status == 404
                                                  ? "A server answers, but may have nothing at this path."
                                                  : "A server answers; whether it takes questions is not sure.");
}

Task<BrainTest> test_webhook(BrainContext context, boost::json::object config, boost::json::object secrets) {
  auto target = read_target(config, secrets);
  if (!target) co_return BrainTest().is(BrainTest::Verdict::bad, target.error().message());
  // The address was set by an operator (the route asks for the role), so it may be private.
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = "OPTIONS";
  request.url = target->url;
  request.headers.add("User-Agent", "Troupe");
  request.first_byte_timeout = kTestPatience;
  request.total_timeout = kTestPatience;
  auto response = co_await context.http.send(std::move(request));
  co_return judge(response);
}

}  // namespace

BotKind webhook_brain() { return webhook_brain(nullptr); }

BotKind webhook_brain(LateAnswers* late) {
  return {.name = "webhook",
          .title = "Webhook",
          .description = "Posts each message to your web service and says what it answers, at once or later.",
          .config_schema = kWebhookSchema,
          .sends_secrets = false,
          .prepare = prepare_webhook,
          .make = [late](const BrainContext& context, const boost::json::object& config,
                         const boost::json::object& secrets) -> Result<std::unique_ptr<Brain>> {
            TRY(auto target, read_target(config, secrets));
            return std::make_unique<WebhookBrain>(context, late, std::move(target));
          },
          .test = test_webhook};
}

}  // namespace troupe::fleet::brains
