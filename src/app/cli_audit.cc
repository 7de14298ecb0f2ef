// troupe audit: who did what, whether the log is whole, and a copy of it for a verifier.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>

#include "app/cli_line.h"
#include "app/commands.h"

namespace troupe::app {
namespace {

namespace json = boost::json;

std::string_view name_of_kind(std::string_view kind) { return kind == "room" ? "message in a room" : "time stamp"; }

/// What a head that was written down elsewhere covers.
std::string covering(const json::object& anchor) {
  const auto proven = text_at(anchor, "/proven_at");
  return fmt::format("record {}, {} ({})", text_at(anchor, "/last_id"),
                     proven.empty() ? text_at(anchor, "/at") : proven, for_terminal(text_at(anchor, "/place")));
}

/// The newest of each kind says how far the log is covered; each wrong one is said.
void print_anchors(const json::object& report) {
  if (text_at(report, "/anchors_total") == "0") return;
  std::map<std::string, const json::object*> newest;
  for (const auto& each : report.at("anchors").as_array()) {
    const auto& anchor = each.as_object();
    const auto state = text_at(anchor, "/state"), kind = text_at(anchor, "/kind");
    if (state == "matches" || state == "proven") newest[kind] = &anchor;
    if (state == "contradicts" || state == "unproven")
      fmt::print("WRONG: the {} of {}: {}.\n", name_of_kind(kind), covering(anchor),
                 for_terminal(text_at(anchor, "/problem")));
  }
  fmt::print("{} heads of it were written down elsewhere.\n", text_at(report, "/anchors_total"));
  for (const auto& [kind, anchor] : newest) {
    const auto problem = text_at(*anchor, "/problem");
    fmt::print("By a {} everything is covered up to {}; {}.\n", name_of_kind(kind), covering(*anchor),
               text_at(*anchor, "/state") == "proven" ? "it was checked there"
               : problem.empty()                      ? "it was not asked there"
                                                      : "it could not be asked there: " + for_terminal(problem));
  }
}

void print_report(const json::object& report, bool quiet) {
  const auto problem = text_at(report, "/problem");
  if (quiet && problem.empty()) return fmt::print("{}\n", text_at(report, "/head"));
  if (problem.empty()) {
    fmt::print("The log is whole: {} records continue each other. Head: {}\n", text_at(report, "/checked"),
               text_at(report, "/head"));
  } else {
    fmt::print("{} records continue each other, then: {}.\n", text_at(report, "/checked"), for_terminal(problem));
  }
  if (const auto old = text_at(report, "/unchained"); old != "0") {
    fmt::print("{} records are older than the chain: nothing proves them.\n", old);
  }
  if (const auto found = text_at(report, "/found_id"); !found.empty()) {
    fmt::print("The given hash is that of {}{}.\n", found == "0" ? "the chain's beginning" : "record ",
               found == "0" ? "" : found);
  }
  print_anchors(report);
}

/// Whether the chain has come to a record by now.
bool is_of_chain(Asker& asker, std::int64_t id) {
  const auto page = asker.object(
      {.method = "GET", .target = fmt::format("/api/v1/audit/lines?after={}&limit=1", id), .body = {}}, false);
  return !page || page->at("chain").at("last_id").to_number<std::int64_t>() >= id;
}

}  // namespace

int CommandLine::verify_audit() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  Asker asker(config->settings, modules_);
  const auto target = "/api/v1/audit/verify?head=" + base::percent_encode(args_.text);
  auto report = asker.object({.method = "GET", .target = target, .body = {}}, options_.output.json);
  if (!report) return kFailed;
  if (options_.output.json) {
    fmt::print("{}\n", json::serialize(*report));
  } else {
    print_report(*report, options_.output.quiet);
  }
  return text_at(*report, "/problem").empty() ? kDone : kFailed;
}

int CommandLine::export_audit() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  std::ofstream file;
  const bool to_terminal = args_.out == "-";
  std::ostream& out = to_terminal ? std::cout : file;
  Asker asker(config->settings, modules_);
  std::int64_t written = 0, last = 0;
  for (std::int64_t after = 0; after <= last && out;) {
    auto page =
        asker.object({.method = "GET", .target = fmt::format("/api/v1/audit/lines?after={}", after), .body = {}},
                     options_.output.json);
    if (!page) return kFailed;
    if (after == 0) {
      if (!to_terminal) file.open(args_.out, std::ios::binary | std::ios::trunc);
      last = page->at("chain").at("last_id").to_number<std::int64_t>();
      out << json::serialize(json::object{{"chain", page->at("chain")}}) << '\n';
    }
    const auto& items = page->at("items").as_array();
    for (const auto& item : items) {
      after = item.at("id").to_number<std::int64_t>();
      // What came meanwhile is not of this copy; what stands behind the newest of then was put in, and is for whoever
      // checks the copy.
      if (after > last && (is_of_chain(asker, after) || (last == 0 && text_at(item.as_object(), "/hash").empty())))
        break;
      out << json::serialize(item) << '\n';
      ++written;
    }
    if (items.empty()) break;
  }
  // Behind the records: what was written down after the last of them is not of this copy.
  for (std::int64_t after = 0; out;) {
    auto page =
        asker.object({.method = "GET", .target = fmt::format("/api/v1/audit/anchors?after={}", after), .body = {}},
                     options_.output.json);
    if (!page) return kFailed;
    const auto& items = page->at("items").as_array();
    for (const auto& item : items) {
      after = item.at("id").to_number<std::int64_t>();
      if (item.at("last_id").to_number<std::int64_t>() <= last)
        out << json::serialize(json::object{{"anchor", item}}) << '\n';
    }
    if (items.empty()) break;
  }
  out.flush();
  if (!out) {
    fmt::print(stderr, "troupe: {} could not be written: {}\n", args_.out, std::strerror(errno));
    return kFailed;
  }
  if (!to_terminal && !options_.output.quiet) fmt::print("{} records written to {}.\n", written, args_.out);
  return kDone;
}

void CommandLine::add_audit_command() {
  auto* audit = app_.add_subcommand("audit", "Who did what, newest first");
  audit->fallthrough();
  audit->footer("Examples:\n  troupe audit --action user\n  troupe audit verify");
  auto* verify = audit->add_subcommand("verify", "Whether every record of the log continues the one before it");
  verify->add_option("--head", args_.text, "A head that was written down elsewhere: is it part of the log?");
  auto* copy =
      audit->add_subcommand("export", "Write the log to a file, a record a line, with the hashes of its chain");
  copy->add_option("file", args_.out, "The file, or - for standard output")->required();
  for (auto* command : {verify, copy}) command->fallthrough();
  audit->callback([this, verify, copy] {
    action_ = [this, verify, copy] {
      if (verify->parsed()) return verify_audit();
      if (copy->parsed()) return export_audit();
      auto target = fmt::format("/api/v1/audit?limit={}&search={}&action={}&actor={}&kind={}", args_.limit,
                                base::percent_encode(args_.search), base::percent_encode(args_.action),
                                base::percent_encode(args_.actor), base::percent_encode(args_.kind));
      return call("GET", target, {}, Show::table);
    };
  });
  audit->add_option("--search", args_.search, "Part of actor, action or target");
  audit->add_option("--action", args_.action, "user.create, or user for all that begins with it");
  audit->add_option("--actor", args_.actor, "Who, exactly");
  audit->add_option("--kind", args_.kind, "action, api_call or command_run");
  audit->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
}

}  // namespace troupe::app
