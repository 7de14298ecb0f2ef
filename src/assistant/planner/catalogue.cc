#include "assistant/planner/catalogue.h"

#include <algorithm>

#include "assistant/openapi/names.h"

namespace troupe::assistant::planner {
namespace {

bool step_writes(const packs::Pack& pack, const workflows::Step& step) {
  if (std::ranges::any_of(step.parallel, [&](const auto& each) { return step_writes(pack, each); })) return true;
  if (step.action.empty()) return false;
  const std::string_view action = step.action;
  const auto dot = action.find('.');
  const auto* offered = pack.find(dot == action.npos ? action : action.substr(dot + 1));
  // What is not of this pack (system.run_command) may do anything.
  return !offered || action.substr(0, dot) != pack.config.service || offered->operation.writes;
}

}  // namespace

Catalogue::Catalogue(const std::vector<const packs::Pack*>& packs) {
  for (const auto* pack : packs) {
    if (!pack->config.enabled) continue;
    titles_.emplace_back(pack->config.service, pack->title.empty() ? pack->config.service : pack->title);
    for (const auto& name : pack->intents()) {
      const auto workflow = pack->workflow(name);
      if (!workflow) continue;
      intents_.push_back(
          {.service = pack->config.service,
           .name = name,
           .description = workflow->description,
           .inputs = workflows::inputs_of(*workflow),
           .writes = std::ranges::any_of(workflow->steps, [&](const auto& step) { return step_writes(*pack, step); }),
           .workflow = pack->workflows.contains(name)});
    }
  }
  std::ranges::sort(intents_, [](const Intent& a, const Intent& b) {
    return std::tie(a.service, a.name) < std::tie(b.service, b.name);
  });
}

const Intent* Catalogue::find(std::string_view service, std::string_view intent) const {
  const auto found = std::ranges::find_if(
      intents_, [&](const Intent& each) { return each.service == service && each.name == intent; });
  return found == intents_.end() ? nullptr : &*found;
}

std::string_view Catalogue::title_of(std::string_view service) const {
  const auto found = std::ranges::find(titles_, service, &std::pair<std::string, std::string>::first);
  return found == titles_.end() ? service : std::string_view(found->second);
}

std::vector<router::Operation> Catalogue::operations() const {
  std::vector<router::Operation> out;
  out.reserve(intents_.size());
  for (const auto& intent : intents_)
    out.push_back({.service = intent.service, .name = intent.name, .summary = spoken_name(intent)});
  return out;
}

std::vector<schema::Violation> Catalogue::check(const TaskSpec& spec) const {
  const auto* intent = find(spec.service, spec.intent);
  if (!intent) return {{.pointer = "/intent", .message = "there is no such intent"}};
  return schema::validate(intent->inputs, spec.inputs);
}

std::string spoken_name(const Intent& intent) {
  auto line = intent.description.substr(0, intent.description.find('\n'));
  if (!line.empty()) return line;
  line = intent.name;
  std::ranges::replace(line, '_', ' ');
  return line;
}

std::vector<std::string> words_of_name(std::string_view name) {
  std::vector<std::string> words;
  const auto snake = openapi::snake_case(name, 256);
  for (std::size_t begin = 0; begin < snake.size();) {
    const auto end = std::min(snake.find('_', begin), snake.size());
    if (end > begin) words.push_back(snake.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace troupe::assistant::planner
