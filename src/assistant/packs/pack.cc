#include "assistant/packs/pack.h"

#include <algorithm>

#include "assistant/openapi/names.h"
#include "assistant/openapi/reader.h"
#include "assistant/packs/address.h"
#include "assistant/packs/found_sign_in.h"
#include "assistant/packs/sign_in.h"
#include "assistant/schema/validator.h"
#include "base/text.h"

namespace troupe::assistant::packs {
namespace {

using report::below;
using report::InFile;

constexpr std::string_view kConfig = "config.json", kWorkflows = "workflows.json", kProbes = "probes.json",
                           kExamples = "examples.jsonl", kToolList = "tools/list";

/// "GET /jobs/{}": by this a config's operation and the document's are the same.
std::string call_shape(std::string_view method, std::string_view path) {
  return std::string(method) + " " + openapi::path_shape(path);
}

/// Makes a pack of its files, one part after the other; each part says what it misses.
class PackReader {
 public:
  PackReader(const Files& files, const JsonArray* tools, report::Findings& findings)
      : files_(files), tools_(tools), findings_(findings), config_report_(findings, std::string(kConfig)) {}

  std::optional<Pack> read() {
    const auto config = json_file(kConfig);
    if (!config || !config->is_object()) {
      if (config) config_report_.error("", "this is no object", "see docs/packs.md");
      return std::nullopt;
    }
    pack_.config = read_config(config->get_object(), config_report_);
    if (findings_.has_errors()) return std::nullopt;  // the rest would be read under a wrong name
    read_document();
    read_tool_list();
    add_from_config();
    // What an MCP server's pack does not say its server does (found_sign_in.h).
    if (!finds_sign_in(pack_.config))
      complete_sign_in(pack_.config.auth, document_ ? &*document_ : nullptr, pack_.operations, config_report_,
                       InFile(findings_, document_file_));
    reach();
    for (auto& [name, offered] : pack_.operations) settle(name, offered);
    check_undo();
    check_test();
    read_workflows();
    read_probes();
    check_rest();
    if (findings_.has_errors()) return std::nullopt;
    return std::move(pack_);
  }

 private:
  std::optional<Json> json_file(std::string_view name) {
    const auto found = files_.find(name);
    if (found == files_.end()) return std::nullopt;
    auto parsed = matrix::parse_json(found->second);
    if (parsed) return *std::move(parsed);
    InFile(findings_, std::string(name))
        .error("", "this is no JSON: " + parsed.error().message(), "a key that is there twice is a mistake too");
    return std::nullopt;
  }

  void read_document() {
    if (pack_.config.mcp) return;
    const auto name = document_name();
    if (name.empty()) {
      if (pack_.config.operations.empty())
        config_report_.error("/openapiRef", "the pack has neither a document nor operations",
                             "add openapi.json or openapi.yaml, or list operations with method and path");
      return;
    }
    document_file_ = name;
    const InFile report(findings_, name);
    document_ = openapi::read_document(files_.find(name)->second, report);
    if (!document_) return;
    pack_.title = document_->title();
    openapi::ReadOptions options{.service = pack_.config.service, .name_of = {}, .wants = {}};
    std::map<std::string, std::string> names;
    for (const auto& [operation, settings] : pack_.config.operations) {
      if (settings.only_named) continue;
      names.emplace(call_shape(settings.method, settings.path), operation);
      options.reserved.insert(operation);
    }
    options.name_of = [&](std::string_view method, std::string_view path) {
      const auto found = names.find(call_shape(method, path));
      return found == names.end() ? std::string() : found->second;
    };
    // Nobody is asked for a key as for an argument, nor may one say another.
    const auto& auth = pack_.config.auth;
    if (auth.scheme == Scheme::header) options.own_headers.insert(base::ascii_lower(auth.header));
    for (const auto& [header, value] : pack_.config.headers) options.own_headers.insert(base::ascii_lower(header));
    const bool all = pack_.config.operations.empty() || pack_.config.offers_all;
    if (!all) options.wants = [&](std::string_view operation) { return pack_.config.operations.contains(operation); };
    for (auto& operation : openapi::read_operations(*document_, options, report)) {
      auto key = operation.name;
      pack_.operations.emplace(std::move(key),
                               Offered{.operation = std::move(operation), .approval = false, .paging = {}, .undo = {}});
    }
    if (pack_.operations.size() > kMaxShownAtOnce && pack_.config.operations.empty())
      config_report_.note("/operations",
                          "all " + std::to_string(pack_.operations.size()) + " operations of the document are offered",
                          "list those that are wanted: fewer are told apart better");
  }

