// How a RemoteServer comes to be asked: its program is started, the era that it speaks is found, and hands are shaken.
#include <algorithm>
#include <array>

#include "assistant/mcp_client/program_order.h"
#include "assistant/mcp_client/remote_server.h"
#include "assistant/mcp_client/remote_words.h"
#include "assistant/mcp_wire/versions.h"

namespace troupe::assistant::mcp_client {
namespace {

using mcp_wire::Code;
using std::chrono::milliseconds;

/// With a handshake, the newest first.
constexpr std::array<std::string_view, 4> kSpoken{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
constexpr milliseconds kGreetingPatience{30'000};
constexpr milliseconds kOldPatience{10'000};  ///< until a stream of 2024-11-05 says where messages go
constexpr milliseconds kFirstPause{1'000}, kLongestPause{60'000}, kLivedLong{60'000};

bool is_modern_refusal(const Reply& reply) {
  return reply.kind == Reply::Kind::refused && (reply.code == static_cast<int>(Code::header_mismatch) ||
                                                reply.code == static_cast<int>(Code::missing_capability) ||
                                                reply.code == static_cast<int>(Code::unsupported_version));
}

/// Whether a server may have meant: I do not know what this is. Not that it is out of order, or who we are.
bool may_be_older(const Reply& reply) {
  if (reply.kind == Reply::Kind::refused) return !is_modern_refusal(reply);
  return reply.kind == Reply::Kind::http && reply.response.status >= 400 && reply.response.status < 500 &&
         reply.response.status != 401 && reply.response.status != 403 && reply.response.status != 429;
}

/// Whether it tells when its tools change.
bool says_list_changed(const JsonObject& greeting) {
  const auto* capabilities = matrix::find_object(greeting, "capabilities");
  const auto* tools = capabilities != nullptr ? matrix::find_object(*capabilities, "tools") : nullptr;
  return tools != nullptr && matrix::find_bool(*tools, "listChanged").value_or(false);
}

}  // namespace

asio::awaitable<std::optional<Reply>> RemoteServer::connect(const net::http::Headers& headers, Milliseconds patience) {
  if (closed_) co_return no(Errc::unavailable, "the service was changed or removed");
  const auto greeting = std::min(patience, kGreetingPatience);
  if (!is_program()) {
    drop_link();
    link_ = http_ = std::make_shared<HttpLink>(means_.http, service_, heard());
    auto greeted = greet_http(headers, greeting);
    co_return co_await std::move(greeted);
  }
  auto starting = start_program();
  if (auto wrong = co_await std::move(starting)) co_return wrong;
  auto greeted = greet_program(greeting);
  auto wrong = co_await std::move(greeted);
  if (wrong && program_ && !program_->alive()) wrong = no(Errc::unavailable, "the program is gone: " + program_->why());
  co_return wrong;
}

asio::awaitable<std::optional<Reply>> RemoteServer::start_program() {
  const auto now = Steady::now();
  if (program_ && now - started_ > kLivedLong) pause_ = Milliseconds(0);
  if (program_) last_words_ = program_->why();
  drop_link();
  if (means_.programs == nullptr) co_return no(Errc::forbidden, "programs are not run here");
  if (now < not_before_) {
    const auto left = std::chrono::duration_cast<Milliseconds>(not_before_ - now);
    if (not_started_) co_return Reply::of_error(Error(*not_started_).with_retry_after(left), false);
    auto later = Error(Errc::unavailable, "the program ended a moment ago, and is started again soon" +
                                              (last_words_.empty() ? std::string() : ": " + last_words_))
                     .with_retry_after(left);
    co_return Reply::of_error(std::move(later), false);
  }
  pause_ = std::min(kLongestPause, std::max(kFirstPause, pause_ * 2));
  not_before_ = now + pause_;
  started_ = now;
  auto starting = means_.programs->start(program_order(service_, means_.folders, means_.path));
  auto program = co_await std::move(starting);
  if (!program) {
    not_started_ = program.error();
    co_return Reply::of_error(std::move(program).error(), false);
  }
  not_started_.reset();
  if (closed_) co_return no(Errc::unavailable, std::string(kClosed));
  const auto executor = co_await asio::this_coro::executor;
  program_ = std::make_shared<ProgramLink>(executor, *std::move(program), heard());
  program_->begin();
  link_ = program_;
  co_return std::nullopt;
}

asio::awaitable<Reply> RemoteServer::discover(const net::http::Headers& headers, Milliseconds patience) {
  modern_ = true;
  if (http_) http_->speak(std::string(mcp_wire::kModern), true);
  auto asking = ask({.method = "server/discover", .params = {}, .headers = headers, .patience = patience});
  auto reply = co_await std::move(asking);
  if (!reply.is_result()) co_return reply;
  says_changes_ = says_list_changed(reply.result);
  const auto* versions = matrix::find_array(reply.result, "supportedVersions");
  const auto spoken = [](const Json& each) {
    return each.is_string() && matrix::view(each.get_string()) == mcp_wire::kModern;
  };
  if (versions != nullptr && std::ranges::none_of(*versions, spoken)) {
    reply = {};
    reply.kind = Reply::Kind::refused;
    reply.message = "it does not speak this version";
  }
  co_return reply;
}

asio::awaitable<Reply> RemoteServer::shake_hands(const net::http::Headers& headers, Milliseconds patience) {
  modern_ = false;
  if (http_) http_->speak({}, false);
  const JsonObject params{{"protocolVersion", mcp_wire::kNewestWithHandshake},
                          {"capabilities", JsonObject{}},
                          {"clientInfo", client_info(means_.version)}};
  auto asking = ask({.method = "initialize", .params = params, .headers = headers, .patience = patience});
  auto reply = co_await std::move(asking);
  if (!reply.is_result()) co_return reply;
  const std::string version(matrix::find_string(reply.result, "protocolVersion").value_or(""));
  if (std::ranges::find(kSpoken, version) == kSpoken.end()) {
    co_return no(Errc::unavailable, "the server speaks a version of the protocol that is not known here: " +
                                        report::quoted(version.substr(0, 40)));
  }
  says_changes_ = says_list_changed(reply.result);
  const auto link = link_;
  if (!link) co_return no(Errc::unavailable, std::string(kClosed));
  if (http_) http_->speak(version, false);
  auto telling = link->tell("notifications/initialized", {}, headers);
  co_await std::move(telling);
  if (link_ != link) co_return no(Errc::unavailable, std::string(kClosed));
  co_return reply;
}

asio::awaitable<std::optional<Reply>> RemoteServer::greet_http(const net::http::Headers& headers,
                                                               Milliseconds patience) {
  auto discovering = discover(headers, patience);
  auto reply = co_await std::move(discovering);
  if (!reply.is_result() && may_be_older(reply)) {
    auto shaking = shake_hands(headers, patience);
    reply = co_await std::move(shaking);
  }
  const auto status = reply.response.status;
  const bool knows_no_post = !reply.is_result() && (status == 400 || status == 404 || status == 405);
  if (knows_no_post && may_be_older(reply)) {
    auto greeting = greet_old_http(headers, patience, std::move(reply));
    co_return co_await std::move(greeting);
  }
  if (!reply.is_result()) co_return reply;
  greeted_ = true;
  co_return std::nullopt;
}

asio::awaitable<std::optional<Reply>> RemoteServer::greet_old_http(const net::http::Headers& headers,
                                                                   Milliseconds patience, Reply before) {
  const auto executor = co_await asio::this_coro::executor;
  const auto old = std::make_shared<SseLink>(means_.http, service_, executor, heard());
  auto opening = old->open(headers, std::min(patience, kOldPatience));
  // What the POST was answered with says more than that there is no stream either.
  if (co_await std::move(opening)) co_return before;
  if (closed_ || !link_) {
    old->close();
    co_return no(Errc::unavailable, std::string(kClosed));
  }
  link_->close();
  http_.reset();
  link_ = old;
  auto shaking = shake_hands(headers, patience);
  auto reply = co_await std::move(shaking);
  if (!reply.is_result()) co_return reply;
  greeted_ = true;
  co_return std::nullopt;
}

asio::awaitable<std::optional<Reply>> RemoteServer::greet_program(Milliseconds patience) {
  const net::http::Headers none;  // it outlives what is awaited
  auto shaking = shake_hands(none, patience);
  auto reply = co_await std::move(shaking);
  if (reply.kind == Reply::Kind::refused) {
    auto discovering = discover(none, patience);
    reply = co_await std::move(discovering);
  }
  if (!reply.is_result()) co_return reply;
  greeted_ = true;
  co_return std::nullopt;
}

}  // namespace troupe::assistant::mcp_client
