#include "assistant/executor/commands.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "assistant/calls/pauses.h"
#include "assistant/executor/targets.h"
#include "assistant/schema/validator.h"
#include "assistant/tasks/redactor.h"

namespace troupe::assistant::executor {
namespace {

namespace sandbox = runtime::sandbox;
using matrix::Json;
using matrix::JsonObject;

constexpr std::int64_t kDefaultTenant = 1;
constexpr std::int64_t kMostTimeMs = 300'000;
constexpr std::int64_t kUsualTimeMs = 60'000;
constexpr std::int64_t kDidNotEnd = -1;

std::string text_at(const JsonObject& arguments, std::string_view name) {
  return std::string(matrix::find_string(arguments, name).value_or(""));
}

sandbox::Mode mode_of(const sandbox::Commands* commands, const JsonObject& arguments) {
  const auto named = text_at(arguments, "mode");
  if (named == sandbox::name_of(sandbox::Mode::host)) return sandbox::Mode::host;
  if (!named.empty() || commands == nullptr) return sandbox::Mode::sandbox;
  return commands->standing().mode;
}

sandbox::CommandOrder order_of(const JsonObject& arguments, sandbox::Mode mode) {
  sandbox::CommandOrder order;
  if (const auto* args = matrix::find_array(arguments, "args")) {
    order.argv.push_back(text_at(arguments, "command"));
    for (const auto& each : *args) order.argv.emplace_back(matrix::view(each.get_string()));
  } else {
    order.text = text_at(arguments, "command");
  }
  order.mode = sandbox::name_of(mode);
  if (mode == sandbox::Mode::host) order.folder = text_at(arguments, "cwd");
  order.limits.time = std::chrono::milliseconds(matrix::find_integer(arguments, "timeoutMs").value_or(kUsualTimeMs));
  return order;
}

/// Ends when nobody wants the command any more.
asio::awaitable<void> until_cancelled(std::shared_ptr<const std::atomic<bool>> cancelled) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!*cancelled) {
    timer.expires_after(calls::kLookEvery);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

CommandOutcome outcome_of(const sandbox::CommandRun& run) {
  CommandOutcome out;
  out.record = {.command = run.command,
                .cwd = run.cwd,
                .mode = std::string(sandbox::name_of(run.mode)),
                .out = run.out,
                .err = run.err,
                .duration_ms = run.duration.count(),
                .error = run.error};
  for (const auto& each : run.args) out.record.args.push_back(boost::json::string(tasks::storable(each)));
  const bool ran = run.how != sandbox::How::refused && run.how != sandbox::How::not_started;
  if (ran) out.record.exit_code = run.how == sandbox::How::exited ? run.exit_code : kDidNotEnd;
  out.was_cancelled = run.how == sandbox::How::cancelled;
  if (!ran) out.error = run.error.empty() ? "The command was not run." : run.error;
  out.output = JsonObject{{"exitCode", out.record.exit_code.value_or(kDidNotEnd)},
                          {"stdout", tasks::storable(run.out)},
                          {"stderr", tasks::storable(run.err)},
                          {"durationMs", run.duration.count()}};
  if (ran && run.how != sandbox::How::exited) out.output.get_object()["ended"] = sandbox::name_of(run.how);
  return out;
}

}  // namespace

const JsonObject& command_inputs() {
  static const JsonObject schema{
      {"type", "object"},
      {"required", {"command"}},
      {"additionalProperties", false},
      {"properties",
       {{"command",
         {{"type", "string"}, {"minLength", 1}, {"maxLength", 8'192}, {"description", "what a shell is to run"}}},
        {"args",
         {{"type", "array"},
          {"maxItems", 100},
          {"items", {{"type", "string"}}},
          {"description", "arguments; then command is a program, and no shell reads either"}}},
        {"cwd", {{"type", "string"}, {"maxLength", 1'000}, {"description", "a folder, on the host alone"}}},
        {"timeoutMs", {{"type", "integer"}, {"minimum", 1}, {"maximum", kMostTimeMs}}},
        {"mode", {{"type", "string"}, {"enum", {"SANDBOX", "HOST"}}}}}}};
  return schema;
}

workflows::Workflow command_workflow() {
  workflows::Step step;
  step.action = std::string(kSystem) + "." + std::string(kRunCommand);
  step.description = "Run the command";
  for (const auto* name : {"command", "args", "cwd", "timeoutMs", "mode"}) {
    workflows::Binding binding;
    binding.expression = workflows::parse_expression(std::string("inputs.") + name).value();
    step.bind.emplace_back(name, std::move(binding));
  }
  step.out = "run";
  workflows::Workflow out;
  out.intent = kRunCommand;
  out.description = "Run a command on this machine";
  out.inputs = command_inputs();
  out.steps.push_back(std::move(step));
  return out;
}

Result<Unit> may_name_command(const tasks::Who& who, const JsonObject& inputs) {
  if (!who.administrator)
    return Error(Errc::forbidden, "Only administrators name commands; others run those of workflows.");
  const auto wrong = schema::validate(command_inputs(), inputs);
  if (wrong.empty()) return Unit{};
  return Error(Errc::invalid_param, wrong.front().pointer + ": " + wrong.front().message);
}

std::string mode_word(const sandbox::Commands* commands, const JsonObject& arguments) {
  return std::string(sandbox::name_of(mode_of(commands, arguments)));
}

bool leaves_traces(const sandbox::Commands* commands, const JsonObject& arguments) {
  return mode_of(commands, arguments) == sandbox::Mode::host;
}

std::optional<std::string> obstacle_to(const sandbox::Commands* commands, const JsonObject& arguments,
                                       std::int64_t tenant_id) {
  if (commands == nullptr || !commands->standing().allowed) return std::string(sandbox::kCommandsOff);
  const bool host = leaves_traces(commands, arguments);
  if (host && tenant_id != kDefaultTenant) return "Commands of this tenant run in the sandbox only.";
  if (!host && !text_at(arguments, "cwd").empty()) {
    return "Commands in the sandbox begin in an empty folder of their own: leave cwd out.";
  }
  return std::nullopt;
}

CommandOutcome refused_command(const sandbox::Commands* commands, const JsonObject& arguments, std::string why) {
  CommandOutcome out;
  out.record = {.command = text_at(arguments, "command"),
                .cwd = text_at(arguments, "cwd"),
                .mode = std::string(sandbox::name_of(mode_of(commands, arguments))),
                .error = why};
  if (const auto* args = matrix::find_array(arguments, "args")) out.record.args = *args;
  out.error = std::move(why);
  return out;
}

asio::awaitable<CommandOutcome> run_command(sandbox::Commands* commands, JsonObject arguments, std::int64_t tenant_id,
                                            std::shared_ptr<const std::atomic<bool>> cancelled) {
  using boost::asio::experimental::awaitable_operators::operator||;
  if (auto why = obstacle_to(commands, arguments, tenant_id)) {
    co_return refused_command(commands, arguments, *std::move(why));
  }
  const auto mode = mode_of(commands, arguments);
  // The record comes by the audit's way also when the wait is cut short.
  auto told = std::make_shared<std::optional<sandbox::CommandRun>>();
  auto audit = [told](const sandbox::CommandRun& run) { *told = run; };
  auto running = commands->run(order_of(arguments, mode), std::move(audit)) || until_cancelled(std::move(cancelled));
  co_await std::move(running);
  if (*told) co_return outcome_of(**told);
  auto out = refused_command(commands, arguments, "The command was ended.");
  out.was_cancelled = true;
  co_return out;
}

}  // namespace troupe::assistant::executor
