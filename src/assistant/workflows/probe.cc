#include "assistant/workflows/probe.h"

#include <algorithm>
#include <array>

namespace troupe::assistant::workflows {
namespace {

using report::text;

using matrix::view;
using report::below;

struct KindName {
  std::string_view name;
  ProbeKind kind;
};
constexpr std::array<KindName, 6> kKinds{{{"external_reference", ProbeKind::external_reference},
                                          {"metadata", ProbeKind::metadata},
                                          {"lookup", ProbeKind::lookup},
                                          {"etag", ProbeKind::etag},
                                          {"repeatable", ProbeKind::repeatable},
                                          {"none", ProbeKind::none}}};
constexpr std::array<std::string_view, 15> kKeys{"kind",    "read",         "bind",  "pages",   "items",
                                                 "match",   "set",          "found", "etag",    "reason",
                                                 "created", "newest_first", "done",  "minutes", "comment"};
constexpr std::size_t kMaxProbes = 2'000, kMaxDoneCodes = 20;
constexpr std::int64_t kMaxProbePages = 50;
constexpr std::int64_t kMostMinutes = 7 * 24 * 60;

/// Reads one probe of one writing operation.
class ProbeReader {
 public:
  ProbeReader(const openapi::Operation& write, const Actions& actions, std::string pointer,
              const report::InFile& report)
      : write_(write), actions_(actions), pointer_(std::move(pointer)), report_(report) {
    scope_.roots = {Root::args, Root::marker};
  }

  std::optional<Probe> read(const JsonObject& object) {
    Probe out;
    for (const auto& [key, value] : object) {
      if (std::ranges::find(kKeys, text(key)) == kKeys.end())
        wrong(below("", text(key)), "is not known here", "see docs/packs.md, Probes");
    }
    const auto* kind = std::ranges::find(kKinds, matrix::find_string(object, "kind").value_or(""), &KindName::name);
    if (kind == kKinds.end()) {
      wrong("/kind", "is none of external_reference, metadata, lookup, etag, repeatable, none", "choose one");
      return std::nullopt;
    }
    out.kind = kind->kind;
    out.reason = matrix::find_string(object, "reason").value_or("");
    out.etag = pointer_of(object, "etag");
    out.items = pointer_of(object, "items");
    out.found = pointer_of(object, "found");
    out.created = pointer_of(object, "created");
    if (const auto* newest = matrix::find(object, "newest_first")) {
      if (!newest->is_bool()) wrong("/newest_first", "is true or false", "correct it");
      out.newest_first = newest->is_bool() && newest->get_bool();
    }
    read_done(object, out);
    read_minutes(object, out);
    out.bind = bindings(object, "bind", false);
    out.match = bindings(object, "match", true);
    out.set = bindings(object, "set", true);
    read_pages(object, out);
    check_kind(object, out);
    return fine_ ? std::optional(std::move(out)) : std::nullopt;
  }

 private:
  void wrong(const std::string& pointer, const std::string& message, const std::string& advice) {
    fine_ = false;
    report_.error(pointer_ + pointer, message, advice);
  }

  std::string pointer_of(const JsonObject& object, std::string_view key) {
    const std::string out(matrix::find_string(object, key).value_or(""));
    if (!out.empty() && !out.starts_with('/'))
      wrong(below("", key), "is a pointer: \"/items\"", "begin it with a slash");
    return out;
  }

  std::vector<std::pair<std::string, Binding>> bindings(const JsonObject& object, std::string_view key,
                                                        bool by_pointer) {
    std::vector<std::pair<std::string, Binding>> out;
    const auto* members = matrix::find_object(object, key);
    if (!members) return out;
    for (const auto& [name, value] : *members) {
      const auto here = below(below("", key), text(name));
      auto binding = parse_binding(value);
      if (!binding) {
        wrong(here, binding.error().message(), "see docs/packs.md, Bindings");
      } else if (by_pointer && !text(name).starts_with('/')) {
        wrong(here, "is named by a pointer: \"/name\"", "begin it with a slash");
      } else {
        out.emplace_back(text(name), *std::move(binding));
      }
    }
    return out;
  }

  void read_done(const JsonObject& object, Probe& out) {
    const auto* found = matrix::find(object, "done");
    if (!found) return;
    const auto* list = found->if_array();
    if (!list || list->size() > kMaxDoneCodes || out.kind != ProbeKind::repeatable) {
      wrong("/done", "is a list of at most 20 codes, of what is repeatable", "correct it");
      return;
    }
    for (const auto& each : *list) {
      if (each.is_string() && !each.get_string().empty()) {
        out.done.emplace_back(view(each.get_string()));
      } else {
        wrong("/done", "is a list of codes", "correct it");
      }
    }
  }