  void read_tool_list() {
    const auto& config = pack_.config;
    if (!config.mcp || tools_ == nullptr) return;
    document_file_ = kToolList;
    const bool all = config.operations.empty() || config.offers_all;
    for (auto& each :
         read_tools(config.service, *tools_, config.mcp->hints, InFile(findings_, std::string(kToolList)))) {
      auto name = each.operation.name;
      if (!all && !config.operations.contains(name)) continue;
      pack_.operations.emplace(std::move(name), Offered{.operation = std::move(each.operation),
                                                        .approval = false,
                                                        .paging = {},
                                                        .undo = {},
                                                        .tool = std::move(each.tool)});
    }
    for (const auto& [name, settings] : config.operations) {
      if (!pack_.operations.contains(name))
        config_report_.warn(below("/operations", name), "the server has no tool of this name now", "correct the name");
    }
  }

  /// config.json's openapiRef inside the folder, or the document that is there.
  std::string document_name() {
    const auto& ref = pack_.config.openapi_ref;
    if (!ref.empty()) {
      if (files_.contains(ref)) return ref;
      config_report_.error("/openapiRef",
                           ref.contains("://") ? "a document is read from the pack's folder, not from the web"
                           : ref.contains('/') ? "the document must lie in the pack's own folder"
                                               : report::quoted(ref) + " is not in the folder",
                           "copy the document into the folder and write its name here");
      return {};
    }
    for (const auto* name : {"openapi.json", "openapi.yaml", "openapi.yml"}) {
      if (files_.contains(std::string_view(name))) return name;
    }
    return {};
  }

  /// Operations that config.json names and the document does not have: made from the seed's lists of names.
  void add_from_config() {
    if (pack_.config.mcp) return;
    for (const auto& [name, settings] : pack_.config.operations) {
      if (pack_.operations.contains(name) || (document_ == std::nullopt && !document_name_quiet().empty())) continue;
      const auto pointer = below("/operations", name);
      if (settings.only_named) {
        config_report_.error(pointer, "the document has no operation of this name",
                             "add its method and path, or correct the name");
        continue;
      }
      if (document_)
        config_report_.warn(
            pointer,
            settings.method + " " + settings.path + " is not in the document; its arguments are taken for texts",
            "add it to the document, or correct method and path");
      add_untyped(name, settings);
    }
  }

  std::string document_name_quiet() const {
    for (const auto* name : {"openapi.json", "openapi.yaml", "openapi.yml"}) {
      if (files_.contains(std::string_view(name))) return name;
    }
    return {};
  }

  void add_untyped(const std::string& name, const OperationSettings& settings) {
    JsonObject item, query_schema;
    JsonArray parameters;
    for (const auto& each : settings.query)
      parameters.push_back({{"name", each}, {"in", "query"}, {"schema", {{"type", "string"}}}});
    JsonObject operation{{"operationId", name}, {"parameters", std::move(parameters)}};
    if (!settings.body.empty()) {
      JsonObject members;
      for (const auto& each : settings.body) members[each] = JsonObject{};
      const JsonObject schema{{"type", "object"}, {"properties", std::move(members)}};
      operation["requestBody"] =
          JsonObject{{"required", true}, {"content", {{"application/json", {{"schema", schema}}}}}};
    }
    auto method = settings.method;
    for (auto& c : method) c = static_cast<char>(c - 'A' + 'a');
    item[method] = std::move(operation);
    const openapi::Document made(
        JsonObject{{"openapi", "3.1.0"}, {"paths", JsonObject{{settings.path, std::move(item)}}}});
    report::Findings ignored;
    openapi::ReadOptions options{.service = pack_.config.service, .name_of = {}, .wants = {}};
    options.name_of = [&](auto, auto) { return name; };
    auto read = openapi::read_operations(made, options, InFile(ignored, std::string(kConfig)));
    if (read.empty()) {
      config_report_.error(below("/operations", name), "this path cannot be called", "correct it");
      return;
    }
    read.front().pointer.clear();
    pack_.operations.emplace(
        name, Offered{.operation = std::move(read.front()), .approval = false, .paging = {}, .undo = {}});
  }

  void reach() {
    auto& config = pack_.config;
    if (!config.title.empty()) pack_.title = config.title;
    if (pack_.title.empty()) pack_.title = config.service;
    pack_.base_url = config.base_url.empty() && document_ ? document_->server() : config.base_url;
    if (config.mcp) pack_.base_url = config.mcp->url;
    if (!pack_.base_url.empty() && !host_of(pack_.base_url)) {
      config_report_.error("/base_url", "the document's server is no address that can be called", "write base_url");
      return;
    }
    if (pack_.base_url.empty() && !(config.mcp && config.mcp->stdio))
      config_report_.warn("/base_url", "nothing says where the service is",
                          "write base_url, or set " + environment_name(config.service, "base_url"));
    if (pack_.base_url.starts_with("http://") && !pack_.base_url.starts_with("http://127.0.0.1") &&
        !pack_.base_url.starts_with("http://localhost"))
      config_report_.warn("/base_url", "the service is called without TLS: keys travel in the clear", "use https");
    pack_.egress = config.egress;
    if (const auto own = host_of(pack_.base_url); own && std::ranges::find(pack_.egress, *own) == pack_.egress.end())
      pack_.egress.push_back(*own);
  }

