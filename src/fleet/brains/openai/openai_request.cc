#include "fleet/brains/openai/openai_request.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/field_errors.h"
#include "fleet/brains/brain_fields.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::string_view kSchema =
    R"json({"type":"object","required":["base_url","model"],"additionalProperties":false,"properties":{
"base_url":{"type":"string","title":"Address","format":"uri","maxLength":2048,
"description":"Of the API, with /v1 at the end: http://127.0.0.1:11434/v1 (Ollama), https://api.openai.com/v1."},
"api_key":{"type":"string","title":"Key","writeOnly":true,"maxLength":1024,
"description":"Sent as Authorization: Bearer. Leave it out when the server needs none; an empty text removes it."},
"model":{"type":"string","title":"Model","minLength":1,"maxLength":200,"description":"As the server lists it, e.g. llama3.2 or gpt-4o-mini."},
"system_prompt":{"type":"string","title":"System prompt","maxLength":16384,"default":"","x-multiline":true,
"description":"Tells the model who it is and how to answer."},
"topic_as_prompt":{"type":"boolean","title":"Heed the room's topic","default":false,
"description":"Puts the room's topic under the system prompt. Whoever may set the topic instructs the model."},
"temperature":{"type":"number","title":"Temperature","minimum":0,"maximum":2,"description":"Left out: the server's own."},
"top_p":{"type":"number","title":"Top p","minimum":0,"maximum":1,"description":"Left out: the server's own."},
"max_tokens":{"type":"integer","title":"Longest answer (tokens)","minimum":1,"maximum":1000000,"description":"Left out: the server's own."},
"extra":{"type":"object","title":"More members of the request","additionalProperties":true,
"description":"JSON that is added to each request, e.g. {\"reasoning_effort\":\"low\"}. At most 4 KiB."},
"context_tokens":{"type":"integer","title":"Context (tokens)","minimum":512,"maximum":10000000,"default":8192,
"description":"What the model can take in. Older turns are left out beyond it. Ollama: the model's num_ctx."},
"history_turns":{"type":"integer","title":"Turns remembered","minimum":0,"maximum":200,"default":20,
"description":"Per room, or per thread. 0: each question stands alone."},
"stream":{"type":"boolean","title":"Show the answer while it is written","default":true},
"images":{"type":"boolean","title":"Images","default":true,"description":"Send images along. Off for models that cannot see."},
"image_max_bytes":{"type":"integer","title":"Largest image (bytes)","minimum":1024,"maximum":20971520,"default":5242880},
"show_reasoning":{"type":"boolean","title":"Show reasoning","default":false,"description":"Put the model's thinking, if it sends any, above the answer."},
"name_senders":{"type":"boolean","title":"Name people in groups","default":true,"description":"Put the sender's name in front of each message in rooms of more than two."},
"retries":{"type":"integer","title":"More tries","minimum":0,"maximum":5,"default":2,"description":"After 429, 5xx and a refused connection."},
"connect_timeout_ms":{"type":"integer","title":"Time-out: connection (ms)","minimum":100,"maximum":60000,"default":5000},
"first_byte_timeout_ms":{"type":"integer","title":"Time-out: first byte (ms)","minimum":100,"maximum":600000,"default":120000,
"description":"A model that must be loaded first takes its time."},
"idle_timeout_ms":{"type":"integer","title":"Time-out: silence in between (ms)","minimum":100,"maximum":600000,"default":60000},
"total_timeout_ms":{"type":"integer","title":"Time-out: whole answer (ms)","minimum":100,"maximum":840000,"default":300000},
"fallbacks":{"type":"array","title":"Further models","maxItems":8,
"description":"Asked in this order, within the same answer, when those before are down, slow or over their limit: a list like [{\"base_url\":\"http://127.0.0.1:11434/v1\",\"model\":\"llama3.2\"}].",
"items":{"type":"object","required":["base_url","model"],"additionalProperties":false,"properties":{
"name":{"type":"string","maxLength":100},"base_url":{"type":"string","format":"uri","maxLength":2048},
"model":{"type":"string","minLength":1,"maxLength":200},"api_key":{"type":"string","writeOnly":true,"maxLength":1024},
"api_key_set":{"type":"boolean"},
"price_input":{"type":"string","maxLength":20},"price_output":{"type":"string","maxLength":20}}}},
"server_models":{"type":"boolean","title":"Then the server's models","default":true,
"description":"After those, the models of the server's configuration, where there are any (assistant.models). Only in the default tenant. Off: what is said stays with the models named here."},
"first_token_ms":{"type":"integer","title":"Next model after (ms)","minimum":100,"maximum":600000,
"description":"How long a model may take to begin before the next one is asked. Left out: the server's setting."},
"silence_ms":{"type":"integer","title":"Next model after a silence of (ms)","minimum":100,"maximum":600000,
"description":"In the middle of an answer. Left out: the server's setting."},
"price_input":{"type":"string","title":"Price of a million tokens sent","maxLength":20,"description":"Of the first model, e.g. 0.15. Needed where a spending limit holds; 0 for a model that costs nothing."},
"price_output":{"type":"string","title":"Price of a million tokens answered","maxLength":20},
"daily_limit":{"type":"string","title":"Most that may be spent on a day","maxLength":20,"description":"By this bot, on a UTC day, e.g. 1.00. Left out: only the server's limits."},
"last_resort":{"type":"string","title":"Said when no model answers","maxLength":2048,"default":"","x-multiline":true,
"description":"Left out: what the server has for that (assistant.last_resort), or a sentence in the language of the question."}}})json";

