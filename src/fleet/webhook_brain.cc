// The webhook brain: posts each message to a web service and says what comes back.
//
// Request: POST <url>, application/json:
//   {"bot", "user_id", "room", "event", "sender", "text", "msgtype", "thread", "timestamp", "content"}
//   Idempotency-Key: the same for every attempt at a message
//   X-Troupe-Timestamp: seconds since 1970; refuse old ones
//   X-Troupe-Signature: "sha256=" + hex(HMAC-SHA256(secret, timestamp + "." + body))
// Answer: 200 {"text": …, "html"?: …}, or text/plain; 204, an empty body or an empty text say nothing in the room.
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/encoding.h"
#include "fleet/brain.h"
#include "matrix/json.h"

namespace troupe::fleet {
namespace {

constexpr std::string_view kSchema =
    R"json({"type":"object","required":["url"],"additionalProperties":false,"properties":{
"url":{"type":"string","title":"Address","format":"uri","maxLength":2048,"description":"http or https. Each message is posted there as JSON."},
"secret":{"type":"string","title":"Secret","writeOnly":true,"minLength":16,"maxLength":256,
"description":"Signs each request (X-Troupe-Signature). Left out: one is made and shown once."},
"timeout_ms":{"type":"integer","title":"Time-out (ms)","minimum":1000,"maximum":120000,"default":30000},
"respond":{"type":"string","title":"Answers","enum":["auto","always","mention"],"default":"auto",
"description":"auto: every message in a room of two, else only when spoken to. always: every message. mention: only when spoken to."},
"reply_as":{"type":"string","title":"Sends","enum":["notice","text"],"default":"notice",
"description":"Notices are what bots send; other bots ignore them, so that two bots never talk without end."}}})json";

constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;
constexpr std::int64_t kDefaultTimeoutMs = 30'000;

struct Target {
  std::string url;
  std::string secret;
  std::chrono::milliseconds timeout{kDefaultTimeoutMs};
};

class WebhookBrain : public Brain {
 public:
  WebhookBrain(BrainContext context, Target target) : context_(context), target_(std::move(target)) {}

  Task<Reply> answer(Question question, ReplyStream&) override {
    auto request = make_request(question);
    CO_TRY(auto response, co_await context_.http.send(std::move(request)));
    co_return read(response);
  }

 private:
  net::ClientRequest make_request(const Question& question) const {
    boost::json::object body{
        {"bot", question.bot_id},      {"user_id", question.bot_user_id}, {"room", question.room_id},
        {"event", question.event_id},  {"sender", question.sender},       {"text", question.text},
        {"msgtype", question.msgtype}, {"thread", question.thread_root},  {"timestamp", question.timestamp_ms},
        {"content", question.content}};
    net::ClientRequest request;
    request.method = "POST";
    request.url = target_.url;
    request.body = boost::json::serialize(body);
    auto timestamp = std::to_string(context_.clock.unix_ms() / 1000);
    auto signature = base::hmac_sha256(target_.secret, timestamp + "." + request.body);
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json, text/plain");
    request.headers.add("User-Agent", "Troupe");
    request.headers.add("Idempotency-Key", question.idempotency_key);
    request.headers.add("X-Troupe-Timestamp", timestamp);
    request.headers.add("X-Troupe-Signature", "sha256=" + base::hex(base::as_bytes(signature)));
    // The address was set by an operator (the route asks for the role), so it may be private.
    request.trust = net::Trust::configured;
    request.first_byte_timeout = target_.timeout;
    request.idle_timeout = target_.timeout;
    request.total_timeout = target_.timeout;
    request.connect_timeout = std::min(request.connect_timeout, target_.timeout);
    request.max_body_bytes = kMaxAnswerBytes;
    return request;
  }

