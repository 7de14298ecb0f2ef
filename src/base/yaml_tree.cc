#include "base/yaml_tree.h"

#include <yaml.h>

#include <algorithm>
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
    switch (event_.type()) {
      case YAML_SCALAR_EVENT: {
        const auto& scalar = (*event_).data.scalar;
        if (scalar.anchor || scalar.tag) return no_anchors(line);
        made.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
        made.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return made;
      }
      case YAML_SEQUENCE_START_EVENT:
        if ((*event_).data.sequence_start.anchor || (*event_).data.sequence_start.tag) return no_anchors(line);
        made.kind = YamlNode::Kind::list;
        return items(std::move(made), depth);
      case YAML_MAPPING_START_EVENT:
        if ((*event_).data.mapping_start.anchor || (*event_).data.mapping_start.tag) return no_anchors(line);
        made.kind = YamlNode::Kind::map;
        return members(std::move(made), depth);
      default:
        return no_anchors(line);
    }
  }
  static Error no_anchors(std::size_t line) { return wrong(line, "anchors, aliases and tags are not read here"); }

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
    for (;;) {
      TRY(step());
      if (event_.type() == YAML_MAPPING_END_EVENT) return map;
      TRY(auto name, node(depth + 1));
      if (name.kind != YamlNode::Kind::text) return wrong(name.line, "a key must be a text");
      if (!names.insert(name.text).second) return wrong(name.line, name.text + " is there twice");
      TRY(step());
      TRY(auto value, node(depth + 1));
      map.members.emplace_back(std::move(name.text), std::move(value));
    }
  }

  const YamlLimits limits_;
  yaml_parser_t parser_{};
  Event event_;
  std::size_t count_ = 0;
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
