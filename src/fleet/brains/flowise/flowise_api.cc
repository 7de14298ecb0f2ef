#include "fleet/brains/flowise/flowise_api.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "fleet/brains/brain_http.h"
#include "fleet/brains/exchange.h"
#include "matrix/json.h"
#include "net/http/form_writer.h"

namespace troupe::fleet::brains {
namespace {

/// Of one answer, and of one event of a stream: the data of an agent's run comes in one event and can be far larger
/// than its text.
constexpr std::size_t kMaxAnswerBytes = 24 * 1024 * 1024;
constexpr std::size_t kMaxFetchedFileBytes = 20 * 1024 * 1024;
/// A stream's head comes before the flow runs.
constexpr std::chrono::milliseconds kStreamHead{20'000};
constexpr std::chrono::milliseconds kSmallCall{10'000};
constexpr std::chrono::milliseconds kFileCall{60'000};
constexpr std::chrono::milliseconds kUpsertCall{300'000};
/// A person waits behind it.
constexpr std::chrono::milliseconds kAbortCall{3'000};
constexpr std::chrono::milliseconds kNoWait{0};
constexpr std::chrono::milliseconds kLongestWait{3'600'000};

std::string flow_not_found(std::string_view flow) { return "Flowise has no flow " + std::string(flow) + "."; }

Result<boost::json::object> object_of(const net::client::ClientResponse& response) {
  auto json = matrix::parse_json(response.body);
  if (!json || !json->is_object()) return Error(Errc::unavailable, "Flowise's answer is not a JSON object.");
  return std::move(json->get_object());
}

bool is_unauthorized(std::string_view message) {
  return message.find("Unauthorized") != message.npos || message.find("unauthorized") != message.npos;
}

/// An answer that is too large is Flowise's failure; a question that is too large is a refusal.
Error as_failure(Error error) {
  if (error.code() != Errc::too_large) return error;
  return Error(Errc::unavailable, "Flowise's answer is too large.", error.message());
}

}  // namespace

std::string data_uri(std::string_view mime, std::string_view bytes) {
  auto text = base::base64(base::as_bytes(bytes));
  while (text.size() % 4 != 0) text += '=';
  return "data:" + std::string(mime) + ";base64," + text;
}

Multipart make_multipart(const std::vector<std::pair<std::string, std::string>>& fields,
                         const std::vector<matrix::Media>& files) {
  auto quoted = [](std::string_view name) {
    std::string out;
    for (char c : name) {
      if (c == '"') {
        out += "%22";
      } else if (static_cast<unsigned char>(c) >= 0x20) {
        out += c;
      }
    }
    return out;
  };
  net::http::FormWriter form;
  for (const auto& [name, text] : fields) form.field(quoted(name), text);
  for (const auto& file : files) form.file("files", quoted(file.name), quoted(file.content_type), file.bytes);
  auto type = form.content_type();
  return {.content_type = std::move(type), .body = std::move(form).finish()};
}

net::client::ClientRequest FlowiseApi::request(std::string method, std::string path) const {
  // The address was set by an operator (the route asks for the role), so it may be private.
  net::client::ClientRequest made(net::client::Trust::configured);
  made.method = std::move(method);
  made.url = target_.api + path;
  made.headers.add("User-Agent", "Troupe");
  made.headers.add("Accept", "application/json");
  if (!target_.key.empty()) made.headers.add("Authorization", "Bearer " + target_.key);
  made.first_byte_timeout = kSmallCall;
  made.idle_timeout = kSmallCall;
  made.total_timeout = kSmallCall;
  made.max_redirects = 0;  // a redirect would turn the question into a GET
  return made;
}

Error FlowiseApi::key_refused(std::string detail) const {
  return Error(Errc::forbidden,
               target_.key.empty() ? "Flowise wants an API key for this flow." : "Flowise refuses the API key.",
               std::move(detail));
}

std::optional<Error> FlowiseApi::refusal(const net::client::ClientResponse& response) const {
  auto status = response.status;
  if (status >= 200 && status <= 299) return std::nullopt;
  auto message = flowise_error_message(response.body);
  auto detail = "status " + std::to_string(status) + ": " + message;
  if (status == 401 || status == 403 || (status == 500 && is_unauthorized(message))) {
    return key_refused(detail);
  }
  // Some calls wrap what is a 404 elsewhere.
  bool no_flow = status == 500 && message.find("hatflow") != message.npos && message.ends_with("not found");
  if (status == 404 || no_flow) return Error(Errc::not_found, flow_not_found(target_.flow), detail);
  if (status == 413) return Error(Errc::too_large, "Flowise says that the message is too large.", detail);
  if (status == 429) {
    return Error(Errc::limit_exceeded, "Flowise has had too many requests.", detail)
        .with_retry_after(
            std::min(retry_after(response.headers, context_.clock.unix_ms()).value_or(kNoWait), kLongestWait));
  }
  if (status == 400 || status == 412 || status == 422) {
    return Error(Errc::invalid_param, "Flowise refuses the question.", detail);
  }
  if (status >= 300 && status <= 399) {
    return Error(Errc::unavailable, "Flowise's address leads elsewhere. Set the final address.", detail);
  }
  return Error(Errc::unavailable, "Flowise failed with status " + std::to_string(status) + ".", detail);
}

Task<net::client::ClientResponse> FlowiseApi::send(net::client::ClientRequest wanted) {
  CO_TRY(auto response, co_await context_.http.send(std::move(wanted)));
  if (auto error = refusal(response)) co_return std::unexpected(*std::move(error));
  co_return response;
}

Task<net::client::ClientResponse> FlowiseApi::get(std::string path) { return send(request("GET", std::move(path))); }

Task<net::client::ClientResponse> FlowiseApi::send_form(std::string path, Multipart form,
                                                        std::chrono::milliseconds patience) {
  auto wanted = request("POST", std::move(path));
  wanted.headers.add("Content-Type", form.content_type);
  wanted.body = std::move(form.body);
  wanted.first_byte_timeout = wanted.idle_timeout = wanted.total_timeout = patience;
  wanted.max_body_bytes = kMaxAnswerBytes;
  return send(std::move(wanted));
}

Task<FlowiseAnswer> FlowiseApi::ask(boost::json::object body, ReplyStream& stream) {
  body["streaming"] = false;
  auto wanted = request("POST", "/prediction/" + target_.flow);
  wanted.headers.add("Content-Type", "application/json");
  wanted.body = boost::json::serialize(body);
  wanted.first_byte_timeout = target_.total;  // the whole run lies before the first byte
  wanted.idle_timeout = target_.idle;
  wanted.total_timeout = target_.total;
  wanted.max_body_bytes = kMaxAnswerBytes;
  auto response = co_await send_noted(context_.http, std::move(wanted), stream);
  if (!response) co_return std::unexpected(as_failure(std::move(response).error()));
  if (auto error = refusal(*response)) co_return std::unexpected(*std::move(error));
  co_return read_flowise_answer(response->body);
}

Task<FlowiseAnswer> FlowiseApi::ask_streaming(boost::json::object body, ReplyStream& stream, bool& begun) {
  body["streaming"] = true;
  auto wanted = request("POST", "/prediction/" + target_.flow);
  wanted.headers.set("Accept", "text/event-stream, application/json");
  wanted.headers.add("Content-Type", "application/json");
  wanted.body = boost::json::serialize(body);
  wanted.first_byte_timeout = std::min(target_.first_byte, kStreamHead);
  wanted.idle_timeout = target_.idle;
  wanted.total_timeout = target_.total;
  wanted.max_body_bytes = kMaxAnswerBytes;
  FlowiseStream events;
  std::string doing;
  auto receive = [&](const net::client::ServerSentEvent& event) {
    begun = true;
    if (events.take(event.data)) {
      stream.update(without_empty_lines(events.answer().text));
    } else if (events.answer().doing != doing) {
      doing = events.answer().doing;
      stream.doing(doing);
    }
    return !events.answer().ended && stream.wanted();
  };
  auto response = co_await stream_noted(context_.http, std::move(wanted), receive, stream);
  if (!response) {
    // What was written so far is in `stream`; the run's end is not known.
    co_return std::unexpected(as_failure(std::move(response).error()));
  }
  auto type = response->headers.get("Content-Type");
  if (response->status != 200 || !type.starts_with("text/event-stream")) {
    if (auto error = refusal(*response)) co_return std::unexpected(*std::move(error));
    co_return read_flowise_answer(response->body);
  }
  auto& answer = events.answer();
  if (!stream.wanted()) co_return Error(Errc::conflict, "Nobody waits for this answer any more.");
  if (answer.error) {
    auto forbidden = is_unauthorized(*answer.error);
    if (forbidden) co_return key_refused(*answer.error);
    co_return Error(Errc::unavailable, "The flow failed.", *answer.error);
  }
  if (answer.aborted) co_return Error(Errc::unavailable, "Somebody stopped the flow's run.");
  if (!answer.ended) co_return Error(Errc::unavailable, "Flowise's stream ended without its end.");
  co_return std::move(answer);
}

Task<bool> FlowiseApi::is_streaming() {
  CO_TRY(auto response, co_await get("/chatflows-streaming/" + target_.flow));
  CO_TRY(auto object, object_of(response));
  co_return matrix::find_bool(object, "isStreaming").value_or(false);
}

Task<std::optional<std::string>> FlowiseApi::stored_answer(std::string chat_id, std::string message_id) {
  if (target_.key.empty() || message_id.empty()) co_return std::nullopt;
  auto wanted = request("GET", "/chatmessage/" + target_.flow + "?order=DESC&chatId=" + base::percent_encode(chat_id));
  wanted.max_body_bytes = kMaxAnswerBytes;
  CO_TRY(auto response, co_await send(std::move(wanted)));
  auto json = matrix::parse_json(response.body);
  if (!json || !json->is_array()) co_return std::nullopt;
  for (const auto& item : json->get_array()) {
    if (!item.is_object()) continue;
    const auto& message = item.get_object();
    if (matrix::find_string(message, "id") != message_id) continue;
    if (matrix::find_string(message, "role") != "apiMessage") continue;
    auto content = matrix::find_string(message, "content");
    if (content) co_return std::string(content->substr(0, FlowiseAnswer::kMaxTextBytes));
  }
  co_return std::nullopt;
}

asio::awaitable<void> FlowiseApi::abort(std::string chat_id) {
  auto wanted = request("PUT", "/chatmessage/abort/" + target_.flow + "/" + base::percent_encode(chat_id));
  wanted.connect_timeout = wanted.first_byte_timeout = wanted.idle_timeout = wanted.total_timeout = kAbortCall;
  auto response = co_await context_.http.send(std::move(wanted));
  if (!response) {
    base::log_debug("fleet", "A run of Flowise could not be stopped.", {{"reason", response.error().message()}});
  }
}

Task<FlowiseApi::Uploads> FlowiseApi::uploads() {
  CO_TRY(auto response, co_await get("/chatflows-uploads/" + target_.flow));
  CO_TRY(auto object, object_of(response));
  co_return Uploads{.images = matrix::find_bool(object, "isImageUploadAllowed").value_or(false),
                    .speech = matrix::find_bool(object, "isSpeechToTextEnabled").value_or(false),
                    .rag = matrix::find_bool(object, "isRAGFileUploadAllowed").value_or(false)};
}

Task<std::string> FlowiseApi::extract(std::string chat_id, matrix::Media file) {
  std::vector<matrix::Media> files;
  files.push_back(std::move(file));
  auto path = "/attachments/" + target_.flow + "/" + base::percent_encode(chat_id);
  CO_TRY(auto response, co_await send_form(std::move(path), make_multipart({}, files), kFileCall));
  auto json = matrix::parse_json(response.body);
  if (json && json->is_array() && !json->get_array().empty() && json->get_array().front().is_object()) {
    auto content = matrix::find_string(json->get_array().front().get_object(), "content");
    if (content) co_return std::string(*content);
  }
  co_return Error(Errc::unavailable, "Flowise did not say what is in the file.");
}

Task<FlowiseApi::Upserted> FlowiseApi::upsert(std::vector<matrix::Media> files,
                                              std::vector<std::pair<std::string, std::string>> fields) {
  auto path = "/vector/upsert/" + target_.flow;
  CO_TRY(auto response, co_await send_form(std::move(path), make_multipart(fields, files), kUpsertCall));
  CO_TRY(auto object, object_of(response));
  auto number = [&](std::string_view key) { return matrix::find_integer(object, key).value_or(0); };
  co_return Upserted{.added = number("numAdded"), .updated = number("numUpdated"), .skipped = number("numSkipped")};
}

Task<std::string> FlowiseApi::stored_file(std::string chat_id, std::string name) {
  auto wanted =
      request("GET", "/get-upload-file?chatflowId=" + target_.flow + "&chatId=" + base::percent_encode(chat_id) +
                         "&fileName=" + base::percent_encode(name));
  wanted.headers.set("Accept", "*/*");
  wanted.first_byte_timeout = wanted.idle_timeout = wanted.total_timeout = kFileCall;
  wanted.max_body_bytes = kMaxFetchedFileBytes;
  CO_TRY(auto response, co_await send(std::move(wanted)));
  co_return std::move(response.body);
}

Task<Unit> FlowiseApi::ping() {
  CO_TRY(auto response, co_await get("/ping"));
  if (response.body.find("pong") == std::string::npos) {
    co_return Error(Errc::unavailable, "What answers at this address is not Flowise.");
  }
  co_return Unit{};
}

Task<std::string> FlowiseApi::version() {
  CO_TRY(auto response, co_await get("/version"));
  CO_TRY(auto object, object_of(response));
  co_return std::string(matrix::find_string(object, "version").value_or("").substr(0, 40));
}

Task<std::optional<bool>> FlowiseApi::key_works() {
  if (target_.key.empty()) co_return std::nullopt;
  auto wanted = request("GET", "/chatmessage/" + target_.flow + "?chatId=troupe-connection-test");
  CO_TRY(auto response, co_await context_.http.send(std::move(wanted)));
  co_return response.status == 200;
}

}  // namespace troupe::fleet::brains
