#include "assistant/dialogue/model_link.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include "fleet/brains/openai/model_chain.h"

namespace troupe::assistant::dialogue {
namespace {

namespace brains = fleet::brains;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kDefaultTenant = 1;
/// A quarter of it is what an answer may have: inputs of an operation, and what a model thinks before.
constexpr std::int64_t kContextTokens = 16'384;
constexpr std::size_t kMostExchanges = tasks::kMaxCallsAtOnce;

/// Nobody reads along; what went over the wire is kept for the audit.
class Listener final : public brains::ReplyStream {
 public:
  Listener(Clock::time_point until, const base::Clock& clock) : until_(until), clock_(clock) {}
  void update(std::string_view) override {}
  bool wanted() const override { return Clock::now() < until_; }
  bool notes() const override { return true; }
  void note(fleet::Exchange exchange) override {
    if (calls_.size() == kMostExchanges) return;
    const bool answered = exchange.status != 0;
    calls_.push_back({.service = "model",
                      .method = std::move(exchange.method),
                      .url = std::move(exchange.url),
                      .request = std::move(exchange.sent),
                      .response = std::move(exchange.received),
                      .status = answered ? std::optional<std::int64_t>(exchange.status) : std::nullopt,
                      .error = answered ? "" : "No whole answer came.",
                      .created_ms = clock_.unix_ms()});
  }
  std::vector<tasks::ApiCall> take() { return std::exchange(calls_, {}); }

 private:
  Clock::time_point until_;
  const base::Clock& clock_;
  std::vector<tasks::ApiCall> calls_;
};

asio::awaitable<void> wait_until(Clock::time_point until) {
  asio::steady_timer timer(co_await asio::this_coro::executor, until);
  co_await timer.async_wait(asio::use_awaitable);
}

brains::OpenAiConfig config_of(const fleet::models::Endpoint& first, std::chrono::milliseconds left) {
  brains::OpenAiConfig config;
  config.base_url = first.base_url;
  config.key = first.key;
  config.model = first.model;
  config.context_tokens = kContextTokens;
  config.retries = 1;
  config.connect_timeout = std::min(config.connect_timeout, left);
  config.first_byte_timeout = config.idle_timeout = config.total_timeout = left;
  config.more.price = first.price;
  return config;
}

Result<planner::ModelAnswer> answer_of(brains::ChainEnd end) {
  using What = brains::ChainEnd::What;
  switch (end.what) {
    case What::answered:
      break;
    case What::over_limit:
    case What::no_price:
      return Error(Errc::limit_exceeded, "Nothing more may be spent on models today.", end.reason);
    case What::too_long:
      return Error(Errc::too_large, "The request is too long for the model.");
    case What::unwanted:
      return Error(Errc::timed_out, "The model took too long.");
    case What::failed:
      return Error(Errc::unavailable, "No model answered.", end.last.failure ? end.last.failure->message() : "");
  }
  planner::ModelAnswer answer{.text = {}, .refusal = {}, .calls = {}, .finish_reason = end.answer.finish_reason};
  (end.answer.refused ? answer.refusal : answer.text) = std::move(end.answer.text);
  for (auto& call : end.answer.calls) {
    answer.calls.push_back({.name = std::move(call.name), .arguments = std::move(call.arguments)});
  }
  if (!end.answer.whole && answer.finish_reason.empty()) answer.finish_reason = "length";
  return answer;
}

class ModelLink final : public planner::ModelCaller {
 public:
  ModelLink(const ServerModels::Uses& uses, tasks::Who who, Clock::time_point until)
      : uses_(uses), who_(std::move(who)), until_(until) {}

  Task<planner::ModelAnswer> ask(planner::ModelRequest request) override {
    const auto now = Clock::now();
    if (now >= until_) co_return Error(Errc::timed_out, "The model took too long.");
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - now);
    const brains::ModelChain chain(
        {.http = uses_.http, .clock = uses_.clock, .bot_id = std::string(kSpentBy), .tenant_id = who_.tenant_id},
        config_of(uses_.models.endpoints().front(), left), &uses_.models);
    Listener listener(until_, uses_.clock);
    const auto body = planner::body_of(request);
    brains::ChainQuestion question;
    question.request.members = body;
    question.person = who_.label;
    auto ended = co_await ask_in_time(chain, std::move(question), listener);
    auto calls = listener.take();
    // What was under way then did not come to be noted.
    if (!ended && calls.size() < kMostExchanges) calls.push_back(cut_short(body));
    if (!calls.empty()) {
      const tasks::Actor actor{.tenant_id = who_.tenant_id, .principal_id = who_.principal_id, .label = who_.label};
      for (auto& call : calls) {
        call.latency_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - now).count();
      }
      CO_TRY(const auto written, co_await uses_.journal.record(actor, {.calls = std::move(calls), .commands = {}}));
      exchanges_.insert(exchanges_.end(), written.begin(), written.end());
    }
    if (!ended) co_return Error(Errc::timed_out, "The model took too long.");
    co_return answer_of(*std::move(ended));
  }
  std::vector<std::string> exchanges() const override { return exchanges_; }

 private:
  tasks::ApiCall cut_short(const planner::JsonObject& body) const {
    return {.service = "model",
            .method = "POST",
            .url = uses_.models.endpoints().front().base_url,
            .request = boost::json::serialize(body),
            .error = "It took too long.",
            .created_ms = uses_.clock.unix_ms()};
  }

  /// Nothing: the time was over first. Both outlive the task.
  asio::awaitable<std::optional<brains::ChainEnd>> ask_in_time(const brains::ModelChain& chain,
                                                               brains::ChainQuestion question,
                                                               brains::ReplyStream& stream) const {
    using asio::experimental::awaitable_operators::operator||;
    auto asking = chain.ask(std::move(question), stream);
    auto first = co_await (std::move(asking) || wait_until(until_));
    auto* ended = std::get_if<0>(&first);
    co_return ended != nullptr ? std::optional(std::move(*ended)) : std::nullopt;
  }

  const ServerModels::Uses& uses_;
  tasks::Who who_;
  Clock::time_point until_;
  std::vector<std::string> exchanges_;
};

}  // namespace

std::unique_ptr<planner::ModelCaller> ServerModels::caller(const tasks::Who& who, Clock::time_point until) {
  // The server's keys are its administrators': they answer for the default tenant alone.
  if (who.tenant_id != kDefaultTenant || uses_.models.endpoints().empty()) return nullptr;
  return std::make_unique<ModelLink>(uses_, who, until);
}

}  // namespace troupe::assistant::dialogue
