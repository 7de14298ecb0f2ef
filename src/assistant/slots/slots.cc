#include "assistant/slots/slots.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "assistant/slots/dates.h"
#include "base/text.h"

namespace troupe::assistant::slots {
namespace {

// Groups: the first is the value, and what the slot covers.
constexpr const char* kQuoted =
    R"re("([^"]{1,1000})"|“([^”]{1,1000})”|„([^“”]{1,1000})[“”]|«\s?([^»]{1,1000}?)\s?»|(?:^|[\s:(])'([^']{1,1000})'(?:$|[\s.,;:!?)]))re";
constexpr const char* kUrl = R"((https?://[^\s<>"']+[^\s<>"'.,;:!?)]))";
constexpr const char* kEmail = R"(([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}))";
constexpr const char* kChannel = R"((?:^|[\s(,])#([A-Za-z_][A-Za-z0-9_-]{0,79}))";
constexpr const char* kHandle = R"((?:^|[\s(,])@([A-Za-z0-9][A-Za-z0-9._=/-]*(?::[A-Za-z0-9.:-]+)?))";
constexpr const char* kPhone =
    R"((?:^|[\s(,])(\+?\(?\d{1,4}\)?(?:[ .-]?\(?\d{2,4}\)?){2,4})(?:$|[^\d\w.-]|\.(?:\s|$)))";
constexpr const char* kDate =
    R"((?i)\b(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}(?:/\d{4}|/\d{2})?|\d{1,2}\.\d{1,2}\.(?:\d{4})?|)"
    R"((?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?(?:,? \d{4})?|)"
    R"(\d{1,2}(?:st|nd|rd|th|\.)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}(?:,? \d{4})?|)"
    R"(today|tomorrow|yesterday|in \d{1,4} (?:day|week)s?|)"
    R"((?:on |next |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?:\b|$))";
constexpr const char* kAmount =
    R"((?i)((?:[$€£]\s?\d[\d.,]*k?|\b\d[\d.,]*k?\s?(?:dollars?|usd|euros?|eur|pounds?|gbp|[$€£]))))";
constexpr const char* kAddress =
    R"((\b\d{1,6}[A-Za-z]?(?: (?:N|S|E|W|NE|NW|SE|SW)\.?)? (?:\p{Lu}[\p{L}'.-]*|\d{1,3}(?:st|nd|rd|th))(?: \p{Lu}[\p{L}'.-]*){0,4})"
    R"((?:, (?:\p{Lu}[\p{L}'.-]*)(?: \p{Lu}[\p{L}'.-]*){0,2})?(?:,? [A-Z]{2})?(?:,? \d{5}(?:-\d{4})?)?|)"
    R"(\p{Lu}[\p{Ll}ß.-]*(?:straße|strasse|str\.|weg|allee|gasse|platz) \d{1,5}[a-z]?\b))";
constexpr const char* kId =
    R"((?i)(\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)|)"
    R"((?:\b(?:id|number|no\.?|nr\.?|job|order|lead|project|estimate|invoice|contract|customer|ticket|auftrag|projekt|proyecto|projet|projeto|trabajo|trabalho|cliente|kunde)\s?[#:]?\s?|#)(\d{1,18})\b|)"
    R"((?-i)(\b[CUTGDW][A-Z0-9]{8,12}\b))";
constexpr const char* kMessage =
    R"((?is)\b(?:saying|says|say|with the (?:message|text|comment|note))(?: that)?[: ]\s*(\S.*?)(?: (?:to|in|on|into) [#@]\S+)?\s*$|)"
    R"(\btell [#@]\S+ (?:that )?(\S.*?)\s*$|)"
    R"(\b(?:send|post|write) (\S.*?) (?:to|in|on|into) [#@]|)"
    R"(^\s*\S+\s[^:]*:\s+(\S.*?)\s*$)";
