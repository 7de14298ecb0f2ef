#include "app/config.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "base/nearest.h"
#include "host/endpoint.h"

namespace troupe::app {
namespace {

/// A credential that others may try to guess has at least so many characters.
constexpr std::size_t kWeakBelow = 12;

class Loader {
 public:
  explicit Loader(LoadedConfig& out) : out_(out) {}

  void set(std::string_view name, const std::string& value, std::string where) {
    const auto key = std::ranges::find(out_.keys, name, &host::Setting::key);
    if (key == out_.keys.end()) {
      complain(where, fmt::format("unknown key \"{}\"; did you mean \"{}\"?", name, nearest_key(name)));
      return;
    }
    if (auto wrong = key->value.read(out_.settings, value)) {
      complain(std::move(where), fmt::format("{} {}", name, *wrong));
      return;
    }
    out_.given[std::string(name)] = {.value = value, .where = std::move(where)};
  }

  void read_file(const std::filesystem::path& file) {
    auto parsed = toml::parse_file(file.string());
    if (parsed) {
      read_table(parsed.table(), "", file.string());
    } else {
      const auto& error = parsed.error();
      complain(fmt::format("{}:{}", file.string(), error.source().begin.line), std::string(error.description()));
    }
  }

  void read_environment(const Environment& environment) {
    for (const auto& key : out_.keys) {
      for (const auto& name : key.environment) {
        if (auto value = environment(name)) {
          set(key.key, *value, name);
          break;
        }
      }
    }
  }

 private:
  void read_table(const toml::table& table, const std::string& prefix, const std::string& file) {
    for (const auto& [name, node] : table) {
      const auto full = prefix + std::string(name.str());
      const auto where = fmt::format("{}:{}", file, node.source().begin.line);
      if (const auto* inner = node.as_table()) {
        read_table(*inner, full + ".", file);
      } else if (auto tables = tables_text(full, node)) {
        set(full, *tables, where);
      } else if (auto value = scalar_text(node)) {
        set(full, *value, where);
      } else {
        complain(where, fmt::format("{} has a value of a kind that no key takes", full));
      }
    }
  }

  /// Tables in a list, [[a.b]], as JSON, where the key says that it takes such.
  std::optional<std::string> tables_text(std::string_view name, const toml::node& node) const {
    const auto key = std::ranges::find(out_.keys, name, &host::Setting::key);
    const auto* list = node.as_array();
    if (key == out_.keys.end() || !key->value.takes.starts_with("tables [[") || !list ||
        !list->is_homogeneous(toml::node_type::table))
      return std::nullopt;
    std::ostringstream json;
    json << toml::json_formatter(*list, toml::format_flags::none);
    return json.str();
  }

  static std::optional<std::string> scalar_text(const toml::node& node) {
    if (const auto* s = node.as_string()) return s->get();
    if (const auto* n = node.as_integer()) return std::to_string(n->get());
    if (const auto* b = node.as_boolean()) return b->get() ? "true" : "false";
    const auto* list = node.as_array();
    if (!list) return std::nullopt;
    std::string joined;
    for (const auto& element : *list) {
      const auto* s = element.as_string();
      if (!s) return std::nullopt;
      joined += (joined.empty() ? "" : ",") + s->get();
    }
    return joined;
  }

  std::string nearest_key(std::string_view name) const {
    const auto distance = [&](const host::Setting& key) { return base::edit_distance(name, key.key); };
    return std::string(std::ranges::min_element(out_.keys, {}, distance)->key);
  }

  void complain(std::string where, std::string message) {
    out_.problems.push_back({.fatal = true, .where = std::move(where), .message = std::move(message)});
  }

  LoadedConfig& out_;
};

/// What the modules say of exposure, and credentials that can be guessed, for each listener that others reach.
std::vector<std::string> exposures(const LoadedConfig& config, const host::Review& review) {
  std::vector<std::string> out;
  for (const auto& listener : config.keys) {
    if (!listener.value.is_listener) continue;
    const auto address = listener.value.write(config.settings);
    auto parsed = host::parse_endpoint(address);
    if (!parsed || host::is_loopback(parsed->host)) continue;
    for (const auto& what : review.exposures) out.push_back(fmt::format("{} is reachable by others {}", address, what));
    for (const auto& key : config.keys) {
      if (key.secret != host::Secret::credential) continue;
      const auto value = key.value.write(config.settings);
      if (value.empty() || value.size() >= kWeakBelow) continue;
      out.push_back(fmt::format("{} is reachable by others and {} is shorter than {} characters: choose a longer one",
                                address, key.environment.front(), kWeakBelow));
    }
  }
  return out;
}

}  // namespace

bool LoadedConfig::usable() const {
  return std::ranges::none_of(problems, [](const ConfigProblem& p) { return p.fatal; });
}

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

std::vector<host::Setting> keys_of(const std::vector<host::Module>& modules) {
  std::vector<const host::Setting*> rows;  // a row is large: it is copied once, to its place
  for (const auto& module : modules) {
    for (const auto& row : module.settings) rows.push_back(&row);
  }
  std::ranges::sort(rows, {}, [](const host::Setting* row) { return row->key; });
  std::vector<host::Setting> keys;
  keys.reserve(rows.size());
  for (const auto* row : rows) {
    keys.push_back(*row);
    if (row->environment.empty()) keys.back().environment = {host::variable_of(row->key)};
  }
  return keys;
}

std::string flag_of(std::string_view key) {
  auto flag = "--" + std::string(key);
  std::ranges::replace_if(flag, [](char c) { return c == '.' || c == '_'; }, '-');
  return flag;
}

LoadedConfig load_config(const std::vector<host::Module>& modules, const std::optional<std::filesystem::path>& file,
                         const Environment& environment, const std::map<std::string, std::string>& flags) {
  LoadedConfig out;
  out.keys = keys_of(modules);
  Loader loader(out);
  if (file) loader.read_file(*file);
  loader.read_environment(environment);
  for (const auto& [name, value] : flags) loader.set(name, value, flag_of(name));
  host::Review review;
  for (const auto& module : modules) {
    if (module.review) module.review(out.settings, review);
  }
  out.exposures = exposures(out, review);
  std::ranges::move(review.problems, std::back_inserter(out.problems));
  out.at_start = std::move(review.at_start);
  return out;
}

}  // namespace troupe::app
