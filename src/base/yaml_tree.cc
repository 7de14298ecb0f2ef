#include "base/yaml_tree.h"

#include <yaml.h>

#include <algorithm>
#include <map>
#include <unordered_set>

namespace troupe::base {
namespace {

Error wrong(std::size_t line, std::string_view what) {
  return Error(Errc::invalid_param, "line " + std::to_string(line) + ": " + std::string(what));
}

/// One event of libyaml's parser, freed at its end.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { clear(); }
  bool next(yaml_parser_t& parser) {
    clear();
    full_ = yaml_parser_parse(&parser, &event_) != 0;
    return full_;
  }
  yaml_event_type_t type() const { return event_.type; }
  std::size_t line() const { return event_.start_mark.line + 1; }
  const yaml_event_t& operator*() const { return event_; }

 private:
  void clear() {
    if (std::exchange(full_, false)) yaml_event_delete(&event_);
  }
  yaml_event_t event_{};
  bool full_ = false;
};

class Reader {
 public:
  Reader(std::string_view text, const YamlLimits& limits) : limits_(limits) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  Result<YamlNode> document() {
    TRY(step());  // the stream
    TRY(step());
    if (event_.type() != YAML_DOCUMENT_START_EVENT) return wrong(event_.line(), "the file is empty");
    TRY(step());
    TRY(auto root, node(0));
    TRY(step());  // the document's end
    TRY(step());
    if (event_.type() != YAML_STREAM_END_EVENT) return wrong(event_.line(), "a file holds one document");
    return root;
  }

 private:
  Result<Unit> step() {
    if (event_.next(parser_)) return Unit{};
    return wrong(parser_.problem_mark.line + 1, parser_.problem ? parser_.problem : "this is no YAML");
  }

  /// The node that the present event begins.
  Result<YamlNode> node(std::size_t depth) {
    const auto line = event_.line();
    if (depth > limits_.depth || ++count_ > limits_.nodes) return wrong(line, "this is nested too deeply, or too much");
    YamlNode made{.line = line};
    std::string anchor;
    switch (event_.type()) {
      case YAML_SCALAR_EVENT: {
        const auto& scalar = (*event_).data.scalar;
        TRY(anchor, anchor_of(scalar.anchor, scalar.tag));
        made.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
        made.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
        break;
      }
      case YAML_SEQUENCE_START_EVENT: {
        const auto& list = (*event_).data.sequence_start;
        TRY(anchor, anchor_of(list.anchor, list.tag));
        made.kind = YamlNode::Kind::list;
        TRY(made, items(std::move(made), depth));
        break;
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& map = (*event_).data.mapping_start;
        TRY(anchor, anchor_of(map.anchor, map.tag));
        made.kind = YamlNode::Kind::map;
        TRY(made, members(std::move(made), depth));
        break;
      }
      case YAML_ALIAS_EVENT:
        return alias(depth);
      default:
        return wrong(line, "this is no value");
    }
    if (!anchor.empty()) {
      TRY(keep(std::move(anchor), made));
    }
    return made;
  }

  Result<std::string> anchor_of(const unsigned char* anchor, const unsigned char* tag) const {
    if (tag || (anchor && !limits_.aliases))
      return wrong(event_.line(),
                   limits_.aliases ? "tags are not read here" : "anchors, aliases and tags are not read here");
    return anchor ? std::string(reinterpret_cast<const char*>(anchor)) : std::string();
  }

  struct Size {
    std::size_t nodes = 1, depth = 0, bytes = 0;
  };
  static Size size_of(const YamlNode& node) {
    Size all{.bytes = node.text.size()};
    const auto add = [&all](const YamlNode& child) {
      const auto size = size_of(child);
      all.nodes += size.nodes;
      all.bytes += size.bytes;
      all.depth = std::max(all.depth, size.depth + 1);
    };
    for (const auto& item : node.items) add(item);
    for (const auto& [name, member] : node.members) {
      all.bytes += name.size();
      add(member);
    }
    return all;
  }
  bool is_too_much(const Size& copy) {
    count_ += copy.nodes;
    copied_bytes_ += copy.bytes;
    return count_ > limits_.nodes || copied_bytes_ > limits_.copied_bytes;
  }

