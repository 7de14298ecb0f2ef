// The whole homeserver as the program has it, with identity below it, called through the router. Only tests include
// this.
#pragma once
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "homeserver/json_answer_fixture.h"
#include "homeserver/module.h"
#include "host/age_clock.h"
#include "identity/module.h"
#include "kit/program.h"
#include "matrix/accounts.h"
#include "matrix/json.h"

namespace troupe::homeserver {

using WholeAnswer = JsonAnswer;

struct WholeServerOptions {
  std::function<void(host::Settings&)> configure = {};  ///< before anything is set up
  net::client::HttpClient* web = nullptr;               ///< in place of WholeServer::http
};

/// The whole homeserver behind its real router, on a database of its own.
class WholeServer : public kit::Program {
 public:
  explicit WholeServer(const base::Clock& clock = base::system_clock(), const WholeServerOptions& options = {}) {
    settings.server_name = "example.org";
    if (options.configure) options.configure(settings);
    begin(clock, options.web);
    ages = host::AgeClock::open(*db, clock).value();
    context->offer(*ages);
    for (const auto& module : {identity::identity_module(), homeserver_module()}) set_up(module);
    router.freeze();
  }
  ~WholeServer() override { end(); }

  /// Makes the account and yields an access token.
  std::string person(const std::string& localpart) {
    auto& accounts = context->get<matrix::Accounts>();
    matrix::NewAccount account;
    account.localpart = localpart;
    wait(accounts.create_account(std::move(account))).value();
    return wait(accounts.issue_token("@" + localpart + ":example.org", "PHONE")).value().access_token;
  }

  /// `path` starts after /_matrix/client/v3, unless it starts with "/_". An empty token is not sent.
  WholeAnswer call(const std::string& token, std::string method, std::string path, const matrix::Json& body = {}) {
    return wait(answer(request(token, std::move(method), std::move(path), body)));
  }
  /// The same, not waited for.
  std::future<WholeAnswer> start(const std::string& token, std::string method, std::string path,
                                 const matrix::Json& body = {}) {
    return asio::co_spawn(tasks_run_on(), answer(request(token, std::move(method), std::move(path), body)),
                          asio::use_future);
  }
  /// A page that machines read, asked for from this one.
  std::string scrape(const std::string& path) {
    auto asked = request({}, "GET", path);
    asked.remote_address = "127.0.0.1";
    asked.headers.add("Host", "127.0.0.1");
    return wait(answer(std::move(asked))).text;
  }
  /// GETs of one account, several at once; answers in the order of the paths.
  std::vector<WholeAnswer> get_all(const std::string& token, std::vector<std::string> paths) {
    auto asked = std::make_shared<Asked>(std::move(paths));
    std::vector<std::future<void>> lanes;
    for (std::size_t lane = 0; lane < kAtOnce; ++lane)
      lanes.push_back(asio::co_spawn(tasks_run_on(), ask(token, asked, lane), asio::use_future));
    for (auto& lane : lanes) {
      if (lane.wait_for(kit::kPatience) != std::future_status::ready) throw std::runtime_error("a GET did not end");
      lane.get();
    }
    return std::move(asked->answers);
  }

  /// One round of a job of the homeserver.
  void run_job(std::string_view name) {
    for (const auto& job : context->jobs()) {
      if (job.name != name) continue;
      auto done = wait(job.run());
      if (!done) throw std::runtime_error(done.error().message() + " " + done.error().detail());
      return;
    }
    throw std::runtime_error("there is no such job");
  }

  std::string address = "192.0.2.7";  ///< where calls come from
  std::unique_ptr<host::AgeClock> ages;

 private:
  static constexpr std::size_t kAtOnce = 8;
  struct Asked {
    explicit Asked(std::vector<std::string> wanted) : paths(std::move(wanted)), answers(paths.size()) {}
    std::vector<std::string> paths;
    std::vector<WholeAnswer> answers;
  };

  net::http::Request request(const std::string& token, std::string method, std::string path,
                             const matrix::Json& body = {}) const {
    net::http::Request request;
    request.method = std::move(method);
    if (!path.starts_with("/_")) path.insert(0, "/_matrix/client/v3");
    if (!request.set_target(path)) throw std::runtime_error("bad target " + path);
    if (!body.is_null()) request.body = boost::json::serialize(body);
    request.remote_address = address;
    if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
    return request;
  }
  asio::awaitable<WholeAnswer> answer(net::http::Request request) {
    const auto response = co_await router.dispatch(host::kMatrixListener, request);
    WholeAnswer answer{response.status, response.shared_body ? *response.shared_body : response.body, {}};
    boost::system::error_code broken;
    answer.json = boost::json::parse(answer.text, broken);
    co_return answer;
  }
  asio::awaitable<void> ask(std::string token, std::shared_ptr<Asked> asked, std::size_t lane) {
    for (auto i = lane; i < asked->paths.size(); i += kAtOnce)
      asked->answers[i] = co_await answer(request(token, "GET", asked->paths[i]));
  }
};

}  // namespace troupe::homeserver
