#include "fleet/brains/openai/chat_stream.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "net/client/sse.h"

namespace troupe::fleet::brains {
namespace {

using matrix::find;
using matrix::find_array;
using matrix::find_integer;
using matrix::find_object;
using matrix::find_string;

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kMaxErrorBytes = 500;
constexpr std::size_t kMaxEventBytes = 1024 * 1024;

/// How many bytes at the end of a text may be the beginning of `tag`.
std::size_t open_end(std::string_view text, std::string_view tag) {
  for (auto size = std::min(text.size(), tag.size() - 1); size > 0; --size) {
    if (text.ends_with(tag.substr(0, size))) return size;
  }
  return 0;
}

void append_limited(std::string& to, std::string_view piece) {
  auto room = kMaxChatTextBytes - std::min(kMaxChatTextBytes, to.size());
  if (piece.size() > room) {
    while (room > 0 && (static_cast<unsigned char>(piece[room]) & 0xC0) == 0x80) --room;
    piece = piece.substr(0, room);
  }
  to += piece;
}

/// A string, or the texts of a list of parts.
void append_content(const matrix::Json& content, std::string& text, std::string& reasoning) {
  if (content.is_string()) {
    text += matrix::view(content.get_string());
  } else if (content.is_array()) {
    for (const auto& part : content.get_array()) {
      if (!part.is_object()) continue;
      if (auto piece = find_string(part.get_object(), "text")) text += *piece;
      if (const auto* thinking = find(part.get_object(), "thinking")) append_content(*thinking, reasoning, reasoning);
    }
  }
}

/// The error that an object reports, in either form that servers use; nothing when it reports none.
std::optional<ChatError> error_in(const matrix::JsonObject& object) {
  const auto* error = find(object, "error");
  const matrix::JsonObject* in = nullptr;
  ChatError found;
  if (error != nullptr && error->is_object()) {
    in = &error->get_object();
  } else if (error != nullptr && error->is_string()) {
    found.message = matrix::view(error->get_string());
    return found;
  } else if (find_string(object, "object") == "error") {
    in = &object;
  } else {
    return std::nullopt;
  }
  found.message = find_string(*in, "message").value_or("");
  found.code = find_string(*in, "code").value_or(find_string(*in, "type").value_or(""));
  return found;
}

bool says_overflow(const ChatError& error) {
  std::string text = error.code + " " + error.message;
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  for (std::string_view sign : {"context_length_exceeded", "exceed_context_size", "context length", "context size",
                                "context window", "maximum context", "prompt is too long", "too many tokens"}) {
    if (text.find(sign) != text.npos) return true;
  }
  return false;
}

void take_usage(const matrix::JsonObject& object, ChatAnswer& into) {
  const auto* usage = find_object(object, "usage");
  if (usage == nullptr) return;
  into.tokens_in = std::max<std::int64_t>(0, find_integer(*usage, "prompt_tokens").value_or(into.tokens_in));
  into.tokens_out = std::max<std::int64_t>(0, find_integer(*usage, "completion_tokens").value_or(into.tokens_out));
}

Error reported(const ChatError& error) {
  return Error(Errc::unavailable, "The model's server reported an error.",
               error.code + (error.code.empty() ? "" : ": ") + error.message.substr(0, kMaxErrorBytes));
}

}  // namespace

void ThinkFilter::feed(std::string_view piece, ChatAnswer& into) {
  if (state_ == State::text) {
    append_limited(into.text, piece);
    return;
  }
  held_ += piece;
  if (state_ == State::start) {
    auto begin = std::min(held_.find_first_not_of(kBlank), held_.size());
    auto shown = std::string_view(held_).substr(begin);
    if (shown.size() < kOpen.size() && kOpen.starts_with(shown)) return;  // may still become the tag
    if (shown.starts_with(kOpen)) {
      held_.erase(0, begin + kOpen.size());
      state_ = State::thinking;
    } else {
      state_ = State::text;
      append_limited(into.text, held_);
      held_.clear();
      return;
    }
  }
  if (state_ == State::thinking) {
    auto close = held_.find(kClose);
    auto end = close == held_.npos ? held_.size() - open_end(held_, kClose) : close;
    append_limited(into.reasoning, std::string_view(held_).substr(0, end));
    held_.erase(0, close == held_.npos ? end : close + kClose.size());
    if (close == held_.npos) return;
    state_ = State::after;
  }
  // Blank lines between the reasoning and the answer.
  auto begin = held_.find_first_not_of(kBlank);
  if (begin == held_.npos) {
    held_.clear();
    return;
  }
  append_limited(into.text, std::string_view(held_).substr(begin));
  held_.clear();
  state_ = State::text;
}

void ThinkFilter::end(ChatAnswer& into) {
  append_limited(state_ == State::thinking ? into.reasoning : into.text, held_);
  held_.clear();
}

namespace {

/// How models write a tool call when nobody reads it for them: Qwen and Hermes, Mistral, Llama, Functionary.
constexpr std::string_view kToolMarks[] = {"<tool_call>", "[TOOL_CALLS]", "<|python_tag|>",
                                           "<function=", "<|tool_call"};
constexpr std::size_t kMaxTools = 8;
constexpr std::size_t kMaxToolNameBytes = 64;

void take_tool(const matrix::JsonObject& function, ChatAnswer& into) {
  auto name = find_string(function, "name").value_or("");
  if (!name.empty() && into.tools.size() < kMaxTools) into.tools.emplace_back(name.substr(0, kMaxToolNameBytes));
}

std::string_view without_leading_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text;
}

}  // namespace

