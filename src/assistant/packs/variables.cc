#include "assistant/packs/variables.h"

#include <algorithm>

namespace troupe::assistant::packs {
namespace {

constexpr std::size_t kMaxVariableBytes = 100;

}  // namespace

bool is_variable(std::string_view name) {
  const bool word = !name.empty() && name.size() <= kMaxVariableBytes &&
                    !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
                    });
  return word && !name.starts_with("LD_");
}

}  // namespace troupe::assistant::packs
