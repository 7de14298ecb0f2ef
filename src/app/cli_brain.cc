// The settings of a brain from the command line. Which there are, and of which type, is in the kind's own schema.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "app/cli_line.h"
#include "base/nearest.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr std::size_t kMaxConfigBytes = 64UL * 1024;

std::nullopt_t complain(const std::string& sentence) {
  fmt::print(stderr, "troupe: {}\n", for_terminal(sentence));
  return std::nullopt;
}

/// The settings of one kind: name to schema.
using Schema = json::object;

std::optional<Schema> schema_of(Asker& asker, const std::string& kind, bool as_json) {
  auto kinds = asker.object({.method = "GET", .target = "/api/v1/brains", .body = {}}, as_json);
  if (!kinds) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& one : kinds->at("items").as_array()) {
    names.push_back(text_at(one, "/kind"));
    if (names.back() == kind) return one.at("config_schema").at("properties").as_object();
  }
  const auto meant = base::did_you_mean(kind, names);
  return complain(fmt::format("there is no brain \"{}\"{} There are: {}", kind, meant.empty() ? "." : "; " + meant,
                              fmt::join(names, ", ")));
}

/// The kind's name for what an option of the command line stands for; nothing when it has no such setting.
const std::string* known_as(const Schema& schema, const std::vector<std::string>& names) {
  auto found = std::ranges::find_if(names, [&](const std::string& name) { return schema.contains(name); });
  return found == names.end() ? nullptr : &*found;
}

/// "name=value" by the setting's type: texts as they are, everything else as JSON.
std::optional<json::value> typed(const json::value& about, const std::string& name, const std::string& text) {
  if (text_at(about, "/type") == "string") return json::value(text);
  boost::system::error_code failed;
  auto value = json::parse(text, failed);
  if (failed) return complain(fmt::format("{} must be {}, as JSON, not {}", name, text_at(about, "/type"), text));
  return value;
}

class ConfigMaker {
 public:
  ConfigMaker(const Arguments::Brain& given, const Schema& schema, json::object present)
      : given_(given), schema_(schema), config_(std::move(present)) {}

  std::optional<json::object> make() {
    const bool good = read_file() && set({"base_url", "url"}, "--url", given_.url) &&
                      set({"model"}, "--model", given_.model) && set_command() && set_others() && read_key();
    if (!good) return std::nullopt;
    return std::move(config_);
  }

 private:
  /// Replaces what there was: the whole config is in the file, in standard input, or in the option itself.
  bool read_file() {
    if (given_.config.empty()) return true;
    auto text = given_.config.starts_with('{') ? given_.config : read_input(given_.config, kMaxConfigBytes);
    if (!text) return false;
    boost::system::error_code failed;
    auto value = json::parse(*text, failed);
    if (failed || !value.is_object()) {
      complain("--brain-config must be a JSON object, or name a file that holds one");
      return false;
    }
    config_ = std::move(value.get_object());
    return true;
  }

  bool set(const std::vector<std::string>& names, std::string_view option, const std::string& value) {
    if (value.empty()) return true;
    const auto* name = known_as(schema_, names);
    if (!name) {
      complain(fmt::format("the brain {} has no {}", given_.kind, option));
      return false;
    }
    config_[*name] = value;
    return true;
  }

  bool set_command() {
    if (given_.program.empty() && given_.arguments.empty()) return true;
    if (!schema_.contains("command") || given_.program.empty()) {
      complain(given_.program.empty() ? "--arg needs --program" : "only the brain program has --program");
      return false;
    }
    json::array command{json::value(given_.program)};
    for (const auto& argument : given_.arguments) command.emplace_back(argument);
    config_["command"] = std::move(command);
    return true;
  }

  bool set_others() {
    std::vector<std::string> names;
    for (const auto& one : schema_) names.emplace_back(one.key());
    for (const auto& setting : given_.settings) {
      const auto equal = setting.find('=');
      const auto name = setting.substr(0, equal);
      const auto* about = schema_.if_contains(name);
      if (equal == setting.npos || !about) {
        const auto meant = base::did_you_mean(name, names);
        complain(equal == setting.npos ? fmt::format("--set wants NAME=VALUE, not \"{}\"", setting)
                                       : fmt::format("the brain {} has no setting \"{}\"{}{}", given_.kind, name,
                                                     meant.empty() ? "" : "; ", meant));
        return false;
      }
      auto value = typed(*about, name, setting.substr(equal + 1));
      if (!value) return false;
      config_[name] = *std::move(value);
    }
    return true;
  }

  bool read_key() {
    if (!given_.key_from_stdin) return true;
    if (given_.config == "-") {
      complain("standard input can be the key or the configuration, not both");
      return false;
    }
    auto key = read_secret("Key");
    if (key.empty()) {
      complain("no key came from standard input");
      return false;
    }
    return set({"api_key", "secret"}, "key", key);
  }

  const Arguments::Brain& given_;
  const Schema& schema_;
  json::object config_;
};

}  // namespace

std::optional<json::object> brain_config(Asker& asker, const Arguments::Brain& given, json::object present,
                                         bool as_json) {
  auto schema = schema_of(asker, given.kind, as_json);
  if (!schema) return std::nullopt;
  return ConfigMaker(given, *schema, std::move(present)).make();
}

}  // namespace troupe::app
