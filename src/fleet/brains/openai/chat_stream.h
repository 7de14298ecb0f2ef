// Reads what an OpenAI-compatible server answers to a chat completion: a stream of chunks or one JSON object. Pure.
// https://platform.openai.com/docs/api-reference/chat and what Ollama, vLLM, llama.cpp and LiteLLM make of it.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {

/// A function that the model wants called.
struct ChatCall {
  std::string name;
  std::string arguments;  ///< JSON text, as far as it came; it may be none
};

/// An answer, as far as it has come.
struct ChatAnswer {
  std::string text;           ///< without reasoning
  std::string reasoning;      ///< of `reasoning`, `reasoning_content` and a leading <think>…</think>
  std::string finish_reason;  ///< stop, length, content_filter, tool_calls; empty: the server has not said
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
  bool refused = false;  ///< `text` is a refusal in a member of its own
  /// The model asked for a tool, in whatever way, also where none was offered.
  bool wants_tool = false;
  std::vector<std::string> tools;    ///< their names, as far as it said them; for the log
  std::vector<ChatCall> calls = {};  ///< the same with their arguments, put together; at most eight
  bool whole = false;  ///< the server said that it is done: [DONE], a finish reason, or one whole JSON object
};

/// Longer answers are cut there, with the finish reason "length".
inline constexpr std::size_t kMaxChatTextBytes = 256 * 1024;

/// Takes text in any pieces and parts a leading <think>…</think> from the rest.
class ThinkFilter {
 public:
  void feed(std::string_view piece, ChatAnswer& into);
  /// No more comes: what was held back because it might have become a tag is text.
  void end(ChatAnswer& into);

 private:
  enum class State { start, thinking, after, text };
  State state_ = State::start;
  std::string held_;
};

/// One stream. Not thread-safe.
class ChatStream {
 public:
  /// The data of one server-sent event. False: no more is needed ([DONE], or the answer is as long as it may be).
  /// Errors: unavailable (the server reports an error; its words are the detail), bad_json.
  Result<bool> feed(std::string_view data);
  /// The stream has ended, in whatever way.
  void end();
  const ChatAnswer& answer() const { return answer_; }

 private:
  void take(const matrix::JsonObject& message);
  void take_call(const matrix::JsonObject& call);

  ThinkFilter filter_;
  ChatAnswer answer_;
  std::vector<std::int64_t> call_indices_;  ///< of the answer's calls; -1: the server said none
  std::size_t call_bytes_ = 0;
};

/// Whether a text is, or may still become, a tool call in the markup of a model's own (`<tool_call>…`, `[TOOL_CALLS]…`,
/// …) that its server did not read. Such a text is never shown.
bool may_be_tool_markup(std::string_view text);
bool is_tool_markup(std::string_view text);

/// A body that came whole. Servers label streams as JSON and JSON as streams, so what it is shows in its first bytes.
/// Errors: as ChatStream::feed.
Result<ChatAnswer> read_chat_body(std::string_view body);

/// What a server says in an answer with an error status.
struct ChatError {
  std::string message;    ///< its own words, cut to 500 bytes; for the log
  std::string code;       ///< `code` or `type`, whichever is a text
  bool overflow = false;  ///< the question is longer than the model's context
};
ChatError read_chat_error(int status, std::string_view body);

}  // namespace troupe::fleet::brains
