#include "fleet/brains/openai/model_chain.h"

#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "fleet/brains/brain_http.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

using models::Endpoint;

constexpr std::chrono::milliseconds kLongestPause{30'000};
/// Before everybody is asked again, when an answer broke off.
constexpr std::chrono::milliseconds kShortPause{100};
/// One that asks for a longer rest is not asked again for this answer, where there are others.
constexpr std::chrono::milliseconds kShortRest{5'000};
/// A used-up quota does not come back in seconds.
constexpr std::chrono::milliseconds kQuotaPause{600'000};
/// For money that other calls have put aside and may give back.
constexpr std::chrono::milliseconds kMoneyPatience{10'000};
constexpr std::int64_t kDefaultTenant = 1;
/// What servers put around a question by themselves, at most.
constexpr std::int64_t kFrameTokens = 500;
/// What a picture counts as at most: some models count it many times over.
constexpr std::int64_t kMostTokensPerImage = 40'000;

bool is_quota(const Attempt& attempt) {
  if (!attempt.refusal) return false;
  const auto& code = attempt.refusal->code;
  return attempt.status == 402 || code == "insufficient_quota" || code == "credit_balance_exhausted";
}

/// Refusals of this question alone: they say nothing of the next one.
bool is_about_question(const Attempt& attempt) {
  return attempt.refusal &&
         (attempt.status == 400 || attempt.status == 413 || attempt.status == 422 || attempt.refusal->overflow);
}

bool is_for_good(const Attempt& attempt) {
  return is_quota(attempt) || is_about_question(attempt) || (attempt.refusal && !is_worth_retrying(attempt.status));
}

std::string_view why_left(const Attempt& attempt) {
  if (attempt.slow || (attempt.failure && attempt.failure->code() == Errc::timed_out)) return "slow";
  if (attempt.refusal) {
    return attempt.status == 429 || attempt.status == 503 || is_quota(attempt) ? "limit" : "refused";
  }
  return attempt.status == 200 ? "broken" : "down";
}

std::string words_of(const Attempt& attempt) {
  if (attempt.failure) return attempt.failure->message();
  if (attempt.refusal) return "status " + std::to_string(attempt.status);
  return "the answer ended without saying that it was done";
}

std::size_t text_bytes(const OpenAiRequest& request) {
  auto bytes = request.system_prompt.size() + request.question.size();
  for (const auto& turn : request.turns) bytes += turn.question.size() + turn.answer.size();
  if (!request.members.empty()) bytes += boost::json::serialize(request.members).size();
  return bytes;
}

std::int64_t messages_in(const OpenAiRequest& request) {
  return 2 + 2 * static_cast<std::int64_t>(request.turns.size());
}

/// No more tokens than this can be in it: a token is a byte at least.
std::int64_t tokens_at_most(const OpenAiRequest& request, const OpenAiConfig& config) {
  const auto extra = config.extra.empty() ? 0 : boost::json::serialize(config.extra).size();
  return static_cast<std::int64_t>(text_bytes(request) + extra) + 4 * kTokensPerMessage * messages_in(request) +
         kMostTokensPerImage * static_cast<std::int64_t>(request.images.size()) + kFrameTokens;
}

/// About so many.
std::int64_t tokens_about(const OpenAiRequest& request) {
  auto tokens = estimate_tokens(request.system_prompt) + estimate_tokens(request.question) +
                kTokensPerMessage * messages_in(request) +
                kTokensPerImage * static_cast<std::int64_t>(request.images.size());
  for (const auto& turn : request.turns) tokens += estimate_tokens(turn.question) + estimate_tokens(turn.answer);
  if (!request.members.empty()) tokens += estimate_tokens(boost::json::serialize(request.members));
  return tokens;
}

std::int64_t longest_answer(const OpenAiConfig& config) {
  if (config.max_tokens) return *config.max_tokens;
  for (std::string_view name : {"max_completion_tokens", "max_tokens"}) {
    if (const auto said = matrix::find_integer(config.extra, name); said && *said > 0) return *said;
  }
  return config.context_tokens / 4;
}

models::CallEnd counted(const ChatAnswer& answer, std::int64_t asked) {
  if (answer.tokens_in > 0 || answer.tokens_out > 0) {
    return {.tokens_in = answer.tokens_in, .tokens_out = answer.tokens_out, .counted = true};
  }
  return {.tokens_in = asked, .tokens_out = estimate_tokens(answer.text) + estimate_tokens(answer.reasoning)};
}

/// What a try is likely to have cost. `asked`: the tokens of its question.
models::CallEnd cost_of(const Attempt& attempt, std::int64_t asked) {
  if (attempt.answer) return counted(*attempt.answer, asked);
  if (attempt.refusal) return {.counted = true};  // nobody bills an error
  // One that was listening and was left may bill its question.
  if (attempt.status == 200 || attempt.slow || attempt.failure->code() == Errc::timed_out) {
    return counted(attempt.begun, asked);
  }
  return {.counted = true};
}

}  // namespace

ModelChain::ModelChain(const BrainContext& context, OpenAiConfig config, models::Models* models)
    : context_(context), config_(std::move(config)), models_(models) {
  auto add = [this](Endpoint endpoint, bool own, bool of_server) {
    for (const auto& known : endpoints_) {
      if (known.endpoint.base_url == endpoint.base_url && known.endpoint.model == endpoint.model) return;
    }
    Entry entry{.endpoint = std::move(endpoint), .config = config_, .breaker = {}, .of_server = of_server};
    entry.config.base_url = entry.endpoint.base_url;
    entry.config.key = entry.endpoint.key;
    entry.config.model = entry.endpoint.model;
    if (!own) entry.config.extra.clear();  // members that one server knows
    entry.breaker = models::Breakers::key_of(context_.tenant_id, entry.endpoint);
    endpoints_.push_back(std::move(entry));
  };
  add({.name = config_.model,
       .base_url = config_.base_url,
       .key = config_.key,
       .model = config_.model,
       .price = config_.more.price},
      true, false);
  for (const auto& further : config_.more.fallbacks) add(further, false, false);
  // The server's keys are its administrators': they answer for the default tenant alone.
  if (models_ == nullptr || !config_.more.server_models || context_.tenant_id != kDefaultTenant) return;
  for (const auto& further : models_->endpoints()) add(further, false, true);
}

asio::awaitable<ChainEnd> ModelChain::ask(ChainQuestion question, ReplyStream& stream) const {
  GrowingAnswer growing(stream);
  Turn turn{.question = question,
            .growing = growing,
            .out = std::vector<bool>(endpoints_.size(), false),
            .slow = std::vector<bool>(endpoints_.size(), false)};
  for (int tried = 1;; ++tried) {
    turn.again = false;
    turn.pause.reset();
    turn.final_round = tried > config_.retries;
    if (co_await ask_round(turn)) co_return std::move(turn.end);
    if (!turn.again || turn.final_round) break;
    const auto pause = retry_pause(tried, turn.pause, kLongestPause);
    if (!pause) break;
    if (!co_await pause_while_wanted(*pause, stream)) {
      turn.end.what = ChainEnd::What::unwanted;
      co_return std::move(turn.end);
    }
  }
  if (turn.incomplete) {
    turn.end.what = ChainEnd::What::answered;
    turn.end.answer = *std::move(turn.incomplete);
  } else if (turn.asked) {
    turn.end.what = ChainEnd::What::failed;
  } else if (turn.too_long) {
    turn.end.what = ChainEnd::What::too_long;
  }
  co_return std::move(turn.end);
}

asio::awaitable<bool> ModelChain::ask_round(Turn& turn) const {
  if (models_ == nullptr || !has_fallbacks()) {
    for (std::size_t at = 0; at < endpoints_.size(); ++at) {
      if (turn.out[at]) continue;
      if (co_await ask_one(at, nullptr, !others_left(at + 1, turn), turn)) co_return true;
    }
    co_return false;
  }
  std::vector<std::size_t> left_alone;
  for (std::size_t at = 0; at < endpoints_.size(); ++at) {
    if (turn.out[at]) continue;
    auto pass = models_->breakers().enter(endpoints_[at].breaker);
    if (!pass) {
      left_alone.push_back(at);
    } else if (co_await ask_one(at, &*pass, !others_left(at + 1, turn), turn)) {
      co_return true;
    }
  }
  // Better a model that was dead of late than none.
  for (const auto at : left_alone) {
    auto pass = models_->breakers().insist(endpoints_[at].breaker);
    if (co_await ask_one(at, &pass, at == left_alone.back(), turn)) co_return true;
  }
  co_return false;
}

bool ModelChain::others_left(std::size_t after, const Turn& turn) const {
  for (auto at = after; at < endpoints_.size(); ++at) {
    if (turn.out[at]) continue;
    if (models_ == nullptr || models_->breakers().state(endpoints_[at].breaker) != models::Breakers::State::open) {
      return true;
    }
  }
  return false;
}

TokenPatience ModelChain::patience(std::size_t at, bool last, const Turn& turn) const {
  // Without a stream the first token is the whole answer. Once nobody else is left, waiting is all that may help.
  if (!has_fallbacks() || !endpoints_[at].config.stream) return {};
  if (turn.final_round && (last || turn.slow[at])) return {};
  const models::ModelSettings standard;
  const auto& settings = models_ != nullptr ? models_->settings() : standard;
  return {.first = config_.more.first_token.value_or(std::chrono::milliseconds(settings.first_token_ms)),
          .between = config_.more.idle.value_or(std::chrono::milliseconds(settings.idle_ms))};
}

asio::awaitable<bool> ModelChain::ask_one(std::size_t at, models::BreakerPass* pass, bool last, Turn& turn) const {
  auto done = co_await attempt(at, last, turn);
  if (!turn.growing.stream().wanted()) {
    turn.end.what = ChainEnd::What::unwanted;
    co_return true;
  }
  if (!done) {
    turn.out[at] = true;
    leave(endpoints_[at], "money", turn.end.reason);
    co_return false;
  }
  if (done->answer && (done->answer->whole || !has_fallbacks())) {
    if (pass != nullptr) pass->succeeded();
    turn.end.what = ChainEnd::What::answered;
    turn.end.answer = *std::move(done->answer);
    co_return true;
  }
  judge(at, pass, *std::move(done), turn);
  co_return false;
}

void ModelChain::judge(std::size_t at, models::BreakerPass* pass, Attempt attempt, Turn& turn) const {
  if (attempt.refusal && attempt.refusal->overflow) {
    turn.too_long = true;
  } else {
    turn.asked = true;
  }
  if (pass != nullptr && !is_about_question(attempt)) {
    const bool limited = attempt.retry_after && attempt.retry_after->count() > 0;
    pass->failed(is_quota(attempt) ? std::optional(kQuotaPause) : limited ? attempt.retry_after : std::nullopt);
  }
  leave(endpoints_[at], why_left(attempt), words_of(attempt));
  turn.slow[at] = attempt.slow;
  const bool rests = attempt.retry_after && *attempt.retry_after > kShortRest;
  if (has_fallbacks() && (rests || is_for_good(attempt))) turn.out[at] = true;
  // One that is asked alone is not asked again once something of its answer was shown.
  const bool may_help = has_fallbacks() ? !turn.out[at]
                        : attempt.refusal
                            ? !attempt.refusal->overflow && is_worth_retrying(attempt.status)
                            : attempt.failure && attempt.failure->code() == Errc::unavailable && attempt.status == 0;
  if (may_help) {
    turn.again = true;
    const bool begun = has_fallbacks() && (attempt.slow || attempt.status == 200);
    const auto wanted = begun ? std::optional(kShortPause) : attempt.retry_after;
    if (wanted) turn.pause = std::min(*wanted, turn.pause.value_or(*wanted));
  }
  if (attempt.answer) {
    turn.incomplete = *std::move(attempt.answer);
    attempt.status = 200;
    attempt.answer.reset();
  }
  turn.end.last = std::move(attempt);
}

void ModelChain::leave(const Entry& entry, std::string_view why, std::string_view reason) const {
  if (!has_fallbacks()) return;
  if (models_ != nullptr) models_->switched(why);
  base::log_info("fleet", "A model gave no answer; the next one is asked.",
                 {{"bot", context_.bot_id},
                  {"model", entry.endpoint.name},
                  {"why", std::string(why)},
                  {"reason", std::string(reason)}});
}

void ModelChain::note_unpaid(const Error& error, Turn& turn) {
  using What = ChainEnd::What;
  turn.end.reason = error.message();
  if (error.code() == Errc::limit_exceeded) {
    turn.end.what = What::over_limit;
  } else if (error.code() == Errc::unsupported) {
    if (turn.end.what != What::over_limit) turn.end.what = What::no_price;
  } else {
    turn.asked = true;
    turn.end.last = Attempt();
    turn.end.last.failure = error;
  }
}

asio::awaitable<std::optional<models::Reservation>> ModelChain::pay(const Entry& entry, const OpenAiRequest& request,
                                                                    bool last, Turn& turn) const {
  const auto deadline = std::chrono::steady_clock::now() + kMoneyPatience;
  for (int tried = 0;; ++tried) {
    auto money = co_await models_->spending().reserve({.tenant_id = context_.tenant_id,
                                                       .bot_id = context_.bot_id,
                                                       .person = turn.question.person,
                                                       .endpoint = entry.endpoint,
                                                       .tokens_in = tokens_at_most(request, entry.config),
                                                       .tokens_out = longest_answer(entry.config),
                                                       .patience = entry.config.total_timeout,
                                                       .bot_limit = config_.more.daily_limit});
    if (money) co_return std::optional(*std::move(money));
    const auto& error = money.error();
    const bool may_wait = error.code() == Errc::unavailable || (last && error.retry_after().count() > 0);
    if (may_wait && std::chrono::steady_clock::now() < deadline) {
      const auto pause = std::max(error.retry_after(), std::chrono::milliseconds(100)) * (1 + std::min(tried, 9));
      if (co_await pause_while_wanted(pause, turn.growing.stream())) continue;
    }
    note_unpaid(error, turn);
    co_return std::nullopt;
  }
}

asio::awaitable<std::optional<Attempt>> ModelChain::attempt(std::size_t at, bool last, Turn& turn) const {
  const auto& entry = endpoints_[at];
  auto request = turn.question.request;
  request.with_usage = entry.config.stream;
  if (entry.config.extra.contains("max_completion_tokens")) request.limit_name = "max_completion_tokens";
  if (entry.of_server && !entry.endpoint.key.empty()) turn.growing.stream().hide(entry.endpoint.key);
  for (;;) {
    std::optional<models::Reservation> money;
    const auto asked = tokens_about(request);
    if (models_ != nullptr) {
      auto paid = co_await pay(entry, request, last, turn);
      if (!paid) co_return std::nullopt;
      money.emplace(*std::move(paid));
      request.longest = money->longest_answer();
      money->if_dropped({.tokens_in = asked});
    }
    const AttemptUses uses{
        .http = context_.http,
        .clock = context_.clock,
        .growing = turn.growing,
        .grew = [&money, asked](std::size_t bytes) {
          if (!money) return;
          money->if_dropped({.tokens_in = asked, .tokens_out = static_cast<std::int64_t>(bytes / 4 + 1)});
        }};
    auto done = co_await attempt_chat(chat_request(entry.config, request), uses, patience(at, last, turn));
    if (money) {
      auto booked = co_await money->settle(cost_of(done, asked));
      if (!booked) {
        base::log_warning("fleet", "What a model's answer cost is booked later.",
                          {{"reason", booked.error().message()}});
      }
    }
    if (!turn.growing.stream().wanted() || !done.refusal) co_return std::optional(std::move(done));
    const auto& said = done.refusal->message;
    if (done.refusal->overflow && !request.turns.empty()) {
      // The estimate was wrong or the server's context is smaller than we were told: half of it, in whole turns.
      const auto half = static_cast<std::ptrdiff_t>((request.turns.size() + 1) / 2);
      request.turns.erase(request.turns.begin(), request.turns.begin() + half);
    } else if (done.status == 400 && request.with_usage && said.find("stream_options") != std::string::npos) {
      request.with_usage = false;  // older servers do not know it
    } else if (done.status == 400 && request.longest && request.limit_name == "max_tokens" &&
               said.find("max_tokens") != std::string::npos) {
      request.limit_name = "max_completion_tokens";
    } else {
      co_return std::optional(std::move(done));
    }
  }
}

}  // namespace troupe::fleet::brains