bool may_be_tool_markup(std::string_view text) {
  text = without_leading_blanks(text);
  return std::ranges::any_of(kToolMarks, [text](std::string_view mark) {
    return text.size() < mark.size() ? mark.starts_with(text) : text.starts_with(mark);
  });
}

bool is_tool_markup(std::string_view text) {
  text = without_leading_blanks(text);
  return std::ranges::any_of(kToolMarks, [text](std::string_view mark) { return text.starts_with(mark); });
}

void ChatStream::take_call(const matrix::JsonObject& call) {
  const auto& function = *find_object(call, "function");
  const auto name = find_string(function, "name").value_or("");
  const auto index = find_integer(call, "index").value_or(-1);
  auto& calls = answer_.calls;
  // A piece without an index goes on with the last call. One that names a function begins another call where the one
  // before is whole: some servers send every call as number 0, others repeat the name in each piece.
  std::size_t at = index < 0
                       ? (calls.empty() ? 0 : calls.size() - 1)
                       : static_cast<std::size_t>(std::ranges::find(call_indices_, index) - call_indices_.begin());
  const bool is_over =
      at < calls.size() && (calls[at].arguments.empty() ? index < 0 && !calls[at].name.empty()
                                                        : matrix::parse_json(calls[at].arguments).has_value());
  if (at == calls.size() || (!name.empty() && is_over)) {
    if (calls.size() == kMaxTools) return;
    at = calls.size();
    calls.emplace_back();
    call_indices_.push_back(index);
  }
  if (calls[at].name.empty()) calls[at].name = name.substr(0, kMaxToolNameBytes);
  const auto* arguments = find(function, "arguments");
  if (arguments == nullptr || arguments->is_null()) return;
  const auto piece = arguments->is_string() ? std::string(arguments->get_string()) : boost::json::serialize(*arguments);
  const auto taken = std::min(piece.size(), kMaxChatTextBytes - call_bytes_);
  calls[at].arguments += piece.substr(0, taken);
  call_bytes_ += taken;
}

void ChatStream::take(const matrix::JsonObject& message) {
  // Ids may be missing or repeated, and only the first piece of a call has its name.
  if (const auto* calls = find_array(message, "tool_calls"); calls != nullptr && !calls->empty()) {
    answer_.wants_tool = true;
    for (const auto& call : *calls) {
      const auto* function = call.is_object() ? find_object(call.get_object(), "function") : nullptr;
      if (function == nullptr) continue;
      take_tool(*function, answer_);
      take_call(call.get_object());
    }
  }
  if (const auto* function = find_object(message, "function_call")) {  // the older form
    answer_.wants_tool = true;
    take_tool(*function, answer_);
  }
  std::string text;
  if (const auto* content = find(message, "content")) append_content(*content, text, answer_.reasoning);
  for (std::string_view key : {"reasoning_content", "reasoning"}) {
    auto piece = find_string(message, key);
    if (!piece || piece->empty()) continue;
    append_limited(answer_.reasoning, *piece);
    break;  // some servers send both, with the same text
  }
  if (auto refusal = find_string(message, "refusal"); refusal && text.empty()) {
    text = *refusal;
    answer_.refused = answer_.refused || !text.empty();
  }
  filter_.feed(text, answer_);
}

