#include "assistant/tasks/journal.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "assistant/schema/exact.h"
#include "assistant/tasks/digest.h"
#include "assistant/tasks/record_store.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/ordered_id.h"

namespace troupe::assistant::tasks {
namespace {

constexpr std::size_t kBatchIdLength = 20;
constexpr std::string_view kCallKind = "api_call", kCommandKind = "command_run";
constexpr std::size_t kMembersOfLine = 10;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

/// JSON is redacted as such, so that no way of writing a text hides it.
std::string clean_body(const Redactor& redactor, const std::string& body) {
  if (auto parsed = schema::parse_exact(body)) {
    return cut(redactor.text(boost::json::serialize(redactor.json(*parsed))), kMaxCallBytes);
  }
  return cut(redactor.text(body), kMaxCallBytes);
}

ApiCall clean_call(const Redactor& redactor, ApiCall call, std::int64_t tenant_id, base::UnixMs now) {
  call.tenant_id = tenant_id;
  call.service = cut(redactor.text(call.service), kMaxNameBytes);
  call.method = cut(redactor.text(call.method), kMaxNameBytes);
  call.url = cut(redactor.text(call.url), kMaxUrlBytes);
  call.request = clean_body(redactor, call.request);
  if (call.response) call.response = clean_body(redactor, *call.response);
  call.error = cut(redactor.text(call.error), kMaxReasonBytes);
  call.created_ms = now;
  return call;
}

CommandRun clean_run(const Redactor& redactor, CommandRun run, std::int64_t tenant_id, base::UnixMs now) {
  run.tenant_id = tenant_id;
  run.command = cut(redactor.text(run.command), kMaxCallBytes);
  auto args = redactor.json(Json(run.args));
  run.args = std::move(args.get_array());
  if (auto bytes = boost::json::serialize(run.args).size(); bytes > kMaxCallBytes) {
    run.args = {JsonObject{{"cut", true}, {"bytes", bytes}}};
  }
  run.cwd = cut(redactor.text(run.cwd), kMaxReasonBytes);
  run.mode = cut(redactor.text(run.mode), kMaxNameBytes);
  run.out = cut(redactor.text(run.out), kMaxCallBytes);
  run.err = cut(redactor.text(run.err), kMaxCallBytes);
  run.error = cut(redactor.text(run.error), kMaxReasonBytes);
  run.created_ms = now;
  return run;
}

identity::AuditRecord line_of(std::string_view kind, std::string action, const std::string& task_id,
                              std::int64_t step) {
  identity::AuditRecord record;
  record.action = std::move(action);
  record.target = task_id;
  record.kind = kind;
  record.detail.reserve(kMembersOfLine);
  record.detail["task"] = task_id;
  record.detail["step"] = step;
  return record;
}

identity::AuditRecord line_of(const ApiCall& call) {
  auto line = line_of(kCallKind, "assistant.call", call.task_id, call.step);
  line.detail["call"] = call.id;
  line.detail["service"] = call.service;
  line.detail["method"] = call.method;
  line.detail["url"] = call.url;
  line.detail["status"] = or_null(call.status);
  line.detail["latency_ms"] = or_null(call.latency_ms);
  if (!call.error.empty()) line.detail["error"] = call.error;
  line.detail["sha256"] = digest_of(call);
  return line;
}

identity::AuditRecord line_of(const CommandRun& run) {
  auto line = line_of(kCommandKind, "assistant.command", run.task_id, run.step);
  line.detail["command_run"] = run.id;
  line.detail["command"] = run.command;
  line.detail["args"] = run.args;
  line.detail["mode"] = run.mode;
  line.detail["exit_code"] = or_null(run.exit_code);
  line.detail["duration_ms"] = or_null(run.duration_ms);
  if (!run.error.empty()) line.detail["error"] = run.error;
  line.detail["sha256"] = digest_of(run);
  return line;
}

}  // namespace

std::string digest_of(const ApiCall& call) {
  auto row = OrderedObject()
                 .member("created_ms", call.created_ms)
                 .member("error", call.error)
                 .member("id", call.id)
                 .member("latency_ms", call.latency_ms)
                 .member("method", call.method)
                 .member("request", call.request)
                 .member("response", call.response)
                 .member("service", call.service)
                 .member("status", call.status)
                 .member("step", call.step)
                 .member("task_id", call.task_id)
                 .member("tenant_id", call.tenant_id)
                 .member("url", call.url);
  return base::hex(base::sha256(std::move(row).text()));
}

std::string digest_of(const CommandRun& run) {
  const JsonObject row{{"id", run.id},
                       {"tenant_id", run.tenant_id},
                       {"task_id", run.task_id},
                       {"step", run.step},
                       {"command", run.command},
                       {"args", run.args},
                       {"cwd", run.cwd},
                       {"mode", run.mode},
                       {"exit_code", or_null(run.exit_code)},
                       {"stdout", run.out},
                       {"stderr", run.err},
                       {"duration_ms", or_null(run.duration_ms)},
                       {"error", run.error},
                       {"created_ms", run.created_ms}};
  return base::hex(base::sha256(ordered_text(row)));
}

std::optional<std::string> Journal::trouble_of(store::Connection& c, const identity::AuditLine& line) const {
  const bool is_call = line.kind == kCallKind;
  if (!is_call && line.kind != kCommandKind) return std::nullopt;
  boost::system::error_code wrong;
  const auto parsed = boost::json::parse(line.detail, wrong);
  const auto* detail = wrong ? nullptr : parsed.if_object();
  const auto id = detail ? matrix::find_string(*detail, is_call ? "call" : "command_run") : std::nullopt;
  const auto said = detail ? matrix::find_string(*detail, "sha256") : std::nullopt;
  if (!id || !said) return std::nullopt;
  std::optional<std::string> digest;
  if (is_call) {
    if (const auto call = record_store::call_of(c, line.tenant_id, *id)) digest = digest_of(*call);
  } else if (const auto run = record_store::command_of(c, line.tenant_id, *id)) {
    digest = digest_of(*run);
  }
  if (!digest || *digest == *said) return std::nullopt;
  return fmt::format("the {} {} is not the one that was recorded: it was changed", is_call ? "call" : "command", *id);
}

Result<Prepared> Journal::prepared(std::int64_t tenant_id, Records records, const std::string& task_id,
                                   std::int64_t step) const {
  if (records.calls.size() + records.commands.size() > kMaxCallsAtOnce) {
    return Error(Errc::limit_exceeded, "Too many calls are to be recorded at once.");
  }
  Prepared out;
  if (records.empty()) return out;
  const auto redactor = uses_.secrets.redactor(tenant_id);
  const auto now = uses_.clock.unix_ms();
  const auto batch = base::ordered_id(now, kBatchIdLength);  // in their order, within one time
  const auto placed = [&](auto& record) {
    record.id = fmt::format("{}{:02}", batch, out.lines.size());
    record.task_id = task_id;
    record.step = step;
    out.lines.push_back(identity::line_of(line_of(record), record.created_ms));
  };
  for (auto& call : records.calls) {
    call = clean_call(*redactor, std::move(call), tenant_id, now);
    placed(call);
  }
  for (auto& run : records.commands) {
    run = clean_run(*redactor, std::move(run), tenant_id, now);
    placed(run);
  }
  out.records = std::move(records);
  return out;
}

void Journal::append(store::Tx& tx, const Actor& actor, const Prepared& prepared) const {
  auto next = prepared.lines.begin();
  const auto insert = [&](const auto& record) {
    record_store::insert(tx, record);
    auto line = *next++;
    line.tenant_id = actor.tenant_id;
    line.actor_id = actor.principal_id;
    line.actor = actor.label.empty() ? "troupe" : actor.label;
    uses_.audit.append(tx, line);
  };
  for (const auto& call : prepared.records.calls) insert(call);
  for (const auto& run : prepared.records.commands) insert(run);
}

Task<std::vector<std::string>> Journal::record(Actor actor, Records records) {
  CO_TRY(const auto ready, prepared(actor.tenant_id, std::move(records)));
  std::vector<std::string> ids;
  for (const auto& call : ready.records.calls) ids.push_back(call.id);
  if (ready.empty()) co_return ids;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    append(tx, actor, ready);
    return Unit{};
  };
  CO_TRY(co_await uses_.db.write(write));
  ring();
  co_return ids;
}

}  // namespace troupe::assistant::tasks