  static Result<Reply> read(const net::ClientResponse& response) {
    if (response.status < 200 || response.status > 299) {
      return Error(Errc::unavailable, "The webhook answered with status " + std::to_string(response.status) + ".");
    }
    if (response.body.empty()) return Reply{};
    if (response.headers.get("Content-Type").starts_with("text/plain")) {
      if (!base::is_utf8(response.body)) return Error(Errc::bad_json, "The webhook's answer is not UTF-8.");
      return Reply{.text = response.body};
    }
    auto json = matrix::parse_json(response.body);
    if (!json || !json->is_object()) return Error(Errc::bad_json, "The webhook's answer is not a JSON object.");
    const auto& object = json->get_object();
    for (std::string_view key : {"text", "html"}) {
      if (const auto* member = matrix::find(object, key); member && !member->is_string() && !member->is_null()) {
        return Error(Errc::bad_json, "The webhook's answer has a '" + std::string(key) + "' that is no text.");
      }
    }
    return Reply{.text = std::string(matrix::find_string(object, "text").value_or("")),
                 .html = std::string(matrix::find_string(object, "html").value_or(""))};
  }

  BrainContext context_;
  Target target_;
};

bool is_web_address(std::string_view url) {
  auto host = url.starts_with("https://") ? url.substr(8) : url.starts_with("http://") ? url.substr(7) : "";
  return !host.empty() && host.front() != '/' && host.front() != '?' && url.size() <= 2048 &&
         std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f; }) &&
         host.substr(0, host.find('/')).find('@') == host.npos;
}

Result<PreparedConfig> prepare(boost::json::object config, boost::json::object old_secrets) {
  TRY([[maybe_unused]] auto known,
      refuse_unknown(config, {"url", "secret", "secret_set", "timeout_ms", "respond", "reply_as"}));
  TRY([[maybe_unused]] auto common, common_config(config));
  auto url = matrix::find_string(config, "url");
  if (!url || !is_web_address(*url)) {
    return Error(Errc::invalid_param,
                 "url must be an http or https address without a user name, e.g. http://127.0.0.1:3000/hook.");
  }
  if (config.contains("timeout_ms")) {
    auto timeout = matrix::find_integer(config, "timeout_ms");
    if (!timeout || *timeout < 1'000 || *timeout > 120'000) {
      return Error(Errc::invalid_param, "timeout_ms must be a number from 1000 to 120000.");
    }
  } else {
    config["timeout_ms"] = kDefaultTimeoutMs;
  }
  PreparedConfig prepared{.config = {}, .secrets = std::move(old_secrets), .generated_secret = std::nullopt};
  if (config.contains("secret")) {
    auto secret = matrix::find_string(config, "secret");
    if (!secret || secret->size() < 16 || secret->size() > 256) {
      return Error(Errc::invalid_param, "secret must be a text of 16 to 256 bytes.");
    }
    prepared.secrets["secret"] = *secret;
    config.erase("secret");
  } else if (!prepared.secrets.contains("secret")) {
    prepared.generated_secret = base::random_token("whs_");
    prepared.secrets["secret"] = *prepared.generated_secret;
  }
  config["secret_set"] = true;
  prepared.config = std::move(config);
  return prepared;
}

Result<std::unique_ptr<Brain>> make(const BrainContext& context, const boost::json::object& config,
                                    const boost::json::object& secrets) {
  auto url = matrix::find_string(config, "url");
  auto secret = matrix::find_string(secrets, "secret");
  if (!url || !secret) return Error(Errc::invalid_param, "The webhook's address or secret is missing. Set it again.");
  return std::make_unique<WebhookBrain>(
      context, Target{.url = std::string(*url),
                      .secret = std::string(*secret),
                      .timeout = std::chrono::milliseconds(
                          matrix::find_integer(config, "timeout_ms").value_or(kDefaultTimeoutMs))});
}

}  // namespace

BrainKind webhook_brain() {
  return {.kind = "webhook",
          .title = "Webhook",
          .description = "Posts each message to your web service and says what it answers.",
          .config_schema = kSchema,
          .prepare = prepare,
          .make = make};
}

}  // namespace troupe::fleet