  void read_minutes(const JsonObject& object, Probe& out) {
    const auto* found = matrix::find(object, "minutes");
    if (!found) return;
    const auto minutes = found->is_int64() ? found->get_int64() : 0;
    if (minutes < 1 || minutes > kMostMinutes || out.kind != ProbeKind::repeatable) {
      wrong("/minutes", "is 1 to 10080, of what is repeatable", "correct it");
    } else {
      out.within = std::chrono::minutes(minutes);
    }
  }

  void read_pages(const JsonObject& object, Probe& out) {
    const auto* pages = matrix::find(object, "pages");
    if (!pages) return;
    if (!pages->is_int64() || pages->get_int64() < 1 || pages->get_int64() > kMaxProbePages) {
      wrong("/pages", "is how many pages are looked through, 1 to 50", "correct it");
    } else {
      out.most_pages = static_cast<std::size_t>(pages->get_int64());
    }
  }

  void check_kind(const JsonObject& object, Probe& probe) {
    const bool asks = probe.kind == ProbeKind::external_reference || probe.kind == ProbeKind::metadata ||
                      probe.kind == ProbeKind::lookup;
    const bool marks = probe.kind == ProbeKind::external_reference || probe.kind == ProbeKind::metadata;
    if (probe.kind == ProbeKind::none || probe.kind == ProbeKind::repeatable) {
      if (probe.reason.empty()) wrong("/reason", "is missing", "say why, for whoever is asked");
    }
    if (probe.kind == ProbeKind::etag && !takes(probe.etag))
      wrong("/etag", write_.name + " takes no such argument", "name the argument that bears the version");
    if (asks) check_read(object, probe);
    if (asks && probe.match.empty())
      wrong("/match", "is missing: by what the entry is known", "name members of the entry");
    if (marks && !uses_marker(probe))
      wrong("/set", "the write bears no $marker by which it would be found", "set one of its arguments to it");
    for (const auto& [name, binding] : probe.match) names(binding, below("/match", name));
    for (const auto& [name, binding] : probe.set) {
      names(binding, below("/set", name));
      if (!takes(name)) wrong(below("/set", name), write_.name + " takes no such argument", "name one that it takes");
    }
  }

  void check_read(const JsonObject& object, Probe& probe) {
    const std::string action(matrix::find_string(object, "read").value_or(""));
    const auto prefix = actions_.service + ".";
    probe.read = action.starts_with(prefix) ? action.substr(prefix.size()) : action;
    const auto* operation = actions_.find(probe.read);
    if (!operation || operation->writes) {
      wrong("/read", report::quoted(action) + " is no reading operation of this pack", "name one");
      return;
    }
    report::Findings found;
    workflows::check_call(*operation, probe.bind, scope_, pointer_ + "/bind", report::InFile(found, report_.file()));
    for (const auto& each : found.all()) wrong(each.pointer.substr(pointer_.size()), each.message, each.advice);
  }

  void names(const Binding& binding, const std::string& pointer) {
    report::Findings found;
    check_names(binding, scope_, pointer, report::InFile(found, report_.file()));
    for (const auto& each : found.all()) wrong(pointer, each.message, each.advice);
  }

  static bool uses_marker(const Probe& probe) {
    bool used = false;
    for (const auto& [name, binding] : probe.set) {
      each_term(binding, [&](const Term& term) { used = used || (!term.is_literal && term.root == Root::marker); });
    }
    return used;
  }

  /// Whether the first name of the pointer is an argument of the write.
  bool takes(std::string_view pointer) const {
    if (!pointer.starts_with('/')) return false;
    const auto* properties = matrix::find_object(write_.arguments, "properties");
    return properties && properties->contains(pointer.substr(1, pointer.find('/', 1) - 1));
  }

  const openapi::Operation& write_;
  const Actions& actions_;
  std::string pointer_;
  const report::InFile& report_;
  Scope scope_;
  bool fine_ = true;
};

}  // namespace

std::string_view name_of(ProbeKind kind) { return std::ranges::find(kKinds, kind, &KindName::kind)->name; }

Probes read_probes(const Json& document, const Actions& actions, const report::InFile& report) {
  Probes out;
  const auto* object = document.if_object();
  if (!object || object->size() > kMaxProbes) {
    report.error("", "this is no object of at most 2000 probes", "probes.json is an object: operation to probe");
    return out;
  }
  for (const auto& [key, value] : *object) {
    const std::string name(text(key));
    if (name == "comment") continue;
    const auto* operation = actions.find(name);
    const auto* probe = value.if_object();
    if (!operation || !operation->writes) {
      report.error(below("", name), report::quoted(name) + " is no writing operation of this pack",
                   "only writes have probes");
    } else if (!probe) {
      report.error(below("", name), "a probe is an object with a kind", "see docs/packs.md, Probes");
    } else if (auto read = ProbeReader(*operation, actions, below("", name), report).read(*probe)) {
      out.emplace(name, *std::move(read));
    }
  }
  return out;
}

}  // namespace troupe::assistant::workflows