  /// Takes out what nobody is to set: neither a person nor a model knows then that it is there.
  void hide(openapi::Operation& operation) {
    for (const auto& name : pack_.config.hidden) {
      const auto is_it = [&](const auto& each) { return each.argument == name; };
      auto* properties = operation.arguments.if_contains("properties");
      if (!properties || !properties->is_object() || !properties->get_object().contains(name)) continue;
      const auto* required = matrix::find_array(operation.arguments, "required");
      if (operation.body.whole == name || (required && std::ranges::find(*required, Json(name)) != required->end())) {
        config_report_.error("/hidden", operation.name + " cannot do without " + report::quoted(name),
                             "leave the operation out, or do not hide it");
        continue;
      }
      properties->get_object().erase(name);
      std::erase_if(operation.parameters, is_it);
      std::erase_if(operation.body.members, is_it);
    }
  }

  /// What config.json says of an operation, and what follows from what it is.
  void settle(const std::string& name, Offered& offered) {
    auto& operation = offered.operation;
    const auto& config = pack_.config;
    const auto found = config.operations.find(name);
    const auto* settings = found == config.operations.end() ? nullptr : &found->second;
    hide(operation);
    if (settings && settings->reads) operation.writes = !*settings->reads;
    if (!operation.writes) operation.destructive = false;
    if (settings && !settings->summary.empty()) operation.description = settings->summary;
    if (operation.description.empty()) {
      InFile(findings_, document_file_)
          .note(operation.pointer, name + " has no description", "add a summary: models choose by it");
      operation.description = operation.method + " " + operation.path;
    }
    offered.approval = operation.writes && (config.approval == ApprovalOf::writes ||
                                            (config.approval == ApprovalOf::destructive && operation.destructive));
    if (settings && settings->approval) offered.approval = operation.writes && *settings->approval;
    if (settings && settings->undo) offered.undo = settings->undo;
    const auto* properties = matrix::find_object(operation.arguments, "properties");
    const auto& paging = settings && settings->paging ? *settings->paging : config.paging;
    const bool pages =
        !operation.writes && (paging.style == PagingStyle::link ||
                              (properties && !paging.parameter.empty() && properties->contains(paging.parameter)));
    if (pages) offered.paging = paging;
    if (settings && settings->paging && settings->paging->style != PagingStyle::none && !pages)
      config_report_.error(below("/operations", name) + "/paging",
                           name + " takes no " + report::quoted(paging.parameter), "name the argument that moves on");
  }

  workflows::Actions actions() const {
    return {.service = pack_.config.service, .find = [this](std::string_view name) -> const openapi::Operation* {
              const auto found = pack_.operations.find(name);
              return found == pack_.operations.end() ? nullptr : &found->second.operation;
            }};
  }

  void check_undo() {
    if (pack_.config.mcp && tools_ == nullptr) return;
    for (const auto& [name, offered] : pack_.operations) {
      if (!offered.undo) continue;
      const auto pointer = below("/operations", name) + "/undo";
      const auto* target = actions().find(offered.undo->operation);
      if (!target || !target->writes || !offered.operation.writes) {
        config_report_.error(
            pointer, report::quoted(offered.undo->operation) + " is no writing operation that could undo a write",
            "name one of this pack");
        continue;
      }
      const workflows::Scope scope{.roots = {workflows::Root::args, workflows::Root::result}, .kept = {}};
      workflows::check_call(*target, offered.undo->bind, scope, pointer + "/bind", config_report_);
    }
  }

  void check_test() {
    const auto& test = pack_.config.test;
    if (!test) return;
    const auto* target = actions().find(test->operation);
    if (pack_.config.mcp && (!target || target->writes)) {
      // Its tools come and go: without this one its list is asked for.
      pack_.config.test.reset();
      return;
    }
    if (!target || target->writes) {
      config_report_.error("/test", report::quoted(test->operation) + " is no reading operation of this pack",
                           "name one that costs little: it is called to see whether the key is good");
      return;
    }
    for (const auto& violation : schema::validate(target->arguments, test->arguments))
      config_report_.error("/test/arguments" + violation.pointer, violation.message, "correct it");
  }

  void read_workflows() {
    const auto document = json_file(kWorkflows);
    if (!document) return;
    const InFile report(findings_, std::string(kWorkflows));
    pack_.workflows = workflows::read_workflows(*document, report);
    if (pack_.config.mcp) return leave_out_workflows(report);
    for (const auto& [intent, workflow] : pack_.workflows) workflows::check_workflow(workflow, actions(), report);
  }

