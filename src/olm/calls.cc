#include "olm/calls.h"

#include <sodium.h>

#include <stdexcept>

namespace troupe::olm {
namespace {

std::string_view text_at(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

Sink into(std::string& result) {
  return {&result, [](void* target, const std::uint8_t* data, std::size_t size) noexcept {
            static_cast<std::string*>(target)->assign(text_at(data, size));
          }};
}

Sink into(std::vector<std::string>& pieces) {
  return {&pieces, [](void* target, const std::uint8_t* data, std::size_t size) noexcept {
            static_cast<std::vector<std::string>*>(target)->emplace_back(text_at(data, size));
          }};
}

void certainly(Reason reason) {
  if (reason != Reason::none) throw std::logic_error("olm: " + refusal(reason).message());
}

Secret::~Secret() { sodium_memzero(text.data(), text.size()); }

Result<std::string> open_pickle(std::string_view pickle, const base::SealingKey& key) {
  if (pickle.size() > kMaxPickleBytes) return refusal(Reason::too_large);
  auto opened = key.open(pickle);
  if (!opened) return refusal(Reason::bad_pickle);
  return opened;
}

}  // namespace troupe::olm
