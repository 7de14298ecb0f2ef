// What a device has said, as whoever carries it sees it: which key of which ratchet each message was written with.
// Written apart from what it tests. Only tests include this.
#pragma once
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/encoding.h"

namespace troupe::fleet::encryption {

/// The fields of an Olm or Megolm message by their tags: numbers as text. `trailer`: bytes behind them.
/// https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/olm.md, "Message Format"
inline std::map<int, std::string> fields_of(std::string_view raw, std::size_t trailer) {
  if (raw.size() < trailer + 1 || raw[0] != 3) throw std::runtime_error("no message of version 3");
  raw = raw.substr(1, raw.size() - trailer - 1);
  const auto number = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(raw.at(0));
      raw.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  };
  std::map<int, std::string> fields;
  while (!raw.empty()) {
    const auto tag = static_cast<int>(number());
    if ((tag & 7) == 0) {
      fields[tag] = std::to_string(number());
      continue;
    }
    const auto size = number();
    fields[tag] = std::string(raw.substr(0, size));
    raw.remove_prefix(size);
  }
  return fields;
}

/// Finds out whether one key was ever used for two things.
class Spoken {
 public:
  void olm(const std::string& to, int type, const std::string& body) {
    std::string raw = *base::base64_decode(body);
    if (type == 0) raw = fields_of(raw, 0).at(0x22);
    auto fields = fields_of(raw, 8);
    note("olm " + to + " " + fields[0x0A] + " " + fields[0x10], fields[0x22]);
  }
  void megolm(const std::string& session_id, const std::string& ciphertext) {
    auto fields = fields_of(*base::base64_decode(ciphertext), 72);
    note("megolm " + session_id + " " + fields[0x08], fields[0x12]);
  }
  int repeats() const { return repeats_; }
  std::size_t messages() const { return said_.size(); }

 private:
  void note(std::string key, std::string what) {
    const auto [known, fresh] = said_.emplace(std::move(key), what);
    if (!fresh && known->second != what) ++repeats_;
  }
  std::map<std::string, std::string> said_;
  int repeats_ = 0;
};

}  // namespace troupe::fleet::encryption