constexpr const char* kName =
    R"((?:\b(?i:called|named|for|to|from|with|of|by|customer|client|contact|lead|project|company|mr|mrs|ms|dr|an|für|namens|para|pour)\.?,?\s+|,\s+))"
    R"((\p{Lu}[\p{L}'’.-]*(?:\s+(?:(?:&|de|da|van|von|der|den|la|le|del|di)\s+){0,3}\p{Lu}[\p{L}'’.-]*){0,4}))";
constexpr const char* kNamed =
    R"((?i)\b(?:called|named|namens|titled|genannt|llamad[oa]|chamad[oa]|nommée?|intitulée?)\s+([\p{L}\p{N}][\p{L}\p{N}'’_-]*(?:\s+[\p{L}\p{N}][\p{L}\p{N}'’_-]*){0,3}))";

/// Capital letters at the beginning of a sentence and words of the calendar are no names.
constexpr std::string_view kNoNames[] = {"I",          "Please",   "Can",   "Could", "The",    "A",   "An",  "My",
                                         "Our",        "Their",    "This",  "That",  "It",     "Hi",  "Hey", "Hello",
                                         "CompanyCam", "AccuLynx", "Slack", "Bolt",  "Troupe", "ECi", "ECI"};

/// "Send a message to #ops" does not say which.
constexpr std::string_view kNoMessages[] = {"a message", "message",   "this",      "that", "it",   "a note",
                                            "note",      "a comment", "something", "one",  "them", "an update"};

std::string squeezed_digits(std::string_view text) {
  std::string digits;
  for (char c : text) {
    if ((c >= '0' && c <= '9') || (c == '+' && digits.empty())) digits += c;
  }
  return digits;
}

constexpr std::size_t kFewestPhoneDigits = 7;
constexpr std::size_t kFewestPlainDigits = 10;
constexpr std::size_t kMostPhoneDigits = 15;  // E.164

/// "1,250.50", "1.250,50", "3k" as a decimal number; nothing when it cannot be told.
std::optional<std::string> decimal(std::string text) {
  std::string zeros;
  if (text.ends_with('k') || text.ends_with('K')) {
    zeros = "000";
    text.pop_back();
  }
  while (text.ends_with('.') || text.ends_with(',')) text.pop_back();
  const auto last = text.find_last_of(".,");
  std::string whole, cents;
  const bool has_cents = last != text.npos && text.size() - last - 1 <= 2;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' || text[i] == ',') continue;
    (has_cents && i > last ? cents : whole) += text[i];
  }
  if (whole.empty() || (!cents.empty() && !zeros.empty())) return std::nullopt;
  whole += zeros;
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  return cents.empty() ? whole : whole + "." + cents;
}

std::optional<std::string> read_amount(std::string_view text) {
  static const RE2 parts(R"((?i)([^\d\s]*)\s?(\d[\d.,]*k?)\s?([^\d\s]*))");
  std::string before, number, after;
  if (!RE2::FullMatch(text, parts, &before, &number, &after)) return std::nullopt;
  const auto sign = base::ascii_lower(before + after);
  const auto value = decimal(std::move(number));
  if (!value) return std::nullopt;
  const auto currency = sign == "€" || sign.starts_with("eur")                      ? "EUR"
                        : sign == "£" || sign.starts_with("pound") || sign == "gbp" ? "GBP"
                                                                                    : "USD";
  return fmt::format("{} {}", *value, currency);
}

/// "Called north if you can", "llamado norte por favor": what belongs to the name.
std::size_t end_of_name(std::string_view matched) {
  static const RE2 rest(R"((?i)\s(?:if|unless|when|please|wenn|falls|bitte|si|s'il|quand|cuando|por favor|svp)\b)");
  re2::StringPiece found;
  const re2::StringPiece whole(matched.data(), matched.size());
  if (!rest.Match(whole, 0, whole.size(), RE2::UNANCHORED, &found, 1)) return matched.size();
  return static_cast<std::size_t>(found.data() - matched.data());
}