  struct Anchored {
    YamlNode node;
    Size size;
  };
  /// A copy, which counts like one.
  Result<Unit> keep(std::string name, const YamlNode& node) {
    const auto size = size_of(node);
    if (is_too_much(size)) return wrong(node.line, "this is nested too deeply, or too much");
    anchored_.insert_or_assign(std::move(name), Anchored{.node = node, .size = size});
    return Unit{};
  }

  /// What is not whole yet cannot be named: there are no circles.
  Result<YamlNode> alias(std::size_t depth) {
    const std::string name(reinterpret_cast<const char*>((*event_).data.alias.anchor));
    const auto line = event_.line();
    if (!limits_.aliases) return wrong(line, "anchors, aliases and tags are not read here");
    const auto found = anchored_.find(name);
    if (found == anchored_.end()) return wrong(line, "no anchor before it is called " + name);
    const auto& [node, size] = found->second;
    if (is_too_much(size) || depth + size.depth > limits_.depth)
      return wrong(line, "this is nested too deeply, or too much");
    return node;
  }

  Result<YamlNode> items(YamlNode list, std::size_t depth) {
    for (;;) {
      TRY(step());
      if (event_.type() == YAML_SEQUENCE_END_EVENT) return list;
      TRY(auto item, node(depth + 1));
      list.items.push_back(std::move(item));
    }
  }
  Result<YamlNode> members(YamlNode map, std::size_t depth) {
    std::unordered_set<std::string> names;
    std::vector<YamlNode> merged;
    for (;;) {
      TRY(step());
      if (event_.type() == YAML_MAPPING_END_EVENT) break;
      TRY(auto name, node(depth + 1));
      if (name.kind != YamlNode::Kind::text) return wrong(name.line, "a key must be a text");
      TRY(step());
      TRY(auto value, node(depth + 1));
      if (limits_.aliases && name.text == "<<" && !name.quoted) {
        TRY(merge(std::move(value), merged));
        continue;
      }
      if (!names.insert(name.text).second) return wrong(name.line, name.text + " is there twice");
      map.members.emplace_back(std::move(name.text), std::move(value));
    }
    // What stands there itself goes before what is merged, and earlier ones before later ones.
    for (auto& each : merged) {
      for (auto& member : each.members) {
        if (names.insert(member.first).second) map.members.push_back(std::move(member));
      }
    }
    return map;
  }
  /// A map, or a list of maps.
  static Result<Unit> merge(YamlNode value, std::vector<YamlNode>& merged) {
    if (value.kind == YamlNode::Kind::map) {
      merged.push_back(std::move(value));
      return Unit{};
    }
    for (auto& item : value.items) {
      if (item.kind != YamlNode::Kind::map) break;
      merged.push_back(std::move(item));
    }
    const bool all_maps =
        std::ranges::all_of(value.items, [](const YamlNode& item) { return item.kind == YamlNode::Kind::map; });
    if (value.kind != YamlNode::Kind::list || !all_maps) return wrong(value.line, "<< takes maps");
    return Unit{};
  }

  const YamlLimits limits_;
  yaml_parser_t parser_{};
  Event event_;
  std::size_t count_ = 0;
  std::size_t copied_bytes_ = 0;
  std::map<std::string, Anchored> anchored_;
};

}  // namespace

bool YamlNode::is_null() const {
  if (kind != Kind::text || quoted) return false;
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

const YamlNode* YamlNode::find(std::string_view name) const {
  const auto found = std::ranges::find_if(members, [name](const auto& member) { return member.first == name; });
  return found == members.end() ? nullptr : &found->second;
}

Result<YamlNode> read_yaml(std::string_view text, const YamlLimits& limits) { return Reader(text, limits).document(); }

}  // namespace troupe::base
