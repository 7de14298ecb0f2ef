#include "matrix/property_path.h"

namespace troupe::matrix {

std::string next_path_segment(std::string_view& path) {
  std::string segment;
  std::size_t i = 0;
  for (; i < path.size() && path[i] != '.'; ++i) {
    const bool escaped = path[i] == '\\' && i + 1 < path.size() && (path[i + 1] == '.' || path[i + 1] == '\\');
    if (escaped) ++i;
    segment += path[i];
  }
  const bool more = i < path.size();
  path.remove_prefix(more ? i + 1 : i);
  if (!more) path = {};
  return segment;
}

const Json* find_at_path(const JsonObject& object, std::string_view path) {
  const JsonObject* here = &object;
  for (;;) {
    const auto* value = find(*here, next_path_segment(path));
    if (!value || path.data() == nullptr) return value;
    here = value->if_object();
    if (!here) return nullptr;
  }
}

JsonObject only_properties(const JsonObject& object, const std::vector<std::string>& paths) {
  JsonObject kept;
  for (std::string_view path : paths) {
    const auto* value = find_at_path(object, path);
    if (!value) continue;
    auto* into = &kept;
    auto name = next_path_segment(path);
    for (; path.data() != nullptr; name = next_path_segment(path)) {
      auto& inner = (*into)[name];
      if (!inner.is_object()) inner.emplace_object();
      into = &inner.get_object();
    }
    (*into)[name] = *value;
  }
  return kept;
}

}  // namespace troupe::matrix
