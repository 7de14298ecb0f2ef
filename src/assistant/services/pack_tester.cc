#include "assistant/services/pack_tester.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"

namespace troupe::assistant::services {
namespace {

using calls::CallState;

/// Keeps what was sent until the test is over. A read that nobody has a record of after a crash did no harm.
class TestJournal final : public calls::Journal {
 public:
  explicit TestJournal(const tasks::Actor& actor) : actor_(actor) {}

  Task<Unit> before(const calls::Sending& sending) override {
    records_.calls.push_back({.tenant_id = actor_.tenant_id,
                              .service = sending.service,
                              .method = sending.method,
                              .url = sending.url,
                              .request = sending.body});
    co_return Unit{};
  }
  Task<Unit> after(calls::Sending /*sending*/, calls::Received received) override {
    auto& call = records_.calls.back();
    call.latency_ms = received.took.count();
    call.error = std::move(received.error);
    if (received.status != 0) {
      call.status = received.status;
      call.response = std::move(received.body);
    }
    co_return Unit{};
  }
  tasks::Records take() { return std::exchange(records_, {}); }

 private:
  const tasks::Actor& actor_;
  tasks::Records records_;
};

bool needs_nothing(const openapi::Operation& operation) {
  const auto* required = matrix::find_array(operation.arguments, "required");
  return !required || required->empty();
}

std::string because(const calls::CallOutcome& outcome) {
  if (!outcome.message.empty()) return ": " + outcome.message;
  return outcome.code.empty() ? "." : ": " + outcome.code + ".";
}

Tested judged(const std::string& title, const calls::CallOutcome& outcome) {
  Tested out{.verdict = Verdict::unsure, .summary = {}, .status = outcome.status};
  switch (outcome.state) {
    case CallState::done:
      out.verdict = Verdict::good;
      out.summary = title + " answers and takes the key.";
      return out;
    case CallState::refused: {
      // Nothing was sent: the address leads where it may not.
      if (outcome.status == 0) {
        out.verdict = Verdict::bad;
        out.summary = title + " cannot be called" + because(outcome);
        return out;
      }
      // Services of status 200 say it in words (Slack).
      const bool key = outcome.status == 401 || outcome.status == 403 || outcome.code.contains("auth") ||
                       outcome.code.contains("token");
      out.verdict = key ? Verdict::bad : Verdict::unsure;
      out.summary = title + (key ? " does not take the key" : " answers, but refuses the call") + because(outcome);
      return out;
    }
    case CallState::failed:
      out.verdict = outcome.status == 0 ? Verdict::bad : Verdict::unsure;
      out.summary = title + (outcome.status == 0 ? " is out of reach" : " answers, but not with what was asked") +
                    because(outcome);
      return out;
    case CallState::unknown:
    case CallState::cancelled:
      break;
  }
  out.summary = title + " could not be tried" + because(outcome);
  return out;
}

}  // namespace

std::optional<packs::TestCall> test_call_of(const packs::Pack& pack) {
  if (pack.config.test) return pack.config.test;
  if (pack.config.mcp) return std::nullopt;  // what its tools read may cost
  const packs::Offered* found = nullptr;
  for (const auto& [name, offered] : pack.operations) {
    if (offered.operation.writes || !needs_nothing(offered.operation)) continue;
    const bool pages = offered.paging.style != packs::PagingStyle::none;
    if (!found || (pages && found->paging.style == packs::PagingStyle::none)) found = &offered;
  }
  if (!found) return std::nullopt;
  return packs::TestCall{.operation = found->operation.name, .arguments = {}};
}

Task<Tested> PackTester::list_tools(InUse in_use, tasks::Who who) {
  const auto began = std::chrono::steady_clock::now();
  const auto title = in_use.service.pack->title;
  auto listing = caller_.list_tools(std::move(in_use.service), kPatience);
  const auto listed = co_await std::move(listing);
  Tested out{.verdict = listed ? Verdict::good : Verdict::bad, .summary = {}, .operation = {}, .status = 0};
  if (listed) {
    out.summary = title + " answers, and offers " + std::to_string(listed->size()) + " tools.";
  } else {
    out.summary = title + " cannot be used: " + listed.error().message() + ".";
  }
  out.summary = tasks::cut(secrets_.redactor(who.tenant_id)->text(out.summary), 1'000);
  const auto took = std::chrono::steady_clock::now() - began;
  out.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  co_return out;
}

Task<Tested> PackTester::test(InUse in_use, tasks::Who who) {
  const auto title = in_use.service.pack->title;
  const auto wanted = test_call_of(*in_use.service.pack);
  if (!in_use.missing_secrets.empty()) {
    const auto& secret = in_use.missing_secrets.front();
    co_return Tested{
        .verdict = Verdict::bad,
        .summary = fmt::format(
            "The secret \"{}\" is not set. Set it on the service's page, or by: troupe pack key {} --secret {}", secret,
            in_use.service.pack->config.service, secret)};
  }
  if (!wanted && in_use.service.pack->config.mcp) co_return co_await list_tools(std::move(in_use), std::move(who));
  if (!wanted)
    co_return Tested{.verdict = Verdict::unsure,
                     .summary = "Nothing of " + title +
                                " can be asked without arguments: say in config.json's test "
                                "what is called."};
  const tasks::Actor actor{.tenant_id = who.tenant_id, .principal_id = who.principal_id, .label = who.label};
  TestJournal journal(actor);
  const auto began = std::chrono::steady_clock::now();
  const auto id = "test-" + base::random_alphanumeric(12);
  calls::CallContext context;
  context.call_id = id;
  context.marker = id;
  context.patience = kPatience;
  const auto most = who.role;
  CO_TRY(auto lent, co_await lend(std::move(in_use), own_, std::move(who), most));
  auto outcome =
      co_await caller_.call(std::move(lent.service), wanted->operation, wanted->arguments, std::move(context), journal);
  give_back(own_, lent.key);
  const auto took = std::chrono::steady_clock::now() - began;
  if (auto records = journal.take(); !records.empty()) {
    CO_TRY(co_await journal_.record(actor, std::move(records)));
  }
  auto out =
      outcome ? judged(title, *outcome)
              : Tested{.verdict = Verdict::bad, .summary = title + " cannot be called: " + outcome.error().message()};
  out.operation = wanted->operation;
  out.summary = tasks::cut(secrets_.redactor(actor.tenant_id)->text(out.summary), 1'000);
  out.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  co_return out;
}

}  // namespace troupe::assistant::services
