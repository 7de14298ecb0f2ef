// The openai brain's settings, and the requests made from them.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fleet/brains/brain.h"
#include "fleet/brains/openai/chat_context.h"
#include "fleet/brains/openai/fallbacks.h"
#include "net/client/client.h"

namespace troupe::fleet::brains {

inline constexpr std::size_t kMaxImages = 4;

struct OpenAiConfig {
  std::string base_url;  ///< without a slash at the end
  std::string key;       ///< empty: none is sent
  std::string model;
  std::string system_prompt;
  bool topic_as_prompt = false;  ///< the room's topic follows the system prompt
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::int64_t> max_tokens;
  boost::json::object extra;  ///< members for the request that have no setting of their own
  std::int64_t context_tokens = 8'192;
  std::int64_t history_turns = 20;
  bool stream = true;
  bool images = true;
  std::size_t image_max_bytes = 5 * 1024 * 1024;
  bool show_reasoning = false;
  bool name_senders = true;
  int retries = 2;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds first_byte_timeout{120'000};
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds total_timeout{300'000};
  FallbackConfig more;  ///< which further models are asked, and what may be spent
};

std::string_view openai_schema();
Result<PreparedConfig> prepare_openai(boost::json::object config, boost::json::object old_secrets);
/// Of a prepared config.
Result<OpenAiConfig> read_openai_config(const boost::json::object& config, const boost::json::object& secrets);

/// What a question to the model is made of.
struct OpenAiRequest {
  std::string system_prompt;  ///< empty: none
  std::vector<ChatTurn> turns;
  std::string question;
  std::vector<std::string> images;  ///< data URIs
  /// Members of the body as they are, in place of what the rest would make of them: `messages`, `response_format`,
  /// `tools`. What they ask for comes back in ChatAnswer's text and calls.
  boost::json::object members = {};
  bool with_usage = true;                    ///< ask for the usage chunk of a stream
  std::optional<std::int64_t> longest = {};  ///< no longer an answer than so many tokens; nothing: as the config says
  /// Under which name models know that limit: newer ones of OpenAI refuse the older name.
  std::string_view limit_name = "max_tokens";
};
net::client::ClientRequest chat_request(const OpenAiConfig& config, const OpenAiRequest& request);

/// "data:image/png;base64,…". Errors: unsupported (not PNG, JPEG, GIF or WebP, told by the bytes, not by their label).
Result<std::string> image_uri(std::string_view mime, std::string_view bytes);

/// GET <base>/models: the ids. `http` outlives the task. Errors: forbidden (the key), unavailable, timed_out,
/// not_found and bad_json (a server without a list).
Task<std::vector<std::string>> list_models(net::client::HttpClient& http, OpenAiConfig config,
                                           std::chrono::milliseconds patience);

}  // namespace troupe::fleet::brains
