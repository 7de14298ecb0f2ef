#include "app/commands.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "app/program.h"
#include "base/log.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr std::size_t kWidestColumn = 48;
constexpr int kFirstErrorStatus = 400;

std::string plain(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return "";
  return json::serialize(value);
}

std::string fitted(std::string text) {
  text = for_terminal(text);
  if (text.size() > kWidestColumn) text = text.substr(0, kWidestColumn - 3) + "...";
  return text;
}

void print_object(const json::object& object) {
  for (const auto& [name, value] : object) {
    if (const auto* inner = value.if_object(); inner && (name == "user" || name == "bot")) {
      print_object(*inner);
    } else {
      fmt::print("{}: {}\n", std::string_view(name), for_terminal(plain(value)));
    }
  }
}

void print_table(const json::array& rows) {
  if (rows.empty()) {
    fmt::print("Nothing yet.\n");
    return;
  }
  std::vector<std::string> columns;
  for (const auto& row : rows) {
    if (!row.is_object()) continue;
    for (const auto& [name, value] : row.get_object()) {
      if (value.is_object() || value.is_array()) continue;
      if (std::ranges::find(columns, std::string(name)) == columns.end()) columns.emplace_back(name);
    }
  }
  std::vector<std::vector<std::string>> cells{columns};
  for (const auto& row : rows) {
    std::vector<std::string> line;
    for (const auto& column : columns) {
      const auto* value = row.is_object() ? row.get_object().if_contains(column) : nullptr;
      line.push_back(value ? fitted(plain(*value)) : "");
    }
    cells.push_back(std::move(line));
  }
  std::vector<std::size_t> widths(columns.size());
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const auto& line : cells) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) out += fmt::format("{:{}}  ", line[i], widths[i]);
    out.erase(out.find_last_not_of(' ') + 1);
    fmt::print("{}\n", out);
  }
}

}  // namespace

std::string for_terminal(std::string_view text) {
  std::string clean(text);
  std::ranges::replace_if(clean, [](unsigned char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  std::ranges::replace_if(clean, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return clean;
}

void print_answer(const std::string& body, bool as_json, Show show) {
  if (body.empty()) {
    fmt::print("{}", as_json ? "{}\n" : "Done.\n");
    return;
  }
  boost::system::error_code failed;
  const auto value = json::parse(body, failed);
  if (failed || as_json || show == Show::raw) {
    fmt::print("{}\n", body);
    return;
  }
  const auto* object = value.if_object();
  const auto* items = object ? object->if_contains("items") : nullptr;
  const auto* rows = items ? items->if_array() : value.if_array();
  if (rows) {
    print_table(*rows);
  } else if (object) {
    print_object(*object);
  } else {
    fmt::print("{}\n", body);
  }
}

void print_error(const std::string& body, bool as_json) {
  boost::system::error_code failed;
  const auto value = json::parse(body, failed);
  const auto* object = failed ? nullptr : value.if_object();
  if (!object || as_json) {
    fmt::print(stderr, "{}\n", body);
    return;
  }
  const auto* detail = object->if_contains("detail");
  fmt::print(stderr, "troupe: {}\n", detail ? plain(*detail) : body);
  const auto* errors = object->if_contains("errors");
  if (!errors || !errors->is_array()) return;
  for (const auto& error : errors->get_array()) fmt::print(stderr, "        {}\n", plain(error));
}

Asker::Asker(const host::Settings& settings) : settings_(settings) {}
Asker::~Asker() = default;

Result<LocalReply> Asker::ask(const CommandRequest& request) {
  if (!program_) {
    const LocalRequest asked{.method = request.method, .target = request.target, .body = request.body};
    TRY(auto answered, call_local(settings_.data_dir / "run" / "troupe.sock", asked));
    if (answered) return *std::move(answered);
    base::configure_log({.level = base::LogLevel::error, .format = base::LogFormat::text});
    TRY(program_, Program::open(settings_, Mode::offline));
    if (program_->new_admin_password()) {
      fmt::print(stderr, "The account \"admin\" was made. Its password, shown only now: {}\n",
                 *program_->new_admin_password());
    }
  }
  net::Request http;
  http.method = request.method;
  http.target = request.target;
  http.body = request.body;
  auto response = program_->handle(std::move(http));
  return LocalReply{.status = response.status,
                    .body = response.shared_body ? *response.shared_body : std::move(response.body)};
}

int run_command(const host::Settings& settings, const CommandRequest& request, bool as_json, Show show) {
  auto reply = Asker(settings).ask(request);
  if (!reply) {
    fmt::print(stderr, "troupe: {}\n", reply.error().message());
    return 1;
  }
  if (reply->status >= kFirstErrorStatus) {
    print_error(reply->body, as_json);
    return 1;
  }
  print_answer(reply->body, as_json, show);
  return 0;
}

}  // namespace troupe::app
