// One MCP server as one account of one tenant talks to it: which protocol it speaks, its session, what it offers.
#pragma once
#include <filesystem>
#include <map>

#include "assistant/calls/tools.h"
#include "assistant/mcp_client/change_stream.h"
#include "assistant/mcp_client/gate.h"
#include "assistant/mcp_client/http_link.h"
#include "assistant/mcp_client/program_link.h"
#include "assistant/mcp_client/sse_link.h"

namespace troupe::assistant::mcp_client {

/// What servers are reached with. Outlives them.
struct Means {
  net::client::HttpClient& http;
  runtime::sandbox::Programs* programs = nullptr;  ///< nullptr: no programs are run here
  std::filesystem::path folders;                   ///< where programs have one each
  std::string version;                             ///< of this program, for servers to know
  ChangeStream::Pauses pauses = {};                ///< between streams of what servers say by themselves
  std::string path = {};                           ///< where programs are found; empty: in the system's folders
};

inline constexpr std::size_t kMaxListPages = 50;

/// Begins with the handshake of 2025-11-25 and older, or without one (2026-07-28), as the server speaks; over HTTP the
/// newer one is tried first, as the specification has it, and HTTP with a stream beside it (2024-11-05) last, and with
/// programs the older one, which nearly all of them speak. Where a server says that it tells when its tools change, it
/// is heard all the while. A program that ends is started again when it is wanted, after a pause that doubles up to a
/// minute.
///
/// All calls on one executor that one thread runs.
class RemoteServer : public std::enable_shared_from_this<RemoteServer> {
 public:
  /// `changed` is called when the list of its tools is another one by now.
  RemoteServer(const Means& means, calls::Service service, std::function<void()> changed)
      : means_(means), service_(std::move(service)), changed_(std::move(changed)) {}

  asio::awaitable<calls::Arrived> call(calls::ToolCall call);
  Task<JsonArray> list(net::http::Headers headers, std::chrono::milliseconds patience);
  void close();
  const std::string& account() const { return service_.account; }
  /// How many requests are under way, and when the last one ended.
  std::size_t busy() const { return busy_; }
  std::chrono::steady_clock::time_point used() const { return used_; }
  /// Whether it is heard when its tools change.
  bool is_heard() const {
    return (stream_ && stream_->goes_on()) || (is_old_http() && says_changes_ && link_->alive());
  }

 private:
  using Milliseconds = std::chrono::milliseconds;
  using Steady = std::chrono::steady_clock;
  class Use;

  /// Of 2024-11-05 over HTTP: its link is neither http_ nor program_.
  bool is_old_http() const { return link_ && !http_ && !program_; }
  bool is_program() const { return service_.pack->config.mcp->stdio; }
  /// A request of the era that was found: what it says of itself. `headers` are the pack's and the credential's.
  Asked framed(Asked asked, std::string_view name = {}) const;
  /// Sends one.
  asio::awaitable<Reply> ask(Asked asked, std::string_view name = {});
  /// Connects where nothing is connected. Nothing: it can be asked. Else why not.
  asio::awaitable<std::optional<Reply>> ready(const net::http::Headers& headers, Milliseconds patience);
  /// Connects, and lists its tools where what is known of them is old. Nothing: the call may go out.
  asio::awaitable<std::optional<Reply>> look_at(const calls::ToolCall& call);
  asio::awaitable<Reply> call_tool(const calls::ToolCall& call);
  asio::awaitable<std::optional<Reply>> connect(const net::http::Headers& headers, Milliseconds patience);
  asio::awaitable<std::optional<Reply>> start_program();
  asio::awaitable<std::optional<Reply>> greet_http(const net::http::Headers& headers, Milliseconds patience);
  /// Over HTTP as it was before Streamable HTTP, where what was said before was not understood.
  asio::awaitable<std::optional<Reply>> greet_old_http(const net::http::Headers& headers, Milliseconds patience,
                                                       Reply before);
  asio::awaitable<std::optional<Reply>> greet_program(Milliseconds patience);
  asio::awaitable<Reply> discover(const net::http::Headers& headers, Milliseconds patience);
  asio::awaitable<Reply> shake_hands(const net::http::Headers& headers, Milliseconds patience);
  /// The answer of whom `link` leads to says that it has forgotten the session, and that nothing was done.
  static bool lost_session(const std::shared_ptr<Link>& link, const Reply& reply);
  /// Unless another has taken its place meanwhile: somebody else may have been told the same, and be greeted already.
  void drop_lost(const std::shared_ptr<Link>& link);
  void drop_link();
  asio::awaitable<Reply> list_again(const net::http::Headers& headers, Milliseconds patience, JsonArray& tools);
  void keep(const JsonArray& tools);
  bool is_known(const packs::Tool& tool) const;
  bool is_old() const;
  Heard heard();
  /// Has it say when its tools change, where it offers to: over HTTP by a stream, as a program by a subscription where
  /// it does not do so by itself.
  void hear_changes(const asio::any_io_executor& executor, const net::http::Headers& headers);

  const Means& means_;
  calls::Service service_;
  std::function<void()> changed_;
  Gate connecting_;
  std::shared_ptr<Link> link_;
  std::shared_ptr<HttpLink> http_;
  std::shared_ptr<ProgramLink> program_;
  std::shared_ptr<ChangeStream> stream_;  ///< of http_
  bool greeted_ = false, modern_ = false, stale_ = true, closed_ = false;
  bool says_changes_ = false;                   ///< of its tools
  bool subscribed_ = false;                     ///< program_, of 2026-07-28
  std::map<std::string, std::string> digests_;  ///< of its tools by name, when they were last listed
  Steady::time_point listed_{}, started_{}, not_before_{}, used_ = Steady::now();
  Milliseconds pause_{0};             ///< before the program is started the next time
  std::string last_words_;            ///< why it ended the last time
  std::optional<Error> not_started_;  ///< why it could not be started the last time
  std::size_t busy_ = 0;
};

}  // namespace troupe::assistant::mcp_client
