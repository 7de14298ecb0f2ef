#include "meetings/summary/model.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "fleet/brains/openai/model_chain.h"

namespace troupe::meetings::summary {
namespace {

namespace brains = fleet::brains;
using fleet::models::Endpoint;

constexpr std::int64_t kDefaultTenant = 1;
/// A quarter of it is what an answer may have.
constexpr std::int64_t kContextTokens = 16'384;
constexpr std::chrono::milliseconds kLookEvery{100};

/// Nobody reads along.
class Waiting final : public brains::ReplyStream {
 public:
  explicit Waiting(const std::function<bool()>& wanted) : wanted_(wanted) {}
  void update(std::string_view) override {}
  bool wanted() const override { return !wanted_ || wanted_(); }

 private:
  const std::function<bool()>& wanted_;
};

asio::awaitable<void> until_unwanted(const Waiting& waiting) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (waiting.wanted()) {
    timer.expires_after(kLookEvery);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

brains::OpenAiConfig config_of(const std::vector<Endpoint>& endpoints) {
  const auto& first = endpoints.front();
  brains::OpenAiConfig config;
  config.base_url = first.base_url;
  config.key = first.key;
  config.model = first.model;
  config.context_tokens = kContextTokens;
  config.more.price = first.price;
  // Only those that were named: another one may be somebody whom the words are not for.
  config.more.server_models = false;
  config.more.fallbacks.assign(endpoints.begin() + 1, endpoints.end());
  return config;
}

std::string why(const brains::Attempt& last) {
  if (last.failure) return last.failure->message();
  return last.status == 0 ? "there is none" : "status " + std::to_string(last.status);
}

Result<std::string> answer_of(brains::ChainEnd end) {
  using What = brains::ChainEnd::What;
  switch (end.what) {
    case What::answered:
      break;
    case What::no_price:
      return Error(Errc::forbidden, "A limit of spending holds, and no model has a price.", end.reason);
    case What::over_limit:
      return Error(Errc::limit_exceeded, "Nothing more may be spent on models today.", end.reason);
    case What::too_long:
      return Error(Errc::too_large, "The transcript is too long for the model.");
    case What::unwanted:
      return Error(Errc::unavailable, "The program ends.");
    case What::failed:
      // Where a model listens is for the log alone.
      base::log_warning("meetings", "No model summed up what was said.", {{"reason", why(end.last)}});
      return Error(Errc::timed_out, end.last.status == 0 || end.last.status == 200
                                        ? "No model answered."
                                        : "No model answered: status " + std::to_string(end.last.status) + ".");
  }
  const auto& answer = end.answer;
  if (answer.refused || answer.finish_reason == "content_filter") {
    return Error(Errc::forbidden, "The model refuses to sum this up.");
  }
  if (!answer.whole || answer.finish_reason == "length") return Error(Errc::bad_json, "the answer was cut off");
  return std::move(end.answer.text);
}

}  // namespace

ServerModel::ServerModel(const Uses& uses, std::vector<Endpoint> endpoints)
    : uses_(uses), endpoints_(std::move(endpoints)) {}

// The server's keys are its administrators': they answer for the default tenant alone where those say nothing else.
bool ServerModel::serves(std::int64_t tenant_id) const { return uses_.of_every_tenant || tenant_id == kDefaultTenant; }

Task<std::string> ServerModel::ask(Question question) {
  using asio::experimental::awaitable_operators::operator||;
  if (!serves(question.tenant_id)) co_return Error(Errc::unsupported, "There is no model for this tenant.");
  const brains::ModelChain chain(
      {.http = uses_.http, .clock = uses_.clock, .bot_id = std::string(kSpentBy), .tenant_id = question.tenant_id},
      config_of(endpoints_), &uses_.models);
  Waiting waiting(question.wanted);
  brains::ChainQuestion asked;
  asked.request.members = std::move(question.members);
  asked.person = std::move(question.person);
  auto asking = chain.ask(std::move(asked), waiting);
  auto first = co_await (std::move(asking) || until_unwanted(waiting));
  auto* ended = std::get_if<0>(&first);
  if (ended == nullptr) co_return Error(Errc::unavailable, "The program ends.");
  co_return answer_of(std::move(*ended));
}

std::vector<Endpoint> chosen(const std::vector<Endpoint>& all, const std::vector<std::string>& names) {
  std::vector<Endpoint> found;
  for (const auto& name : names) {
    for (const auto& one : all) {
      const bool meant = name == kAnyModel || one.name == name || one.model == name;
      if (meant && std::ranges::find(found, one) == found.end()) found.push_back(one);
    }
  }
  return found;
}

}  // namespace troupe::meetings::summary
