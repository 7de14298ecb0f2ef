#include "assistant/packs/commands.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "assistant/packs/added.h"

namespace troupe::assistant::packs {
namespace {

constexpr std::size_t kNameWidth = 34;

Said failed(const std::string& message) {
  return {.json = JsonObject{{"ok", false}, {"error", message}}, .text = message + "\n", .good = false};
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

std::string text_of(const JsonObject& object, std::string_view key) {
  return std::string(matrix::find_string(object, key).value_or(""));
}

/// {"ok", "errors", "warnings", "findings": […]} and the same as lines.
Said findings_said(const report::Findings& findings) {
  Said out;
  JsonArray list;
  for (const auto& each : findings.sorted()) {
    list.push_back(report::to_json(each));
    out.text += padded(std::string(report::name_of(each.severity)), 9) + each.file +
                (each.pointer.empty() ? "" : "#" + each.pointer) + ": " + each.message + "\n" + std::string(9, ' ') +
                "-> " + each.advice + "\n";
  }
  if (findings.left_out() != 0) out.text += "… and " + std::to_string(findings.left_out()) + " more\n";
  out.good = !findings.has_errors();
  out.json = JsonObject{{"ok", out.good},
                        {"errors", findings.errors()},
                        {"warnings", findings.warnings()},
                        {"left_out", findings.left_out()},
                        {"findings", std::move(list)}};
  return out;
}

Said checked_said(const Checked& checked) {
  auto out = findings_said(checked.findings);
  if (!checked.pack) {
    out.text += "The pack cannot be used as it is.\n";
    return out;
  }
  const auto& pack = *checked.pack;
  auto& object = out.json.get_object();
  object["service"] = pack.config.service;
  object["operations"] = pack.operations.size();
  object["workflows"] = pack.workflows.size();
  object["probes"] = pack.probes.size();
  out.text += pack.config.service + ": " + std::to_string(pack.operations.size()) + " operations, " +
              std::to_string(pack.workflows.size()) + " workflows, " + std::to_string(pack.probes.size()) +
              " probes. The pack is fine.\n";
  return out;
}

std::string lines_of(const JsonObject& pack) {
  std::string out = text_of(pack, "service") + ": " + text_of(pack, "title") + "\n";
  out += "base URL     " + text_of(pack, "base_url") + "\ncredential   " + text_of(pack, "auth") + "\nenvironment ";
  for (const auto& each : pack.at("environment").as_array()) out += " " + std::string(each.get_string());
  out += "\nmay call    ";
  for (const auto& each : pack.at("egress").as_array()) out += " " + std::string(each.get_string());
  out += "\n\nWorkflows\n";
  for (const auto& each : pack.at("workflows").as_array())
    out += "  " + padded(text_of(each.get_object(), "intent"), kNameWidth) + text_of(each.get_object(), "description") +
           "\n";
  out += "\nOperations (r reads, w writes, ! needs approval)\n";
  for (const auto& each : pack.at("operations").as_array()) {
    const auto& row = each.get_object();
    const bool writes = row.at("writes").as_bool();
    out += std::string(row.at("approval").as_bool() ? "!" : " ") + (writes ? "w " : "r ") +
           padded(text_of(row, "action"), kNameWidth) + text_of(row, "summary") + "\n";
  }
  return out;
}

}  // namespace

Said check_folder(const std::filesystem::path& folder) {
  const auto files = read_folder(folder);
  if (!files) return failed(files.error().message());
  return checked_said(read_pack(*files));
}

Said list_packs(const std::filesystem::path& data_dir) {
  Said out;
  JsonArray list;
  for (const auto& known : known_packs(data_dir)) {
    const auto& pack = known.checked.pack;
    const std::string source = known.source == Source::shipped ? "shipped"
                               : known.replaces_shipped        ? "added, in place of the shipped one"
                                                               : "added";
    const std::string state = !pack ? "has errors" : pack->config.enabled ? "enabled" : "off";
    list.push_back(JsonObject{{"service", known.service},
                              {"title", pack ? pack->title : ""},
                              {"source", known.source == Source::shipped ? "shipped" : "added"},
                              {"replaces_shipped", known.replaces_shipped},
                              {"usable", pack.has_value()},
                              {"enabled", pack && pack->config.enabled},
                              {"operations", pack ? pack->operations.size() : 0},
                              {"workflows", pack ? pack->workflows.size() : 0}});
    // The running server knows the tools of an MCP server, its folder does not.
    const auto offers = pack && pack->config.mcp ? "an MCP server's"
                                                 : std::to_string(pack ? pack->operations.size() : 0) + " operations";
    out.text += padded(known.service, 18) + padded(state, 12) + padded(offers, 18) + source + "\n";
  }
  out.json = JsonObject{{"packs", std::move(list)}};
  return out;
}

Said show_pack(const std::filesystem::path& data_dir, const std::string& service, const std::string& operation) {
  const auto known = known_pack(data_dir, service);
  if (!known)
    return failed("There is no pack " + report::quoted(service) + "; troupe pack list shows those there are.");
  if (!known->checked.pack) return checked_said(known->checked);
  const auto& pack = *known->checked.pack;
  Said out;
  if (operation.empty()) {
    auto shown = describe(pack);
    out.text = lines_of(shown);
    out.json = std::move(shown);
    return out;
  }
  const auto* offered = pack.find(
      operation.starts_with(service + ".") ? std::string_view(operation).substr(service.size() + 1) : operation);
  if (!offered)
    return failed(service + " has no operation " + report::quoted(operation) + "; troupe pack show " + service +
                  " lists them.");
  auto shown = describe(pack, *offered);
  out.text = text_of(shown, "action") + ": " + text_of(shown, "method") + " " + text_of(shown, "path") + "\n" +
             text_of(shown, "description") + "\n\n" + boost::json::serialize(shown.at("arguments")) + "\n";
  out.json = std::move(shown);
  return out;
}

Said add_pack(const std::filesystem::path& data_dir, const std::filesystem::path& folder) {
  const auto files = read_folder(folder);
  if (!files) return failed(files.error().message());
  const auto checked = read_pack(*files);
  auto out = checked_said(checked);
  if (!checked.pack) return out;
  const auto added = AddedPacks(data_dir).add(checked.pack->config.service, *files);
  if (!added) return failed(added.error().message());
  out.json.get_object()["replaced"] = *added;
  out.text += *added ? "It has taken the place of the one that was there.\n" : "It was added.\n";
  // With the name come the shipped one's credentials.
  const auto shipped = shipped_services();
  const bool replaces = std::ranges::find(shipped, checked.pack->config.service) != shipped.end();
  out.json.get_object()["replaces_shipped"] = replaces;
  if (replaces)
    out.text += "It is used instead of the one that comes with the program: " + checked.pack->base_url +
                " gets that one's key.\n";
  return out;
}

Said remove_pack(const std::filesystem::path& data_dir, const std::string& service) {
  const auto shipped = shipped_services();
  const bool is_shipped = std::ranges::find(shipped, service) != shipped.end();
  const auto removed = AddedPacks(data_dir).remove(service);
  if (!removed && is_shipped && removed.error().code() == Errc::not_found)
    return failed(service +
                  " comes with the program and cannot be removed; add a pack of its name with \"enabled\": false to "
                  "turn it off.");
  if (!removed) return failed(removed.error().message());
  return {.json = JsonObject{{"ok", true}, {"service", service}, {"shipped_again", is_shipped}},
          .text = is_shipped ? "It was removed; the one that comes with the program is back.\n" : "It was removed.\n",
          .good = true};
}

}  // namespace troupe::assistant::packs
