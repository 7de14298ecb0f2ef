#include "app/commands.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <cstdio>

#include "app/program.h"
#include "base/log.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr int kFirstErrorStatus = 400;
constexpr int kPage = 1'000;

}  // namespace

Asker::Asker(const host::Settings& settings, const std::vector<host::Module>& every_module)
    : Asker(settings, every_module, Mode::offline) {}
Asker::Asker(const host::Settings& settings, const std::vector<host::Module>& every_module, Mode mode)
    : settings_(settings), every_module_(every_module), mode_(mode) {}
Asker::~Asker() = default;

Result<LocalReply> Asker::ask(const CommandRequest& request) {
  if (!program_) {
    const LocalRequest asked{
        .method = request.method, .target = request.target, .body = request.body, .range = request.range};
    TRY(auto answered, call_local(settings_.data_dir / "run" / "troupe.sock", asked));
    if (answered) return *std::move(answered);
    base::configure_log({.level = base::LogLevel::error, .format = base::LogFormat::text});
    TRY(program_, Program::open(settings_, mode_, every_module_));
  }
  net::http::Request http;
  http.method = request.method;
  http.target = request.target;
  http.body = request.body;
  if (!request.range.empty()) http.headers.set("Range", request.range);
  auto response = program_->handle(std::move(http));
  LocalReply reply{.status = response.status, .body = std::move(response.body)};
  if (response.shared_body) reply.body = *response.shared_body;
  return reply;
}

std::optional<json::object> Asker::object(const CommandRequest& request, bool as_json) {
  auto body = good_body(ask(request), as_json);
  if (!body) return std::nullopt;
  boost::system::error_code failed;
  auto value = json::parse(*body, failed);
  if (failed || !value.is_object()) {
    fmt::print(stderr, "troupe: the server answered something else than JSON\n");
    return std::nullopt;
  }
  return std::move(value.get_object());
}

std::optional<json::array> Asker::items(const std::string& target, bool as_json) {
  json::array all;
  for (std::string from = "0"; !from.empty();) {
    auto page = object({.method = "GET", .target = fmt::format("{}limit={}&from={}", target, kPage, from), .body = {}},
                       as_json);
    if (!page) return std::nullopt;
    if (const auto* items = page->if_contains("items"); items && items->is_array()) {
      for (const auto& item : items->get_array()) all.push_back(item);
    }
    from = text_at(*page, "/next_from");
  }
  return all;
}

std::optional<std::string> good_body(Result<LocalReply> reply, bool as_json) {
  if (!reply) {
    fmt::print(stderr, "troupe: {}\n", reply.error().message());
    return std::nullopt;
  }
  if (reply->status >= kFirstErrorStatus) {
    print_error(reply->body, as_json);
    return std::nullopt;
  }
  return std::move(reply->body);
}

}  // namespace troupe::app
