#include "app/doctor.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "app/local_socket.h"
#include "store/inspection.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
using host::Finding;

std::string_view word(Finding::Level level) {
  switch (level) {
    case Finding::Level::ok:
      return "ok";
    case Finding::Level::warning:
      return "warning";
    case Finding::Level::trouble:
      return "trouble";
  }
  return "trouble";
}

/// What the database holds of a module's migrations, against what the program knows.
Finding examine_schema(const host::Module& module, const store::Inspection& database) {
  const auto found = database.schema.find(module.name);
  const int applied = found == database.schema.end() ? 0 : found->second;
  const int known = module.migrations.empty() ? 0 : module.migrations.back().number;
  if (applied == known) return host::ok(fmt::format("the tables are at number {}", known));
  if (applied > known) {
    return host::trouble(
        fmt::format("the tables are at number {}, this program knows {}: a newer one wrote them", applied, known),
        "run the newer program, or put back a backup that this one made");
  }
  return host::warning(fmt::format("the tables are at number {} of {}", applied, known),
                       "nothing: the next start brings them up to date");
}

/// Who reaches the listeners, and what they find there.
void examine_exposure(const LoadedConfig& config, std::vector<Diagnosis>& out) {
  for (const auto& sentence : config.exposures) {  // "what is open: what to set"
    const auto colon = sentence.find(": ");
    const auto remedy = colon == sentence.npos ? "change the configuration" : sentence.substr(colon + 2);
    out.push_back({"program", "addresses", host::trouble(sentence.substr(0, colon), remedy)});
  }
  if (config.exposures.empty()) {
    const auto& settings = config.settings;
    const bool tls = !settings.tls_certificate.empty();
    out.push_back({"program", "addresses",
                   host::ok(fmt::format("{} and {}, {}", settings.listen_platform, settings.listen_matrix,
                                        tls                                ? "with TLS"
                                        : settings.trusted_proxies.empty() ? "for this machine only"
                                                                           : "behind a proxy"))});
  }
}

void examine_database(const std::vector<host::Module>& modules, const host::Settings& settings,
                      std::vector<Diagnosis>& out) {
  const auto database = store::inspect_database(settings.data_dir / "troupe.db", settings.database_url);
  if (!database) {
    out.push_back({"program", "database",
                   host::trouble(database.error().message(),
                                 settings.database_url.empty() ? "put back a backup, or give another --data DIR"
                                                               : "look at database.url and at the database's server")});
    return;
  }
  if (database->schema.empty()) {
    out.push_back({"program", "database", host::ok("there are no tables yet: the first start makes them")});
    return;
  }
  for (const auto& module : modules) {
    if (!module.migrations.empty()) {
      out.push_back({std::string(module.name), "tables", examine_schema(module, *database)});
    }
  }
}

void add_health(const json::object& health, std::vector<Diagnosis>& out) {
  const auto* checks = health.if_contains("checks");
  if (!checks || !checks->is_object()) {
    out.push_back({"server", "health", host::trouble("the running server does not say how it is", "look at its log")});
    return;
  }
  for (const auto& [name, row] : checks->get_object()) {
    const auto detail = text_at(row, "/detail");
    const bool well = text_at(row, "/ok") == "true";
    out.push_back(
        {"server", std::string(name), well ? host::ok("well") : host::trouble(detail, "look at the server's log")});
  }
}

json::array as_json(const std::vector<Diagnosis>& all) {
  json::array rows;
  for (const auto& [module, check, finding] : all) {
    json::object row{{"module", module}, {"check", check}, {"level", word(finding.level)}, {"says", finding.says}};
    if (!finding.remedy.empty()) row["remedy"] = finding.remedy;
    rows.push_back(std::move(row));
  }
  return rows;
}

void print_diagnoses(const std::vector<Diagnosis>& all) {
  for (const auto& [module, check, finding] : all) {
    fmt::print("{:8} {:26} {}\n", word(finding.level), fmt::format("{}: {}", module, check),
               for_terminal(finding.says));
    if (!finding.remedy.empty()) fmt::print("{:35} → {}\n", "", for_terminal(finding.remedy));
  }
}

/// Nothing when no server runs; an empty object when it gives no answer that can be read.
std::optional<json::object> ask_health(const host::Settings& settings) {
  const LocalRequest request{.method = "GET", .target = "/health", .body = {}};
  const auto answer = call_local(settings.data_dir / "run" / "troupe.sock", request);
  if (answer && !*answer) return std::nullopt;
  if (!answer) return json::object{};
  boost::system::error_code failed;
  auto body = json::parse((*answer)->body, failed);
  return failed || !body.is_object() ? json::object{} : std::move(body.get_object());
}

}  // namespace

std::vector<Diagnosis> examine(const std::vector<host::Module>& modules, const LoadedConfig& config,
                               const base::Clock& clock, const std::optional<json::object>& health) {
  std::vector<Diagnosis> all;
  const host::Examination examination{.settings = config.settings, .clock = clock, .server_runs = health.has_value()};
  for (const auto& module : modules) {
    for (const auto& check : module.doctor) {
      all.push_back({std::string(module.name), check.name, check.run(examination)});
    }
  }
  examine_exposure(config, all);
  examine_database(modules, config.settings, all);
  if (health) add_health(*health, all);
  return all;
}

int run_doctor(const std::vector<host::Module>& modules, const LoadedConfig& config, Output output) {
  const auto health = ask_health(config.settings);
  const auto all = examine(modules, config, base::system_clock(), health);
  const auto count = [&](Finding::Level level) {
    return std::ranges::count_if(all, [&](const Diagnosis& d) { return d.finding.level == level; });
  };
  const auto troubles = count(Finding::Level::trouble);
  if (output.json) {
    fmt::print("{}\n", json::serialize(json::object{{"ok", troubles == 0}, {"findings", as_json(all)}}));
  } else {
    print_diagnoses(all);
    fmt::print("{} in trouble, {} to know of, {} well.\n", troubles, count(Finding::Level::warning),
               count(Finding::Level::ok));
  }
  return troubles == 0 ? 0 : 1;
}

int list_backup(const std::vector<host::Module>& modules, const host::Settings& settings, Output output) {
  json::array steps;
  bool all_said = true;
  for (const auto& module : modules) {
    for (const auto& step : module.backup) {
      auto items = step.list(settings);
      if (!items) {
        fmt::print(stderr, "troupe: {}: {}\n", step.name, items.error().message());
        all_said = false;
        continue;
      }
      for (const auto& item : *items) {
        steps.push_back({{"module", module.name},
                         {"step", step.name},
                         {"help", step.help},
                         {"item", item.name},
                         {"files", item.files},
                         {"bytes", item.bytes}});
      }
    }
  }
  if (output.json) {
    fmt::print("{}\n", json::serialize(json::object{{"items", std::move(steps)}}));
  } else {
    constexpr Column kColumns[] = {
        {"STEP", "/step"}, {"WHAT", "/help"}, {"ITEM", "/item"}, {"FILES", "/files"}, {"BYTES", "/bytes"}};
    print_columns(steps, kColumns);
  }
  return all_said ? 0 : 1;
}

}  // namespace troupe::app
