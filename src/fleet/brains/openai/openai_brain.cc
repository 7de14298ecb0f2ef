// The openai brain: any server with OpenAI's chat completions (OpenAI, Ollama, vLLM, llama.cpp, LiteLLM, …).
// What is asked: openai_request.h. Whom: model_chain.h. What comes back: chat_stream.h. What is remembered:
// chat_context.h.
#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "fleet/brains/brain_http.h"
#include "fleet/brains/openai/chat_context.h"
#include "fleet/brains/openai/chat_stream.h"
#include "fleet/brains/openai/model_chain.h"
#include "fleet/brains/openai/openai_brain.h"
#include "fleet/brains/openai/openai_request.h"
#include "fleet/brains/openai/openai_words.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::size_t kMaxHistoryBytes = 200 * 1024;
constexpr std::string_view kHistoryKey = "history";
constexpr std::chrono::milliseconds kOpenaiTestPatience{10'000};
constexpr std::chrono::milliseconds kListPatience{5'000};

constexpr std::size_t kMaxTopicBytes = 4 * 1024;
/// An answer to a person who pays for it, or would; said each time.
Reply excuse(std::string text, std::string trouble) {
  return {.text = std::move(text), .trouble = std::move(trouble), .each_time = true};
}

std::string quote(std::string_view reasoning) {
  std::string out = "> ";
  for (char c : reasoning) {
    out += c;
    if (c == '\n') out += "> ";
  }
  return out;
}

std::string_view stripped(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n").find(text.front()) != text.npos) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != text.npos) text.remove_suffix(1);
  return text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class OpenAiBrain : public Brain {
 public:
  OpenAiBrain(BrainContext context, OpenAiConfig config, models::Models* models)
      : context_(std::move(context)),
        config_(std::move(config)),
        chain_(context_, config_, models),
        last_resort_(config_.more.last_resort.empty() && models != nullptr ? models->settings().last_resort
                                                                           : config_.more.last_resort) {}

  bool has_sessions() const override { return true; }
  std::vector<Command> commands() const override {
    return {{.name = "help", .description = "What this bot can do."},
            {.name = "status", .description = "Which model answers, and how much of the conversation it sees."}};
  }
  bool takes(AttachmentKind kind) const override { return config_.images && kind == AttachmentKind::image; }

  asio::awaitable<std::vector<Finding>> look_around() override {
    std::vector<Finding> found;
    auto models = co_await list_models(context_.http, config_, kOpenaiTestPatience);
    if (!models) {
      found.push_back({.text = as_sentence(models.error().message()) + " Questions are asked all the same."});
    } else if (std::ranges::find(*models, config_.model) == models->end()) {
      found.push_back(
          {.text = "The model's server does not list the model " + config_.model + "; some answer all the same.",
           .hinders = false});
    }
    co_return found;
  }

  Task<Reply> answer(Question question, ReplyStream& stream) override {
    auto command = stripped(question.text);
    const auto& language = question.language;
    if (command == "!help") co_return Reply{.text = model_word(ModelWord::help, language), .own_words = true};
    CO_TRY(auto turns, co_await recall(question));
    if (command == "!status") co_return co_await status(std::move(turns), language);
    auto asked = said_by(question);
    auto pictured = co_await pictures(question);
    if (!pictured && (pictured.error().code() == Errc::too_large || pictured.error().code() == Errc::unsupported)) {
      auto which = pictured.error().code() == Errc::too_large ? ModelWord::image_too_large : ModelWord::image_unknown;
      co_return Reply{.text = model_word(which, language), .own_words = true};
    }
    CO_TRY(auto images, std::move(pictured));
    auto prompt = co_await system_prompt(question);
    auto budget = config_.context_tokens - config_.max_tokens.value_or(config_.context_tokens / 4) -
                  estimate_tokens(prompt) - estimate_tokens(asked) -
                  kTokensPerImage * static_cast<std::int64_t>(images.size()) - 4 * kTokensPerMessage;
    auto told = turns;
    told.erase(told.begin(), told.begin() + static_cast<std::ptrdiff_t>(turns_to_drop(told, budget)));

    auto end = co_await chain_.ask(
        {.request = {.system_prompt = prompt, .turns = std::move(told), .question = asked, .images = std::move(images)},
         .person = question.sender},
        stream);
    using What = ChainEnd::What;
    switch (end.what) {
      case What::answered:
        co_return finish(question, std::move(turns), asked, std::move(end.answer));
      case What::too_long:
        co_return Reply{.text = model_word(ModelWord::too_long, language), .own_words = true};
      case What::over_limit:
        co_return excuse(model_word(ModelWord::over_limit, language), "spending_limit");
      case What::no_price:
        base::log_warning("fleet", "A model may not be asked.", {{"bot", context_.bot_id}, {"reason", end.reason}});
        co_return excuse(model_word(ModelWord::no_price, language), "unknown_price");
      case What::unwanted:
        co_return Error(Errc::unavailable, "The answer is not wanted any more.");
      case What::failed:
        break;
    }
    // The last resort needs nobody. Without one, and with a single model, the core says what happened.
    if (!last_resort_.empty()) co_return excuse(last_resort_, "no_model");
    if (chain_.has_fallbacks()) co_return excuse(model_word(ModelWord::no_model, language), "no_model");
    co_return failure_of(end.last);
  }

 private:
  Task<std::vector<ChatTurn>> recall(Question question) {
    if (!question.memory || config_.history_turns == 0) co_return std::vector<ChatTurn>();
    CO_TRY(auto stored, co_await question.memory->get(std::string(kHistoryKey)));
    co_return stored ? read_turns(*stored) : std::vector<ChatTurn>();
  }

  /// The setting, and the room's topic when the bot is told to heed it.
  asio::awaitable<std::string> system_prompt(const Question& question) {
    auto prompt = config_.system_prompt;
    if (!config_.topic_as_prompt || !question.room_topic) co_return prompt;
    auto topic = co_await question.room_topic();
    if (!topic) {
      base::log_info("fleet", "The topic of a room could not be read.",
                     {{"bot", context_.bot_id}, {"reason", topic.error().message()}});
      co_return prompt;
    }
    auto shown = std::string_view(*topic).substr(0, kMaxTopicBytes);
    while (!base::is_utf8(shown)) shown.remove_suffix(1);
    if (!stripped(shown).empty()) prompt += (prompt.empty() ? "" : "\n\n") + std::string(stripped(shown));
    co_return prompt;
  }

  std::string said_by(const Question& question) const {
    std::string text = question.text;
    for (const auto& attachment : question.attachments) {
      if (attachment.kind == AttachmentKind::image) continue;
      text += (text.empty() ? "[" : "\n[") + std::string("file: ") + attachment.name.substr(0, 200) + "]";
    }
    if (!question.in_group || !config_.name_senders) return text;
    auto sender = question.sender;
    auto colon = sender.find(':');
    return sender.substr(1, colon == sender.npos ? colon : colon - 1) + ": " + text;
  }

  /// As data URIs: some servers (Ollama) take no other address.
  Task<std::vector<std::string>> pictures(Question question) {
    std::vector<std::string> found;
    if (!config_.images || !question.download) co_return found;
    for (const auto& attachment : question.attachments) {
      if (attachment.kind != AttachmentKind::image || found.size() == kMaxImages) continue;
      CO_TRY(auto media, co_await question.download(attachment, config_.image_max_bytes));
      auto mime = media.content_type.empty() ? attachment.mime : media.content_type;
      CO_TRY(auto uri, image_uri(mime, media.bytes));
      found.push_back(std::move(uri));
    }
    co_return found;
  }

  static Error failure_of(Attempt& attempt) {
    if (attempt.failure) return *std::move(attempt.failure);
    auto status = attempt.status;
    std::string message = "The model's server answered with status " + std::to_string(status) + ".";
    if (status == 401 || status == 403)
      message = "The model's server refused the key (status " + std::to_string(status) + ").";
    if (status == 404) message = "The model's server knows no such model or address (status 404).";
    if (status == 429) message = "The model's server is overloaded or the quota is used up (status 429).";
    return Error(Errc::unavailable, std::move(message),
                 attempt.refusal->code + (attempt.refusal->code.empty() ? "" : ": ") + attempt.refusal->message);
  }

  Reply finish(const Question& question, std::vector<ChatTurn> turns, const std::string& asked,
               ChatAnswer answer) const {
    Reply reply;
    reply.usage = {.tokens_in = answer.tokens_in, .tokens_out = answer.tokens_out};
    auto text = std::string(stripped(answer.text));
    auto word = [&](ModelWord which) { return model_word(which, question.language); };
    if (is_tool_markup(text)) {
      answer.wants_tool = true;
      text.clear();
    }
    auto kept = text;
    if (answer.wants_tool) {
      base::log_info("fleet", "A model wanted to use a tool; none are offered.",
                     {{"bot", context_.bot_id}, {"tools", joined(answer.tools)}});
      reply.trouble = "tool_call";
      text = text.empty() ? word(ModelWord::wants_tool) : text + "\n\n" + word(ModelWord::tool_note);
    } else if (text.empty()) {
      text = word(answer.finish_reason == "content_filter" ? ModelWord::filtered
                  : answer.reasoning.empty()               ? ModelWord::nothing
                                                           : ModelWord::only_thought);
    } else if (answer.finish_reason == "length") {
      text += "\n\n" + word(ModelWord::cut_note);
    } else if (answer.finish_reason == "content_filter") {
      text += "\n\n" + word(ModelWord::filter_note);
    } else if (!answer.whole) {
      text += "\n\n" + word(ModelWord::lost_note);
    }
    if (config_.show_reasoning && !stripped(answer.reasoning).empty()) {
      text = quote(stripped(answer.reasoning)) + "\n\n" + text;
    }
    reply.text = std::move(text);
    // Without an answer there is no turn: the next question would follow on a question.
    if (question.memory && config_.history_turns > 0 && !kept.empty()) {
      auto remembered = asked;
      for (const auto& attachment : question.attachments) {
        if (attachment.kind == AttachmentKind::image) remembered += "\n[image: " + attachment.name.substr(0, 200) + "]";
      }
      turns.push_back({std::move(remembered), std::move(kept)});
      reply.remember[kHistoryKey] =
          write_turns(turns, static_cast<std::size_t>(config_.history_turns), kMaxHistoryBytes);
    }
    return reply;
  }

  Task<Reply> status(std::vector<ChatTurn> turns, std::string language) {
    std::int64_t tokens = 0;
    for (const auto& turn : turns) tokens += estimate_tokens(turn.question) + estimate_tokens(turn.answer);
    auto models = co_await list_models(context_.http, config_, std::chrono::milliseconds(5'000));
    co_return Reply{.text = model_word(ModelWord::status, language,
                                       {config_.model, std::to_string(turns.size()), std::to_string(tokens),
                                        std::to_string(config_.context_tokens)}) +
                            model_word(models ? ModelWord::status_up : ModelWord::status_down, language),
                    .own_words = true};
  }

  BrainContext context_;
  OpenAiConfig config_;
  ModelChain chain_;
  std::string last_resort_;  ///< empty: a word of ours
};

using Verdict = BrainTest::Verdict;

/// What the list of models says. Only for the details: the question decides.
void look_at_models(BrainTest& found, const Result<std::vector<std::string>>& models, const std::string& model) {
  if (!models) {
    // Some servers list nothing and answer all the same.
    found.note(Verdict::unsure, "The list of models: " + models.error().message());
    return;
  }
  bool there = std::ranges::find(*models, model) != models->end();
  auto listed = std::to_string(models->size()) + (models->size() == 1 ? " model" : " models");
  found.note(there ? Verdict::good : Verdict::unsure,
             "The server lists " + listed + "; " + model + (there ? " is among them." : " is not among them."));
  if (there || models->empty()) return;
  std::string names;
  for (std::size_t i = 0; i < models->size() && i < 10; ++i) names += (i ? ", " : "") + (*models)[i].substr(0, 100);
  found.note(Verdict::good, "There are: " + names + (models->size() > 10 ? " …" : ""));
}

/// One token, as a question of a room would be asked.
net::client::ClientRequest one_token(OpenAiConfig config, std::string_view limit) {
  config.stream = false;
  config.max_tokens.reset();
  config.extra.erase("max_tokens");
  config.extra.erase("max_completion_tokens");
  if (!limit.empty()) config.extra[limit] = 1;
  for (auto* patience : {&config.connect_timeout, &config.first_byte_timeout, &config.idle_timeout}) {
    *patience = std::min(*patience, kOpenaiTestPatience);
  }
  config.total_timeout = std::min(config.total_timeout, kOpenaiTestPatience);
  auto request = chat_request(config, {.system_prompt = {}, .turns = {}, .question = "Hi", .images = {}});
  request.max_body_bytes = kMaxChatBodyBytes;
  return request;
}

/// Newer models take the limit under another name, some servers under none.
Task<net::client::ClientResponse> ask_one_token(net::client::HttpClient& http, OpenAiConfig config) {
  for (std::string_view limit : {"max_tokens", "max_completion_tokens"}) {
    CO_TRY(auto response, co_await http.send(one_token(config, limit)));
    if (response.status != 400 || response.body.find("max_tokens") == std::string::npos) co_return response;
  }
  co_return co_await http.send(one_token(std::move(config), ""));
}

bool is_completion(std::string_view body) {
  auto json = matrix::parse_json(body);
  // A stream although none was asked for: read as the bot would.
  if (!json || !json->is_object()) return read_chat_body(body).has_value();
  const auto* choices = matrix::find_array(json->get_object(), "choices");
  return choices != nullptr && !choices->empty();
}

BrainTest judge(BrainTest found, const Result<net::client::ClientResponse>& answer, const std::string& model) {
  if (!answer) {
    bool slow = answer.error().code() == Errc::timed_out;
    found.note(slow ? Verdict::unsure : Verdict::bad, "A question to the model: " + answer.error().message());
    return slow ? std::move(found).is(Verdict::unsure, "The model did not answer in time; it may still be loading.")
                : std::move(found).is(Verdict::bad, "The server cannot be reached.");
  }
  const auto status = answer->status;
  if (status == 200 && is_completion(answer->body)) {
    found.note(Verdict::good, "The model " + model + " answered a question.");
    return std::move(found).is(Verdict::good, "The model answers.");
  }
  auto said = "A question to the model was answered with status " + std::to_string(status) + ".";
  if (status == 400 || status == 404) {
    if (auto words = read_chat_error(status, answer->body).message; !words.empty()) said += " It says: " + words;
  }
  found.note(status == 429 ? Verdict::unsure : Verdict::bad, std::move(said));
  if (status == 200) return std::move(found).is(Verdict::bad, "The answer is none that a chat completion would have.");
  if (status == 401 || status == 403) return std::move(found).is(Verdict::bad, "The server refuses the key.");
  if (status == 404) {
    return std::move(found).is(Verdict::bad,
                               "There is no such model, or no chat API at this address; most addresses end in /v1.");
  }
  if (status == 429) {
    return std::move(found).is(Verdict::unsure, "The server is there, but overloaded, or its quota is used up.");
  }
  return std::move(found).is(Verdict::bad, "The server is there, but does not answer questions.");
}

Task<BrainTest> test_openai(BrainContext context, boost::json::object config, boost::json::object secrets) {
  BrainTest found;
  auto read = read_openai_config(config, secrets);
  if (!read) co_return std::move(found).is(Verdict::bad, read.error().message());
  auto models = co_await list_models(context.http, *read, kListPatience);
  look_at_models(found, models, read->model);
  auto answer = co_await ask_one_token(context.http, *read);
  co_return judge(std::move(found), answer, read->model);
}

}  // namespace

BotKind openai_brain(models::Models* models) {
  auto make = [models](const BrainContext& context, const boost::json::object& config,
                       const boost::json::object& secrets) -> Result<std::unique_ptr<Brain>> {
    TRY(auto read, read_openai_config(config, secrets));
    return std::make_unique<OpenAiBrain>(context, std::move(read), models);
  };
  return {.name = "openai",
          .title = "Language model",
          .description = "Any server with OpenAI's chat API: OpenAI, Ollama, vLLM, llama.cpp, LiteLLM and others.",
          .config_schema = openai_schema(),
          .bound_secrets = "fallbacks",
          .prepare = prepare_openai,
          .make = make,
          .test = test_openai};
}

}  // namespace troupe::fleet::brains
