#include "assistant/mcp/server.h"

#include <algorithm>

#include "assistant/mcp/tools.h"

namespace troupe::assistant::mcp {
namespace {

using dialogue::Reply;
using dialogue::ReplyKind;

constexpr std::string_view kInstructions =
    "Tools are what the services of this Troupe server can do. Calls that write may wait for a person's approval; then "
    "the answer says so, and assistant.look tells what came of it.";
constexpr std::int64_t kListsHoldMs = 60'000;

JsonObject server_info(const std::string& version) {
  return {{"name", "troupe"}, {"title", "Troupe"}, {"version", version}};
}

JsonObject capabilities() { return {{"tools", JsonObject{{"listChanged", false}}}}; }

JsonObject discovered(const std::string& version) {
  JsonArray versions;
  for (const auto each : kVersions) versions.emplace_back(each);
  return {{"supportedVersions", std::move(versions)},
          {"capabilities", capabilities()},
          {"instructions", kInstructions},
          {"_meta", JsonObject{{"io.modelcontextprotocol/serverInfo", server_info(version)}}}};
}

JsonObject initialized(const JsonObject& params, const std::string& version) {
  const auto asked = matrix::find_string(params, "protocolVersion").value_or("");
  const bool known = asked != kModern && std::ranges::find(kVersions, asked) != std::end(kVersions);
  return {{"protocolVersion", known ? asked : kNewestWithHandshake},
          {"capabilities", capabilities()},
          {"serverInfo", server_info(version)},
          {"instructions", kInstructions}};
}

std::string text_in(const JsonObject& arguments, std::string_view name) {
  return std::string(matrix::find_string(arguments, name).value_or(""));
}

/// What went wrong with a tool is for the model to read, not an error of the protocol.
JsonObject failed(std::string_view words) {
  return {{"content", JsonArray{JsonObject{{"type", "text"}, {"text", words}}}}, {"isError", true}};
}

JsonObject state_of(const Reply& reply) {
  JsonObject out{{"state", dialogue::kReplyKinds[static_cast<std::size_t>(reply.kind)]},
                 {"conversation_id", reply.conversation_id},
                 {"message", reply.message}};
  if (!reply.view) return out;
  out["task_id"] = reply.view->task.id;
  if (reply.view->task.result) out["result"] = *reply.view->task.result;
  JsonArray files;
  for (const auto& each : reply.view->files) {
    files.push_back(JsonObject{
        {"file_id", each.id()}, {"name", each.name}, {"type", each.type}, {"bytes", each.bytes}, {"kept", each.kept}});
  }
  if (!files.empty()) out["files"] = std::move(files);
  if (const auto& question = reply.view->question) {
    JsonArray choices;
    for (const auto& each : question->choices) choices.push_back(JsonObject{{"id", each.id}, {"label", each.label}});
    out["question"] = JsonObject{{"text", question->text}, {"choices", std::move(choices)}};
  }
  if (const auto& approval = reply.view->approval) {
    out["approval"] = JsonObject{{"id", approval->id}, {"calls", approval->calls}, {"why", approval->why}};
  }
  return out;
}

/// Whether the client can ask the person.
bool can_ask(const Message& message) {
  const auto* meta = matrix::find_object(message.params, "_meta");
  const auto* says =
      meta != nullptr ? matrix::find_object(*meta, "io.modelcontextprotocol/clientCapabilities") : nullptr;
  return message.modern && says != nullptr && says->contains("elicitation");
}

/// What the person did with the form; nullptr: nothing is said of it.
const JsonObject* response_in(const Message& message) {
  const auto* responses = matrix::find_object(message.params, "inputResponses");
  return responses != nullptr ? matrix::find_object(*responses, "person") : nullptr;
}

/// They closed the form and decided nothing: the same form at once would be no answer to that.
bool was_closed(const Message& message) {
  const auto* response = response_in(message);
  return response != nullptr && matrix::find_string(*response, "action") == "cancel";
}

JsonObject form(std::string_view message, JsonObject property) {
  return {
      {"method", "elicitation/create"},
      {"params", JsonObject{{"mode", "form"},
                            {"message", message},
                            {"requestedSchema", JsonObject{{"type", "object"},
                                                           {"properties", JsonObject{{"answer", std::move(property)}}},
                                                           {"required", JsonArray{"answer"}}}}}}};
}

/// What the client asks the person for; nothing: the reply asks nothing.
std::optional<JsonObject> form_of(const Reply& reply) {
  if (!reply.view) return std::nullopt;
  if (reply.kind == ReplyKind::approval && reply.view->approval) {
    const auto calls = boost::json::serialize(reply.view->approval->calls);
    return form(reply.message + "\n\n" + calls, {{"type", "boolean"}, {"title", "Approve exactly these calls"}});
  }
  if (reply.kind != ReplyKind::question || !reply.view->question) return std::nullopt;
  const auto& question = *reply.view->question;
  if (question.choices.empty()) return form(question.text, {{"type", "string"}});
  JsonArray options;
  for (const auto& each : question.choices) options.push_back(JsonObject{{"const", each.id}, {"title", each.label}});
  return form(question.text, {{"type", "string"}, {"oneOf", std::move(options)}});
}

}  // namespace

Task<net::http::Response> Server::answer(Message message, Client client, routes::OwnAssistant assistant) const {
  if (!message.id) co_return net::http::Response::empty(202);
  if (message.method == "tools/call") co_return co_await call_tool(std::move(message), std::move(client), assistant);
  if (message.method == "tools/list") co_return co_await list_tools(std::move(message), std::move(client));
  if (message.modern && message.method == "server/discover") co_return result_of(message, discovered(uses_.version));
  if (!message.modern && message.method == "initialize") {
    co_return result_of(message, initialized(message.params, uses_.version));
  }
  if (!message.modern && message.method == "ping") co_return result_of(message, {});
  co_return refusal_of(&message,
                       {.code = Code::method_not_found, .message = "There is no method " + message.method + "."});
}

Task<net::http::Response> Server::list_tools(Message message, Client client) const {
  CO_TRY(const auto offer, co_await uses_.services.offer(client.tenant_id));
  const auto cursor = text_in(message.params, "cursor");
  auto page = page_of_tools(offer->catalogue(), client.services, cursor);
  if (!page) co_return refusal_of(&message, {.code = Code::invalid_params, .message = "There is no such cursor."});
  JsonObject out{{"tools", std::move(page->tools)}};
  if (!page->next.empty()) out["nextCursor"] = page->next;
  if (message.modern) {
    out["ttlMs"] = kListsHoldMs;
    out["cacheScope"] = "private";
  }
  co_return result_of(message, std::move(out));
}

Task<net::http::Response> Server::call_tool(Message message, Client client, routes::OwnAssistant assistant) const {
  const auto name = text_in(message.params, "name");
  const auto tool = split_tool_name(name);
  if (!tool)
    co_return refusal_of(&message, {.code = Code::invalid_params, .message = "There is no tool " + name + "."});
  const JsonObject none;
  const auto* arguments = matrix::find_object(message.params, "arguments");
  if (arguments == nullptr && message.params.contains("arguments")) {
    co_return refusal_of(&message, {.code = Code::invalid_params, .message = "arguments must be an object."});
  }
  auto reply = co_await run(message, client, assistant, name, arguments != nullptr ? *arguments : none);
  if (reply) co_return result_of(message, shown(message, client.owner + "\n" + name, assistant, *reply));
  const auto& error = reply.error();
  if (error.code() == Errc::not_found && error.detail() == "tool") {
    co_return refusal_of(&message, {.code = Code::invalid_params, .message = error.message()});
  }
  if (error.code() == Errc::internal || error.code() == Errc::unavailable) co_return Error(error);
  co_return result_of(message, failed(error.message()));
}

Task<Reply> Server::run(const Message& message, const Client& client, const routes::OwnAssistant& assistant,
                        std::string_view name, const JsonObject& arguments) const {
  if (const auto sealed = matrix::find_string(message.params, "requestState")) {
    const auto state = states_.open(*sealed, client.owner + "\n" + std::string(name));
    if (!state) {
      co_return Error(Errc::invalid_param,
                      "This requestState is not known any more. assistant.look tells how the task stands.");
    }
    co_return co_await go_on(message, assistant, *state);
  }
  if (name == kAsk || name == kAnswer || name == kLook) co_return co_await run_own(assistant, name, arguments);
  const auto tool = *split_tool_name(name);
  CO_TRY(const auto offer, co_await uses_.services.offer(client.tenant_id));
  const bool seen =
      client.services.empty() || std::ranges::find(client.services, tool.service) != client.services.end();
  if (!seen || offer->catalogue().find(tool.service, tool.intent) == nullptr) {
    co_return Error(Errc::not_found, "There is no tool " + std::string(name) + ".", "tool");
  }
  tasks::TaskSpec spec{.service = std::string(tool.service), .intent = std::string(tool.intent), .inputs = arguments};
  CO_TRY(auto planned, co_await assistant.plan({}, std::move(spec)));
  if (planned.kind != ReplyKind::plan || !planned.view) co_return planned;
  co_return co_await assistant.execute(planned.view->task.id, uses_.patience);
}

Task<Reply> Server::run_own(const routes::OwnAssistant& assistant, std::string_view name,
                            const JsonObject& arguments) const {
  if (name == kAsk) {
    dialogue::Utterance said;
    said.text = text_in(arguments, "text");
    said.conversation_id = text_in(arguments, "conversation_id");
    co_return co_await assistant.chat(std::move(said), uses_.patience);
  }
  const auto task_id = text_in(arguments, "task_id");
  if (task_id.empty()) co_return Error(Errc::invalid_param, "task_id is missing.");
  CO_TRY(auto now, co_await assistant.look(task_id));
  if (name == kLook) co_return now;
  tasks::Answer answer{.choice_id = text_in(arguments, "choice_id"), .text = text_in(arguments, "text")};
  if (now.kind == ReplyKind::plan) {
    if (answer.text != "run")
      co_return Error(Errc::invalid_param, "The task is planned. It is run by the text \"run\".");
    co_return co_await assistant.execute(task_id, uses_.patience);
  }
  co_return co_await assistant.answer(task_id, std::move(answer), uses_.patience);
}

Task<Reply> Server::go_on(const Message& message, const routes::OwnAssistant& assistant,
                          const RequestState& state) const {
  const auto* response = response_in(message);
  if (response == nullptr) co_return Error(Errc::invalid_param, "inputResponses.person is missing.");
  const auto action = matrix::find_string(*response, "action").value_or("");
  const auto* content = matrix::find_object(*response, "content");
  const auto* answer = content != nullptr ? matrix::find(*content, "answer") : nullptr;
  if (action == "accept" && answer == nullptr) co_return Error(Errc::invalid_param, "The form's answer is missing.");
  if (action != "accept" && action != "decline" && action != "cancel") {
    co_return Error(Errc::invalid_param, "The form's action is accept, decline or cancel.");
  }
  if (action == "cancel") co_return co_await assistant.look(state.task_id);
  if (state.approval_id.empty()) {
    if (action == "decline") co_return co_await assistant.cancel(state.task_id);
    if (!answer->is_string()) co_return Error(Errc::invalid_param, "The form's answer must be a text.");
    CO_TRY(const auto now, co_await assistant.look(state.task_id));
    const bool by_choice = now.view && now.view->question && !now.view->question->choices.empty();
    tasks::Answer given{.question_id = state.question_id};
    (by_choice ? given.choice_id : given.text) = std::string(matrix::view(answer->get_string()));
    co_return co_await assistant.answer(state.task_id, std::move(given), uses_.patience);
  }
  if (action == "accept" && !answer->is_bool()) {
    co_return Error(Errc::invalid_param, "The form's answer must be true or false.");
  }
  if (action == "accept" && answer->get_bool()) {
    co_return co_await assistant.approve(state.approval_id, state.digest, uses_.patience);
  }
  co_return co_await assistant.reject(state.approval_id, state.digest, "declined by the person at an MCP client");
}

JsonObject Server::shown(const Message& message, const std::string& owner, const routes::OwnAssistant& assistant,
                         const Reply& reply) const {
  const bool is_anothers = reply.view && reply.view->approval && !assistant.may_decide(*reply.view->approval);
  if (can_ask(message) && !is_anothers && !was_closed(message)) {
    if (auto asked = form_of(reply)) {
      RequestState state{.task_id = reply.view->task.id};
      if (reply.kind == ReplyKind::approval) {
        state.approval_id = reply.view->approval->id;
        state.digest = reply.view->approval->digest;
      } else {
        state.question_id = reply.view->question->id;
      }
      return {{"resultType", "input_required"},
              {"inputRequests", JsonObject{{"person", *std::move(asked)}}},
              {"requestState", states_.seal(state, owner)}};
    }
  }
  auto state = state_of(reply);
  JsonObject out{{"content", JsonArray{JsonObject{{"type", "text"}, {"text", boost::json::serialize(state)}}}},
                 {"structuredContent", std::move(state)}};
  if (reply.kind == ReplyKind::failed) out["isError"] = true;
  return out;
}

}  // namespace troupe::assistant::mcp
