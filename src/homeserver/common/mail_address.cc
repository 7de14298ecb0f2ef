#include "homeserver/common/mail_address.h"

#include <algorithm>

#include "base/text.h"

namespace troupe::homeserver {
namespace {

constexpr std::size_t kMaxLocalBytes = 64;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxNameBytes = 100;

bool is_letter_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Whether each of the pieces between dots fits.
template <class Fits>
bool pieces_fit(std::string_view text, Fits fits) {
  for (;;) {
    const auto dot = text.find('.');
    if (!fits(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_atom(std::string_view piece) {
  static constexpr std::string_view kOthers = "!#$%&'*+/=?^_`{|}~-";
  return !piece.empty() && std::ranges::all_of(piece, [](char c) { return is_letter_digit(c) || kOthers.contains(c); });
}

bool is_label(std::string_view piece) {
  return !piece.empty() && piece.size() <= kMaxLabelBytes && piece.front() != '-' && piece.back() != '-' &&
         std::ranges::all_of(piece, [](char c) { return is_letter_digit(c) || c == '-'; });
}

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || text.size() > kMaxMailAddressBytes) return false;
  const auto local = text.substr(0, at);
  return local.size() <= kMaxLocalBytes && pieces_fit(local, is_atom) && pieces_fit(text.substr(at + 1), is_label);
}

}  // namespace

std::optional<std::string> canonical_mail_address(std::string_view text) {
  text = trimmed(text);
  if (!is_address(text)) return std::nullopt;
  return base::ascii_lower(text);
}

std::optional<MailSender> parse_mail_sender(std::string_view text) {
  text = trimmed(text);
  MailSender sender;
  if (text.ends_with('>')) {
    const auto open = text.rfind('<');
    if (open == std::string_view::npos) return std::nullopt;
    auto name = trimmed(text.substr(0, open));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    const auto fits = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '<' && c != '>'; };
    if (name.size() > kMaxNameBytes || !std::ranges::all_of(name, fits)) return std::nullopt;
    sender.name = name;
    text = text.substr(open + 1, text.size() - open - 2);
  }
  if (!is_address(text)) return std::nullopt;
  sender.address = text;
  return sender;
}

}  // namespace troupe::homeserver
