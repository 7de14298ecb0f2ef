// How this folder calls over olm/abi.h: results into strings, pickles through a seal, secrets overwritten.
#pragma once
#include <string>
#include <vector>

#include "base/crypto.h"
#include "olm/abi.h"

namespace troupe::olm {

/// The string becomes the result.
Sink into(std::string& result);
/// Each piece is appended.
Sink into(std::vector<std::string>& pieces);

/// For calls that nothing outside can make fail. Throws std::logic_error for a defect on the other side.
void certainly(Reason reason);
/// The result of a call that cannot fail.
template <class Raw>
std::string text_of(Reason (*call)(const Raw*, Sink), const Handle<Raw>& object) {
  std::string result;
  certainly(call(object.get(), into(result)));
  return result;
}

/// Overwritten when it goes.
struct Secret {
  Secret() = default;
  explicit Secret(std::string taken) : text(std::move(taken)) {}
  ~Secret();
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  std::string text;
};

/// Errors: bad_pickle, too_large.
Result<std::string> open_pickle(std::string_view pickle, const base::SealingKey& key);

template <class Raw>
std::string seal_pickle(Reason (*write)(const Raw*, Sink), const Handle<Raw>& object, const base::SealingKey& key) {
  Secret plain;
  certainly(write(object.get(), into(plain.text)));
  return key.seal(plain.text);
}

template <class Raw>
Result<Handle<Raw>> read_pickle(Reason (*read)(Text, Raw**), std::string_view pickle, const base::SealingKey& key) {
  TRY(auto opened, open_pickle(pickle, key));
  const Secret plain(std::move(opened));
  Raw* raw = nullptr;
  if (const Reason reason = read(plain.text, &raw); reason != Reason::none) return refusal(reason);
  return Handle<Raw>(raw);
}

}  // namespace troupe::olm