Result<bool> ChatStream::feed(std::string_view data) {
  while (!data.empty() && kBlank.find(data.front()) != kBlank.npos) data.remove_prefix(1);
  if (data.empty()) return true;
  if (data.starts_with("[DONE]")) {
    answer_.whole = true;
    return false;
  }
  auto json = matrix::parse_json(data);
  if (!json || !json->is_object()) {
    return Error(Errc::bad_json, "The model's server sent something that is no JSON object.",
                 std::string(data.substr(0, 200)));
  }
  const auto& chunk = json->get_object();
  if (auto error = error_in(chunk)) return reported(*error);
  take_usage(chunk, answer_);
  const auto* choices = find_array(chunk, "choices");
  if (choices == nullptr) return true;
  for (const auto& choice : *choices) {
    if (!choice.is_object() || find_integer(choice.get_object(), "index").value_or(0) != 0) continue;
    const auto& object = choice.get_object();
    const auto* message = find_object(object, "delta");
    if (message == nullptr) message = find_object(object, "message");
    if (message != nullptr) {
      take(*message);
    } else if (auto text = find_string(object, "text")) {
      filter_.feed(*text, answer_);
    }
    if (auto reason = find_string(object, "finish_reason"); reason && !reason->empty()) {
      answer_.finish_reason = reason->substr(0, 64);
      answer_.wants_tool = answer_.wants_tool || answer_.finish_reason == "tool_calls";
      answer_.whole = true;
    }
  }
  if (answer_.text.size() + 4 < kMaxChatTextBytes && answer_.reasoning.size() + 4 < kMaxChatTextBytes) return true;
  answer_.finish_reason = "length";
  answer_.whole = true;
  return false;
}

void ChatStream::end() { filter_.end(answer_); }

Result<ChatAnswer> read_chat_body(std::string_view body) {
  ChatStream stream;
  auto begin = std::min(body.find_first_not_of(kBlank), body.size());
  if (body.substr(begin).starts_with("{")) {
    TRY([[maybe_unused]] bool more, stream.feed(body));
    stream.end();
    auto answer = stream.answer();
    answer.whole = true;
    return answer;
  }
  net::client::SseParser parser(kMaxEventBytes);
  Result<bool> outcome = true;
  bool any = false;
  auto receive = [&](const net::client::ServerSentEvent& event) {
    any = true;
    outcome = stream.feed(event.data);
    return outcome && *outcome;
  };
  TRY(bool more, parser.feed(body, receive));
  // The last event may lack its empty line.
  if (more && outcome) {
    TRY(parser.feed("\n\n", receive));
  }
  if (!outcome) return std::unexpected(outcome.error());
  if (!any) {
    return Error(Errc::bad_json, "The model's server answered with neither JSON nor a stream.",
                 std::string(body.substr(0, 200)));
  }
  stream.end();
  return stream.answer();
}

ChatError read_chat_error(int status, std::string_view body) {
  ChatError error;
  auto json = matrix::parse_json(body);
  if (json && json->is_object()) {
    if (auto found = error_in(json->get_object())) {
      error = *std::move(found);
    } else {
      error.message = find_string(json->get_object(), "message")
                          .value_or(find_string(json->get_object(), "detail").value_or(body.substr(0, kMaxErrorBytes)));
    }
  } else {
    error.message = body.substr(0, kMaxErrorBytes);
  }
  if (error.message.size() > kMaxErrorBytes) error.message.resize(kMaxErrorBytes);
  error.overflow = (status == 400 || status == 413 || status == 422 || status == 500) && says_overflow(error);
  return error;
}

}  // namespace troupe::fleet::brains