constexpr std::size_t kMaxExtraBytes = 4 * 1024;
constexpr std::size_t kMaxModels = 1'000;

boost::json::object message(std::string_view role, std::string_view text) {
  return {{"role", role}, {"content", text}};
}

void add_headers(net::client::ClientRequest& request, const OpenAiConfig& config) {
  if (!config.key.empty()) request.headers.add("Authorization", "Bearer " + config.key);
  request.headers.add("User-Agent", "Troupe");
}

}  // namespace

std::string_view openai_schema() { return kSchema; }

Result<PreparedConfig> prepare_openai(boost::json::object config, boost::json::object old_secrets) {
  base::FieldErrors mistakes;
  mistakes.take(refuse_unknown(config, {"base_url",
                                        "api_key",
                                        "api_key_set",
                                        "model",
                                        "system_prompt",
                                        "topic_as_prompt",
                                        "temperature",
                                        "top_p",
                                        "max_tokens",
                                        "extra",
                                        "context_tokens",
                                        "history_turns",
                                        "stream",
                                        "images",
                                        "image_max_bytes",
                                        "show_reasoning",
                                        "name_senders",
                                        "retries",
                                        "connect_timeout_ms",
                                        "first_byte_timeout_ms",
                                        "idle_timeout_ms",
                                        "total_timeout_ms",
                                        "fallbacks",
                                        "server_models",
                                        "first_token_ms",
                                        "silence_ms",
                                        "price_input",
                                        "price_output",
                                        "daily_limit",
                                        "last_resort",
                                        "respond",
                                        "reply_as"}));
  mistakes.take(common_config(config));
  BrainFields fields(config);
  PreparedConfig prepared{.config = {}, .secrets = std::move(old_secrets), .generated_secret = std::nullopt};
  if (auto url = mistakes.take(fields.web_address("base_url", "http://127.0.0.1:11434/v1"))) {
    while (url->ends_with('/')) url->pop_back();
    if (url->ends_with("/chat/completions")) url->resize(url->size() - std::string_view("/chat/completions").size());
    if (url->find_first_of("?#") != url->npos) mistakes.add("/base_url", "base_url must have no query.");
    config["base_url"] = *url;
  }
  if (auto model = mistakes.take(fields.text("model", 200, "")); model && model->empty()) {
    mistakes.add("/model", "model must be the name of a model, as the server lists it.");
  }
  mistakes.take(fields.text("system_prompt", 16 * 1024, ""));
  mistakes.take(fields.boolean("topic_as_prompt", false));
  mistakes.take(fields.number("temperature", 0, 2));
  mistakes.take(fields.number("top_p", 0, 1));
  auto context = mistakes.take(fields.integer("context_tokens", 512, 10'000'000, 8'192));
  if (const auto* longest = matrix::find(config, "max_tokens"); longest != nullptr && longest->is_null()) {
    config.erase("max_tokens");
  }
  if (config.contains("max_tokens")) {
    auto longest = mistakes.take(fields.integer("max_tokens", 1, 1'000'000, 1));
    if (longest && context && *longest >= *context) {
      mistakes.add("/max_tokens", "max_tokens must be smaller than context_tokens: the answer needs room in it.");
    }
  }
  if (const auto* extra = matrix::find(config, "extra")) {
    if (!extra->is_object() || boost::json::serialize(*extra).size() > kMaxExtraBytes) {
      mistakes.add("/extra", "extra must be a JSON object of at most 4 KiB.");
    } else {
      for (std::string_view ours : {"messages", "model", "stream", "stream_options", "n"}) {
        if (!extra->get_object().contains(ours)) continue;
        mistakes.add("/extra", "extra must not hold '" + std::string(ours) + "': it has its own setting.");
      }
    }
  }
  mistakes.take(fields.integer("history_turns", 0, 200, 20));
  mistakes.take(fields.boolean("stream", true));
  mistakes.take(fields.boolean("images", true));
  mistakes.take(fields.integer("image_max_bytes", 1024, 20 * 1024 * 1024, 5 * 1024 * 1024));
  mistakes.take(fields.boolean("show_reasoning", false));
  mistakes.take(fields.boolean("name_senders", true));
  mistakes.take(fields.integer("retries", 0, 5, 2));
  mistakes.take(fields.integer("connect_timeout_ms", 100, 60'000, 5'000));
  mistakes.take(fields.integer("first_byte_timeout_ms", 100, 600'000, 120'000));
  mistakes.take(fields.integer("idle_timeout_ms", 100, 600'000, 60'000));
  mistakes.take(fields.integer("total_timeout_ms", 100, 840'000, 300'000));
  mistakes.take(fields.secret("api_key", 1, 1024, prepared.secrets));
  prepare_fallbacks(config, prepared.secrets, mistakes);
  TRY(std::move(mistakes).outcome());
  prepared.config = std::move(config);
  return prepared;
}

Result<OpenAiConfig> read_openai_config(const boost::json::object& config, const boost::json::object& secrets) {
  auto copy = config;
  BrainFields fields(copy);
  OpenAiConfig read;
  TRY(auto base_url, fields.web_address("base_url", "http://127.0.0.1:11434/v1"));
  read.base_url = std::move(base_url);
  TRY(auto model, fields.text("model", 200, ""));
  read.model = std::move(model);
  TRY(auto system_prompt, fields.text("system_prompt", 16 * 1024, ""));
  read.system_prompt = std::move(system_prompt);
  TRY(auto topic_as_prompt, fields.boolean("topic_as_prompt", false));
  read.topic_as_prompt = topic_as_prompt;
  TRY(auto temperature, fields.number("temperature", 0, 2));
  read.temperature = std::move(temperature);
  TRY(auto top_p, fields.number("top_p", 0, 1));
  read.top_p = std::move(top_p);
  read.max_tokens = matrix::find_integer(copy, "max_tokens");
  if (const auto* extra = matrix::find_object(copy, "extra")) read.extra = *extra;
  TRY(auto context_tokens, fields.integer("context_tokens", 512, 10'000'000, 8'192));
  read.context_tokens = std::move(context_tokens);
  TRY(auto history_turns, fields.integer("history_turns", 0, 200, 20));
  read.history_turns = std::move(history_turns);
  TRY(auto stream, fields.boolean("stream", true));
  read.stream = std::move(stream);
  TRY(auto images, fields.boolean("images", true));
  read.images = std::move(images);
  TRY(auto largest, fields.integer("image_max_bytes", 1024, 20 * 1024 * 1024, 5 * 1024 * 1024));
  read.image_max_bytes = static_cast<std::size_t>(largest);
  TRY(auto show_reasoning, fields.boolean("show_reasoning", false));
  read.show_reasoning = std::move(show_reasoning);
  TRY(auto name_senders, fields.boolean("name_senders", true));
  read.name_senders = std::move(name_senders);
  TRY(auto retries, fields.integer("retries", 0, 5, 2));
  read.retries = static_cast<int>(retries);
  for (auto [key, low_default, into] : {std::tuple{"connect_timeout_ms", 5'000, &read.connect_timeout},
                                        std::tuple{"first_byte_timeout_ms", 120'000, &read.first_byte_timeout},
                                        std::tuple{"idle_timeout_ms", 60'000, &read.idle_timeout},
                                        std::tuple{"total_timeout_ms", 300'000, &read.total_timeout}}) {
    TRY(auto time, fields.integer(key, 100, 1'800'000, low_default));
    *into = std::chrono::milliseconds(time);
  }
  read.key = matrix::find_string(secrets, "api_key").value_or("");
  TRY(read.more, read_fallbacks(config, secrets));
  return read;
}

net::client::ClientRequest chat_request(const OpenAiConfig& config, const OpenAiRequest& asked) {
  boost::json::array messages;
  if (!asked.system_prompt.empty()) messages.push_back(message("system", asked.system_prompt));
  for (const auto& turn : asked.turns) {
    messages.push_back(message("user", turn.question));
    messages.push_back(message("assistant", turn.answer));
  }
  if (asked.images.empty()) {
    messages.push_back(message("user", asked.question));
  } else {
    boost::json::array parts;
    if (!asked.question.empty()) parts.push_back({{"type", "text"}, {"text", asked.question}});
    for (const auto& uri : asked.images) {
      parts.push_back({{"type", "image_url"}, {"image_url", {{"url", uri}}}});
    }
    messages.push_back({{"role", "user"}, {"content", std::move(parts)}});
  }
  auto body = config.extra;
  body["messages"] = std::move(messages);
  for (const auto& member : asked.members) body[member.key()] = member.value();
  body["model"] = config.model;
  body["stream"] = config.stream;
  if (config.stream && asked.with_usage) body["stream_options"] = {{"include_usage", true}};
  if (config.temperature) body["temperature"] = *config.temperature;
  if (config.top_p) body["top_p"] = *config.top_p;
  if (const auto most = asked.longest ? asked.longest : config.max_tokens) {
    if (asked.longest) {
      body.erase("max_tokens");
      body.erase("max_completion_tokens");
    }
    body[asked.limit_name] = *most;
  }
  // The address was set by an operator (the route asks for the role), so it may be private.
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = "POST";
  request.url = config.base_url + "/chat/completions";
  request.body = boost::json::serialize(body);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", config.stream ? "text/event-stream, application/json" : "application/json");
  add_headers(request, config);
  request.connect_timeout = config.connect_timeout;
  request.first_byte_timeout = config.first_byte_timeout;
  request.idle_timeout = config.idle_timeout;
  request.total_timeout = config.total_timeout;
  return request;
}

Result<std::string> image_uri(std::string_view mime, std::string_view bytes) {
  std::string_view real;
  if (bytes.starts_with("\x89PNG\r\n")) {
    real = "image/png";
  } else if (bytes.starts_with("\xff\xd8\xff")) {
    real = "image/jpeg";
  } else if (bytes.starts_with("GIF8")) {
    real = "image/gif";
  } else if (bytes.size() > 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") {
    real = "image/webp";
  } else {
    return Error(Errc::unsupported, "The image is no PNG, JPEG, GIF or WebP.", std::string(mime.substr(0, 100)));
  }
  // Padded, as data URIs are: base::base64 leaves the padding out.
  auto text = base::base64(base::as_bytes(bytes));
  while (text.size() % 4 != 0) text += '=';
  return "data:" + std::string(real) + ";base64," + text;
}

Task<std::vector<std::string>> list_models(net::client::HttpClient& http, OpenAiConfig config,
                                           std::chrono::milliseconds patience) {
  // The address was set by an operator (the route asks for the role), so it may be private.
  net::client::ClientRequest request(net::client::Trust::configured);
  request.url = config.base_url + "/models";
  request.headers.add("Accept", "application/json");
  add_headers(request, config);
  request.connect_timeout = std::min(config.connect_timeout, patience);
  request.first_byte_timeout = patience;
  request.idle_timeout = patience;
  request.total_timeout = patience;
  CO_TRY(auto response, co_await http.send(std::move(request)));
  if (response.status == 401 || response.status == 403) {
    co_return Error(Errc::forbidden, "The server refuses the key (status " + std::to_string(response.status) + ").");
  }
  if (response.status >= 500) {
    co_return Error(Errc::unavailable, "The server answers with status " + std::to_string(response.status) + ".");
  }
  if (response.status != 200) {
    co_return Error(Errc::not_found,
                    "GET /models answers with status " + std::to_string(response.status) + ": is the address right?");
  }
  auto json = matrix::parse_json(response.body);
  const auto* list = json && json->is_object() ? matrix::find_array(json->get_object(), "data") : nullptr;
  if (list == nullptr) co_return Error(Errc::bad_json, "GET /models answers with something that is no list of models.");
  std::vector<std::string> models;
  for (const auto& entry : *list) {
    if (models.size() == kMaxModels) break;
    if (!entry.is_object()) continue;
    if (auto id = matrix::find_string(entry.get_object(), "id")) models.emplace_back(*id);
  }
  co_return models;
}

}  // namespace troupe::fleet::brains
