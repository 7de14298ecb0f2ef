#include "homeserver/mail/letter.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace troupe::homeserver::mail {
namespace {

constexpr std::size_t kMaxLineBytes = 900;  // RFC 5321 allows 998
constexpr std::size_t kMaxWordBytes =
    39;  // of an encoded word, so that the name of the header fits before it (RFC 2047)
constexpr std::size_t kMaxSubjectBytes = 300;
constexpr std::size_t kEncodedLineBytes = 76;  // RFC 2045

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }
bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// At most so many bytes, no character of several taken apart.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && is_continuation(text[most])) --most;
  return text.substr(0, most);
}

std::string padded_base64(std::string_view bytes) {
  auto encoded = base::base64(base::as_bytes(bytes));
  while (encoded.size() % 4 != 0) encoded += '=';
  return encoded;
}

/// The value of a header: one line, or encoded words over several.
std::string header_text(std::string_view text) {
  std::string line(cut(text, kMaxSubjectBytes));
  std::ranges::replace_if(line, is_control, ' ');
  if (is_ascii(line) && line.size() <= kEncodedLineBytes) return line;
  std::string out;
  for (std::string_view left = line; !left.empty();) {
    auto piece = cut(left, kMaxWordBytes);
    if (piece.empty()) piece = left.substr(0, kMaxWordBytes);  // no UTF-8
    out += (out.empty() ? "=?utf-8?B?" : "\r\n =?utf-8?B?") + padded_base64(piece) + "?=";
    left.remove_prefix(piece.size());
  }
  return out;
}

std::string with_line_ends(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += "\r\n";
    if (!is_control(c) || c == '\t') out += c;
  }
  return out.ends_with("\r\n") ? out : out + "\r\n";
}

bool has_long_line(std::string_view text) {
  for (std::size_t from = 0; from < text.size();) {
    const auto end = text.find("\r\n", from);
    if (end - from > kMaxLineBytes) return true;
    from = end + 2;
  }
  return false;
}

std::string in_lines(std::string_view encoded) {
  std::string out;
  for (; !encoded.empty(); encoded.remove_prefix(std::min(kEncodedLineBytes, encoded.size())))
    out += std::string(encoded.substr(0, kEncodedLineBytes)) + "\r\n";
  return out;
}

/// "Sat, 21 Nov 2026 15:05:31 +0000"
std::string date_of(base::UnixMs now) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<std::chrono::milliseconds> point{std::chrono::milliseconds(now)};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(point - day));
  const auto two = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::string(kDays.at(std::chrono::weekday(day).c_encoding())) + ", " +
         std::to_string(static_cast<unsigned>(date.day())) + " " +
         std::string(kMonths.at(static_cast<unsigned>(date.month()) - 1)) + " " +
         std::to_string(static_cast<int>(date.year())) + " " + two(time.hours().count()) + ":" +
         two(time.minutes().count()) + ":" + two(time.seconds().count()) + " +0000";
}

}  // namespace

std::string compose(const Letter& letter, const MailSender& from, std::string_view id, base::UnixMs now) {
  const auto domain = from.address.substr(from.address.find('@') + 1);
  const auto body = with_line_ends(letter.text);
  const bool plain = is_ascii(body) && !has_long_line(body);
  std::string out;
  const auto header = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  header("Date", date_of(now));
  header("From", from.name.empty() ? from.address : "\"" + from.name + "\" <" + from.address + ">");
  header("To", letter.to);
  header("Subject", header_text(letter.subject));
  header("Message-ID", "<" + std::string(id) + "@" + domain + ">");
  header("Auto-Submitted", "auto-generated");  // RFC 3834: no answers of machines
  if (!letter.unsubscribe.empty()) {
    header("List-Unsubscribe", "<" + letter.unsubscribe + ">");
    header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  }
  header("MIME-Version", "1.0");
  const auto encoded = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " +
                       std::string(plain ? "7bit" : "base64") + "\r\n\r\n" +
                       (plain ? body : in_lines(padded_base64(body)));
  if (letter.html.empty()) return out + encoded;
  // No line of the parts begins with it: base64 has no '-', and the id is drawn for this mail.
  const auto boundary = "part-" + std::string(id);
  header("Content-Type", "multipart/alternative; boundary=\"" + boundary + "\"");
  const auto between = "\r\n--" + boundary;
  return out + between + "\r\n" + encoded + between +
         "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         in_lines(padded_base64(letter.html)) + between + "--\r\n";
}

}  // namespace troupe::homeserver::mail
