#include "assistant/mcp_client/remote_server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/serialize.hpp>

#include "assistant/mcp_client/remote_words.h"
#include "assistant/mcp_client/results.h"
#include "assistant/mcp_wire/versions.h"

namespace troupe::assistant::mcp_client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kListPatience{20'000}, kConnectPatience{60'000};
/// How old what is known of its tools may be when one is called: one that only read may write by now.
constexpr milliseconds kOld{60'000};
constexpr std::string_view kChangedTool =
    "its server has changed or removed this tool since it was looked at; ask once more";
constexpr std::string_view kForgotten =
    "its server had forgotten the session and refused this; ask once more, and look whether it was done all the same";
/// A stream is asked for anew after so long: a server that went without a word would not be missed otherwise.
constexpr milliseconds kStreamLife{15 * 60'000}, kSubscriptionLife{24 * 3'600'000};
constexpr std::string_view kListen = "subscriptions/listen";

/// The argument that a pointer of properties leads to, as a header has it; nothing when it is not there.
std::optional<std::string> argument_at(const JsonObject& arguments, const std::string& pointer) {
  boost::system::error_code failed;
  const auto whole = Json(arguments);
  const auto* found = whole.find_pointer(pointer, failed);
  if (found == nullptr || found->is_null() || found->is_structured()) return std::nullopt;
  if (found->is_string()) return mcp_wire::header_value(matrix::view(found->get_string()));
  return boost::json::serialize(*found);
}

/// What is asked to be told, since 2026-07-28.
JsonObject tool_changes() { return {{"notifications", JsonObject{{"toolsListChanged", true}}}}; }

/// The call itself never went out: what its handshake or the list of tools was answered with says nothing of it.
calls::Arrived not_called(Reply reply) {
  reply.sent = false;
  const auto status = reply.response.status;
  const bool says_more = reply.kind == Reply::Kind::http && status >= 400 && status < 500;
  if (says_more || reply.kind == Reply::Kind::broken) return arrived_of(std::move(reply));
  auto words =
      reply.kind == Reply::Kind::http ? "its server answered with status " + std::to_string(status) : reply.message;
  if (words.empty()) words = "its server refuses to be asked";
  return {.broken = Error(Errc::unavailable, std::move(words)), .sent = false, .response = {}};
}

calls::Arrived forgotten(int status) {
  Reply reply;
  reply.kind = Reply::Kind::http;
  reply.response.status = status;
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.body = boost::json::serialize(JsonObject{{"error", {{"message", kForgotten}}}});
  return arrived_of(std::move(reply));
}

}  // namespace

/// Counts one use.
class RemoteServer::Use {
 public:
  explicit Use(RemoteServer& of) : of_(of) { ++of_.busy_; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    --of_.busy_;
    of_.used_ = Steady::now();
  }

 private:
  RemoteServer& of_;
};

Heard RemoteServer::heard() {
  return [weak = weak_from_this()](const std::string& method) {
    const auto self = weak.lock();
    if (!self || method != "notifications/tools/list_changed") return;
    self->stale_ = true;
    self->changed_();
  };
}

void RemoteServer::drop_lost(const std::shared_ptr<Link>& link) {
  if (link_ == link) drop_link();
}

void RemoteServer::drop_link() {
  says_changes_ = false;
  if (stream_) stream_->end();
  stream_.reset();
  subscribed_ = false;
  if (link_) link_->close();
  link_.reset();
  http_.reset();
  program_.reset();
  greeted_ = false;
  stale_ = true;
}

void RemoteServer::close() {
  closed_ = true;
  drop_link();
}

Asked RemoteServer::framed(Asked asked, std::string_view name) const {
  if (!modern_) return asked;
  asked.params["_meta"] = JsonObject{{mcp_wire::kVersionMember, mcp_wire::kModern},
                                     {mcp_wire::kCapabilitiesMember, JsonObject{}},
                                     {mcp_wire::kClientMember, client_info(means_.version)}};
  asked.headers.set(mcp_wire::kMethodHeader, asked.method);
  if (!name.empty()) asked.headers.set(mcp_wire::kNameHeader, mcp_wire::header_value(name));
  return asked;
}

asio::awaitable<Reply> RemoteServer::ask(Asked asked, std::string_view name) {
  const auto link = link_;  // it may be dropped while this waits
  if (!link) co_return no(Errc::unavailable, std::string(kClosed));
  auto asking = link->ask(framed(std::move(asked), name));
  co_return co_await std::move(asking);
}

void RemoteServer::hear_changes(const asio::any_io_executor& executor, const net::http::Headers& headers) {
  if (!greeted_ || !says_changes_ || closed_ || is_old_http()) return;
  if (program_) {
    if (!modern_ || std::exchange(subscribed_, true)) return;
    auto subscribing = [](std::weak_ptr<RemoteServer> weak, std::shared_ptr<ProgramLink> program,
                          Asked asked) -> asio::awaitable<void> {
      auto asking = program->ask(std::move(asked));
      const auto reply = co_await std::move(asking);
      const auto self = weak.lock();
      // One that has none is not asked for it again.
      if (self && self->program_ == program && reply.kind != Reply::Kind::refused) self->subscribed_ = false;
    };
    auto asked = framed({.method = std::string(kListen), .params = tool_changes(), .headers = {}});
    asked.patience = kSubscriptionLife;
    asio::co_spawn(executor, subscribing(weak_from_this(), program_, std::move(asked)), asio::detached);
    return;
  }
  if (!stream_) {
    auto order = [weak = weak_from_this()](const net::http::Headers& with) {
      Asked asked{.method = std::string(kListen),
                  .params = tool_changes(),
                  .headers = with,
                  .patience = kStreamLife,
                  .most_bytes = kMaxStreamBytes};
      const auto self = weak.lock();
      return self ? self->framed(std::move(asked)) : asked;
    };
    stream_ = std::make_shared<ChangeStream>(http_, std::move(order), changed_, means_.pauses);
  }
  stream_->use(executor, headers);
}

asio::awaitable<std::optional<Reply>> RemoteServer::ready(const net::http::Headers& headers, Milliseconds patience) {
  if (link_ && link_->alive() && greeted_) co_return std::nullopt;
  auto entering = connecting_.enter(std::min(patience, kConnectPatience));
  const auto inside = co_await std::move(entering);
  if (!inside) co_return Reply::of_error(inside.error(), false);
  if (link_ && link_->alive() && greeted_) co_return std::nullopt;
  auto connected = connect(headers, patience);
  auto wrong = co_await std::move(connected);
  if (!wrong && closed_) wrong = no(Errc::unavailable, std::string(kClosed));  // meanwhile
  if (wrong) {
    // Nothing of what was wanted went out, whatever became of the greeting.
    wrong->sent = false;
    drop_link();
  }
  co_return wrong;
}

bool RemoteServer::lost_session(const std::shared_ptr<Link>& link, const Reply& reply) {
  if (!link || !link->has_session()) return false;
  const bool answered = reply.kind == Reply::Kind::http || reply.kind == Reply::Kind::refused;
  // 404 as the specification has it; 400 is what many servers say of a session that they do not know.
  return answered && (reply.response.status == 404 || (reply.response.status == 400 && reply.code == -32'000));
}

void RemoteServer::keep(const JsonArray& tools) {
  digests_.clear();
  for (const auto& each : tools) {
    const auto& tool = each.get_object();
    digests_.emplace(matrix::find_string(tool, "name").value_or(""), packs::digest_of_tool(tool));
  }
  listed_ = Steady::now();
  stale_ = false;
}

bool RemoteServer::is_old() const { return stale_ || Steady::now() - listed_ > kOld; }

bool RemoteServer::is_known(const packs::Tool& tool) const {
  const auto found = digests_.find(tool.name);
  return found != digests_.end() && found->second == tool.digest;
}

asio::awaitable<Reply> RemoteServer::list_again(const net::http::Headers& headers, Milliseconds patience,
                                                JsonArray& tools) {
  const auto until = Steady::now() + patience;
  std::size_t bytes = 0;
  std::string cursor;
  for (std::size_t page = 0; page < kMaxListPages; ++page) {
    const auto left = std::chrono::duration_cast<Milliseconds>(until - Steady::now());
    if (left.count() <= 0) co_return no(Errc::timed_out, "the server's list of tools takes too long");
    JsonObject params;
    if (!cursor.empty()) params["cursor"] = cursor;
    auto asking = ask({.method = "tools/list",
                       .params = std::move(params),
                       .headers = headers,
                       .patience = left,
                       .most_bytes = packs::kMaxToolListBytes});
    auto reply = co_await std::move(asking);
    if (!reply.is_result()) co_return reply;
    auto* listed = reply.result.if_contains("tools");
    if (listed == nullptr || !listed->is_array())
      co_return no(Errc::unavailable, "the server's list of tools cannot be read");
    for (auto& each : listed->get_array()) {
      if (!each.is_object()) continue;
      bytes += boost::json::serialize(each).size();
      if (bytes > packs::kMaxToolListBytes || tools.size() >= 2 * packs::kMaxTools)
        co_return no(Errc::too_large, "the server has more tools than can be kept");
      tools.push_back(std::move(each));
    }
    const std::string next(matrix::find_string(reply.result, "nextCursor").value_or(""));
    if (next.empty() || next == cursor) {
      keep(tools);
      co_return reply;
    }
    cursor = next;
  }
  co_return no(Errc::too_large, "the server's list of tools has too many pages");
}

Task<JsonArray> RemoteServer::list(net::http::Headers headers, Milliseconds patience) {
  const auto self = shared_from_this();
  const Use use(*this);
  auto reply = no(Errc::unavailable, "the server forgets its sessions at once");
  JsonArray tools;
  for (int tries = 0; tries < 2; ++tries) {
    auto connecting = ready(headers, patience);
    if (auto wrong = co_await std::move(connecting)) {
      reply = *std::move(wrong);
      break;
    }
    tools.clear();
    const auto link = link_;
    auto listing = list_again(headers, patience, tools);
    reply = co_await std::move(listing);
    if (!lost_session(link, reply)) break;
    drop_lost(link);
  }
  if (reply.is_result()) {
    hear_changes(co_await asio::this_coro::executor, headers);
    co_return tools;
  }
  if (reply.kind == Reply::Kind::broken) co_return reply.error ? *reply.error : Error(Errc::unavailable);
  if (reply.kind == Reply::Kind::refused)
    co_return Error(Errc::unavailable, reply.message.empty() ? "the server refuses to be asked" : reply.message);
  const auto status = reply.response.status;
  const auto words = "it answered with status " + std::to_string(status);
  if (status == 401 || status == 403)
    co_return Error(Errc::forbidden, words + ": it does not let us in").with_status(status);
  co_return Error(Errc::unavailable, words);
}

asio::awaitable<std::optional<Reply>> RemoteServer::look_at(const calls::ToolCall& call) {
  for (int tries = 0;; ++tries) {
    auto connecting = ready(call.headers, call.patience);
    if (auto wrong = co_await std::move(connecting)) co_return wrong;
    hear_changes(co_await asio::this_coro::executor, call.headers);
    if (!is_old()) co_return std::nullopt;
    JsonArray tools;
    const auto link = link_;
    auto listing = list_again(call.headers, std::min(call.patience, kListPatience), tools);
    auto listed = co_await std::move(listing);
    if (listed.is_result()) co_return std::nullopt;
    if (tries > 0 || !lost_session(link, listed)) co_return listed;
    drop_lost(link);
  }
}

asio::awaitable<Reply> RemoteServer::call_tool(const calls::ToolCall& call) {
  auto headers = call.headers;
  for (const auto& each : call.tool.headers) {
    auto value = modern_ ? argument_at(call.arguments, each.pointer) : std::nullopt;
    if (value) headers.set(std::string(mcp_wire::kParamHeader) + each.name, *value);
  }
  auto asking = ask({.method = "tools/call",
                     .params = {{"name", call.tool.name}, {"arguments", call.arguments}},
                     .headers = std::move(headers),
                     .patience = call.patience,
                     .most_bytes = call.most_answer_bytes},
                    call.tool.name);
  co_return co_await std::move(asking);
}

asio::awaitable<calls::Arrived> RemoteServer::call(calls::ToolCall call) {
  const auto self = shared_from_this();
  const Use use(*this);
  for (int tries = 0;; ++tries) {
    auto looking = look_at(call);
    if (auto wrong = co_await std::move(looking)) co_return not_called(*std::move(wrong));
    if (!is_known(call.tool)) {
      changed_();
      co_return calls::Arrived{
          .broken = Error(Errc::forbidden, std::string(kChangedTool)), .sent = false, .response = {}};
    }
    const auto link = link_;
    auto calling = call_tool(call);
    auto answered = co_await std::move(calling);
    const bool lost = lost_session(link, answered);
    if (lost) drop_lost(link);
    // What writes is not sent again by itself: that nothing was done is only what the server says.
    if (lost && call.writes) co_return forgotten(answered.response.status);
    if (!lost || tries > 0) co_return arrived_of(std::move(answered));
  }
}

}  // namespace troupe::assistant::mcp_client