  /// A server that lost a tool does not take the rest of its pack along.
  void leave_out_workflows(const InFile& report) {
    if (tools_ == nullptr) return;
    std::erase_if(pack_.workflows, [&](const auto& each) {
      report::Findings wrong;
      workflows::check_workflow(each.second, actions(), InFile(wrong, std::string(kWorkflows)));
      if (!wrong.has_errors()) return false;
      report.warn(below("", each.first), "it is left out: " + wrong.sorted().front().message,
                  "correct it, or the server's tools");
      return true;
    });
  }

  void read_probes() {
    const auto document = json_file(kProbes);
    const InFile report(findings_, std::string(kProbes));
    if (document && pack_.config.mcp) {
      if (tools_ == nullptr) return;
      report::Findings wrong;
      pack_.probes = workflows::read_probes(*document, actions(), InFile(wrong, std::string(kProbes)));
      if (wrong.has_errors()) {
        pack_.probes.clear();
        report.warn("", "the probes are left out: " + wrong.sorted().front().message, "correct them");
      }
    } else if (document) {
      pack_.probes = workflows::read_probes(*document, actions(), report);
    }
    std::string without;
    std::size_t count = 0;
    for (const auto& [name, offered] : pack_.operations) {
      if (!offered.operation.writes || pack_.probes.contains(name)) continue;
      if (++count <= 5) without += (without.empty() ? "" : ", ") + name;
    }
    if (count != 0)
      report.note("",
                  std::to_string(count) + " writing operations have no probe (" + without + (count > 5 ? ", …" : "") +
                      "): when an answer is lost, the person is asked",
                  "say in probes.json how one sees that they were done");
  }

  /// Sentences that the router cannot read would keep all packs' from it.
  void check_examples() {
    const auto found = files_.find(kExamples);
    if (found == files_.end()) return;
    const InFile report(findings_, std::string(kExamples));
    auto examples = read_examples(found->second);
    if (!examples) {
      report.error("", examples.error().message(), "each line is {\"text\", \"intent\"}");
    } else if (examples->size() > kMaxExamples) {
      report.error("", "there are more than 5000 sentences", "keep those that differ");
    } else {
      pack_.examples = *std::move(examples);
    }
  }

  void check_rest() {
    const auto& config = pack_.config;
    check_examples();
    if (pack_.operations.empty() && !config.mcp && !findings_.has_errors())
      config_report_.error("/operations", "no operation of the document can be offered", "see the warnings");
    if (config.auth.scheme == Scheme::none && document_ && document_->root().contains("components")) warn_of_security();
    for (const auto& [name, bytes] : files_) {
      const bool known = name == kConfig || name == kWorkflows || name == kProbes || name == kExamples ||
                         name == config.openapi_ref || name.starts_with("openapi.") || name.ends_with(".md") ||
                         name.ends_with(".jsonl");
      if (!known)
        InFile(findings_, name)
            .note("", "this file is not used",
                  "a pack has config.json, its document, workflows.json, probes.json and examples.jsonl");
    }
  }

  void warn_of_security() {
    const auto* components = matrix::find_object(document_->root(), "components");
    const auto* schemes = components ? matrix::find_object(*components, "securitySchemes") : nullptr;
    if (schemes && !schemes->empty())
      config_report_.warn("/auth", "the document asks for a credential and the pack sends none",
                          "add \"auth\": {\"scheme\": \"bearer\"} or another");
  }

  static constexpr std::size_t kMaxShownAtOnce = 60, kMaxExamples = 5'000;

  const Files& files_;
  const JsonArray* tools_;
  report::Findings& findings_;
  InFile config_report_;
  std::optional<openapi::Document> document_;
  std::string document_file_ = std::string(kConfig);
  Pack pack_;
};

}  // namespace

const Offered* Pack::find(std::string_view operation) const {
  const auto found = operations.find(operation);
  return found == operations.end() ? nullptr : &found->second;
}

std::optional<workflows::Workflow> Pack::workflow(std::string_view intent) const {
  if (const auto found = workflows.find(intent); found != workflows.end()) return found->second;
  const auto* offered = find(intent);
  if (!offered) return std::nullopt;
  return workflows::workflow_of(config.service, offered->operation);
}

std::vector<std::string> Pack::intents() const {
  std::set<std::string> out;
  for (const auto& [name, workflow] : workflows) out.insert(name);
  for (const auto& [name, offered] : operations) out.insert(name);
  return {out.begin(), out.end()};
}

Checked read_pack(const Files& files, const JsonArray* tools) {
  Checked out;
  out.pack = PackReader(files, tools, out.findings).read();
  return out;
}

}  // namespace troupe::assistant::packs
