// One try at one model: the request goes out, what comes back is shown while it grows.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "fleet/brains/brain.h"
#include "fleet/brains/openai/chat_stream.h"

namespace troupe::fleet::brains {

/// Of an answer, as it comes over the wire.
inline constexpr std::size_t kMaxChatBodyBytes = 4 * 1024 * 1024;

/// What came of a try.
struct Attempt {
  std::optional<ChatAnswer> answer;
  std::optional<ChatError> refusal;  ///< an answer with an error status
  int status = 0;                    ///< 200 as well when an answer had begun
  std::optional<std::chrono::milliseconds> retry_after;
  std::optional<Error> failure;  ///< the connection, a time limit, or an error inside the stream
  ChatAnswer begun;              ///< with a failure: what had come
  bool slow = false;             ///< it was given up for its silence
  bool has_begun() const { return !begun.text.empty() || !begun.reasoning.empty() || begun.wants_tool; }
};

/// The one answer that a room sees grow, over all tries: a later try shows itself only once it is longer than what is
/// there, so that text is replaced, never doubled and never shorter. Lives as long as the tries; `stream` outlives it.
class GrowingAnswer {
 public:
  explicit GrowingAnswer(ReplyStream& stream) : stream_(stream) {}
  void show(const ChatAnswer& answer);
  ReplyStream& stream() { return stream_; }

 private:
  ReplyStream& stream_;
  std::size_t shown_ = 0;
  bool thinks_ = false;
};

/// How long a model may keep silent; nothing: as long as the request allows.
struct TokenPatience {
  std::optional<std::chrono::milliseconds> first;  ///< before its first token, keep-alives notwithstanding
  std::optional<std::chrono::milliseconds> between;
};

/// What a try uses; all of it outlives the task.
struct AttemptUses {
  net::client::HttpClient& http;
  const base::Clock& clock;
  GrowingAnswer& growing;
  /// Called with the bytes of text and reasoning whenever there are more.
  std::function<void(std::size_t)> grew = {};
};

asio::awaitable<Attempt> attempt_chat(net::client::ClientRequest request, const AttemptUses& uses,
                                      TokenPatience patience);

}  // namespace troupe::fleet::brains
