#include "fleet/answers/wording.h"

namespace troupe::fleet::answers {

std::string worded(const Wording& wording, std::string_view language,
                   std::initializer_list<std::string_view> arguments) {
  std::string text(language == "ru" ? wording.ru : wording.en);
  std::size_t from = 0;
  for (auto argument : arguments) {
    auto at = text.find('%', from);
    if (at == text.npos) break;
    text.replace(at, 1, argument);
    from = at + argument.size();
  }
  return text;
}

}  // namespace troupe::fleet::answers