/// What a match of a kind means; nothing: it was none after all.
std::optional<std::string> value_of(Kind kind, std::string_view matched, std::chrono::year_month_day today) {
  switch (kind) {
    case Kind::phone: {
      auto digits = squeezed_digits(matched);
      const auto count = digits.size() - (digits.starts_with('+') ? 1 : 0);
      // "7743201" is an id, "555 0177" is none.
      const bool plain = matched.find_first_not_of("0123456789") == matched.npos;
      if (count < (plain ? kFewestPlainDigits : kFewestPhoneDigits) || count > kMostPhoneDigits) return std::nullopt;
      return digits;
    }
    case Kind::date: {
      const auto day = read_day(matched, today);
      if (!day) return std::nullopt;
      return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day->year()), static_cast<unsigned>(day->month()),
                         static_cast<unsigned>(day->day()));
    }
    case Kind::amount:
      return read_amount(matched);
    case Kind::message:
      if (std::ranges::find(kNoMessages, base::ascii_lower(matched)) != std::end(kNoMessages)) return std::nullopt;
      return std::string(matched);
    case Kind::name:
      if (std::ranges::find(kNoNames, matched) != std::end(kNoNames)) return std::nullopt;
      return std::string(matched.substr(0, end_of_name(matched)));
    default:
      return std::string(matched);
  }
}

struct Pattern {
  Kind kind;
  RE2 pattern;
  Pattern(Kind of, const char* text) : kind(of), pattern(text, RE2::Quiet) {
    if (!pattern.ok()) throw std::logic_error("slots: " + pattern.error());
  }
};

/// In the order of their right: what an earlier one took is not looked at by a later one.
const auto& patterns() {
  static const std::array<Pattern, 13> all = {{{Kind::quoted, kQuoted},
                                               {Kind::url, kUrl},
                                               {Kind::email, kEmail},
                                               {Kind::message, kMessage},
                                               {Kind::channel, kChannel},
                                               {Kind::handle, kHandle},
                                               {Kind::date, kDate},
                                               {Kind::amount, kAmount},
                                               {Kind::phone, kPhone},
                                               {Kind::address, kAddress},
                                               {Kind::id, kId},
                                               {Kind::name, kNamed},
                                               {Kind::name, kName}}};
  return all;
}

bool is_free(const std::vector<Slot>& taken, std::size_t begin, std::size_t end) {
  return std::ranges::none_of(taken, [&](const Slot& slot) { return begin < slot.end && slot.begin < end; });
}

void find_all(const Pattern& sought, std::string_view text, std::chrono::year_month_day today,
              std::vector<Slot>& found) {
  constexpr int kMostGroups = 6;
  std::array<re2::StringPiece, kMostGroups> groups;
  const int count = std::min(sought.pattern.NumberOfCapturingGroups() + 1, kMostGroups);
  for (std::size_t at = 0; at < text.size() && found.size() < kMostSlots;) {
    if (!sought.pattern.Match(text, at, text.size(), RE2::UNANCHORED, groups.data(), count)) return;
    const auto value = std::ranges::find_if(groups.begin() + 1, groups.begin() + count,
                                            [](const auto& group) { return group.data() != nullptr; });
    if (value == groups.begin() + count) return;
    const std::string_view matched(value->data(), value->size());
    const auto begin = static_cast<std::size_t>(matched.data() - text.data());
    const auto end = begin + matched.size();
    if (is_free(found, begin, end)) {
      if (auto read = value_of(sought.kind, matched, today)) {
        found.push_back({.kind = sought.kind, .value = *std::move(read), .begin = begin, .end = end});
      }
    }
    // A closing mark opens nothing.
    at = std::max(sought.kind == Kind::quoted ? end + 1 : end, at + 1);
  }
}

}  // namespace

std::vector<Slot> find_slots(std::string_view text, std::chrono::year_month_day today) {
  text = text.substr(0, kMostBytes);
  std::vector<Slot> found;
  for (const auto& each : patterns()) find_all(each, text, today, found);
  std::ranges::sort(found, {}, &Slot::begin);
  return found;
}

std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, 12> kNames = {"quoted", "url",    "email",   "channel", "handle",  "phone",
                                                       "date",   "amount", "address", "id",      "message", "name"};
  return kNames.at(static_cast<std::size_t>(kind));
}

}  // namespace troupe::assistant::slots
