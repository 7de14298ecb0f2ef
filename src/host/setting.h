// A configuration key as the module that reads it declares it: one row. The loader, `troupe config`, the console's
// listing and docs/configuration.md come from the rows.
//
//   .settings = {{.key = "keep.audit_days",
//                 .value = host::number(&IdentitySettings::keep_audit_days, {.most = 36'500, .unit = "days"}),
//                 .help = "records of the audit log; 0: for ever"}}
//
// The member pointer says which struct the value goes to; whoever reads it asks Settings::of<IdentitySettings>().
#pragma once
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/settings.h"

namespace troupe::host {

/// What a key takes and where it goes. The functions below make the usual ones.
struct Value {
  /// Fills in the setting; yields what is wrong ("must be on or off"), or nothing.
  using Read = std::function<std::optional<std::string>(Settings&, const std::string& text)>;
  /// The setting as it would be written in the file.
  using Write = std::function<std::string(const Settings&)>;

  std::string takes;  ///< "on or off"; the docs page and the sentence of a mistake say it
  Read read;
  Write write;
  bool is_listener = false;  ///< an address that is listened on: what is exposed there is checked
};

enum class Secret {
  no,          ///< shown; only a password inside a URL is replaced
  yes,         ///< never shown
  credential,  ///< never shown, and whoever guesses it is let in: long, where others reach a listener
};

struct Setting {
  std::string_view key;  ///< "keep.audit_days"
  /// The variables that set it, where they are others than the one of variable_of(key); the first that is set wins.
  std::vector<std::string> environment{};
  Value value;
  std::string_view help;
  Secret secret = Secret::no;
  std::string_view flag_help{};  ///< of the flag of `troupe serve` that sets it; empty: it has none
};

/// The variable of a key that names no other: "TROUPE_KEEP_AUDIT_DAYS" for "keep.audit_days".
std::string variable_of(std::string_view key);

/// What a module has to say of its settings taken together.
struct Review {
  struct Problem {
    bool fatal = true;
    std::string where;  ///< the key, or the keys' common part
    std::string message;
  };
  std::vector<Problem> problems;
  /// What others could do where a listener is reachable by others: "and registration is open to everybody: set …".
  /// Such a server does not start.
  std::vector<std::string> exposures;
  std::vector<std::string> at_start;  ///< lines that `troupe serve` says before it starts
};

// --- Values --------------------------------------------------------------------------------------------------------

std::optional<bool> read_flag(std::string_view text);
std::vector<std::string> read_list(std::string_view text);
std::string write_list(const std::vector<std::string>& items);

struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view unit{};   ///< "seconds"
  bool zero_too = false;     ///< 0 is allowed although it is below `least`
  std::string_view takes{};  ///< in place of "a number of <unit> from <least> to <most>"
};
/// The sentence for a number, without "must be".
std::string takes_number(const Bounds& bounds);
/// Nothing when it is no whole number, or one out of bounds.
std::optional<std::int64_t> read_number(std::string_view text, const Bounds& bounds);

/// A value of an enumeration, and its word.
template <class E>
struct Word {
  std::string_view text;
  E value;
};
/// "closed, token or open".
std::string takes_words(const std::vector<std::string_view>& words);

/// What is wrong with a text that should be host:port, or nothing.
std::optional<std::string> wrong_endpoint(const std::string& text);

template <class S>
Value text(std::string S::* member) {
  return {.takes = "text",
          .read = [member](Settings& s, const std::string& v) -> std::optional<std::string> {
            s.edit<S>().*member = v;
            return std::nullopt;
          },
          .write = [member](const Settings& s) { return s.of<S>().*member; }};
}

/// A text that `check` yields nothing for, or what is wrong with it.
template <class S>
Value text(std::string S::* member, std::string takes, std::optional<std::string> (*check)(const std::string&)) {
  return {.takes = std::move(takes),
          .read = [member, check](Settings& s, const std::string& v) -> std::optional<std::string> {
            if (auto wrong = check(v)) return wrong;
            s.edit<S>().*member = v;
            return std::nullopt;
          },
          .write = [member](const Settings& s) { return s.of<S>().*member; }};
}

template <class S>
Value folder(std::filesystem::path S::* member) {
  return {.takes = "a folder",
          .read = [member](Settings& s, const std::string& v) -> std::optional<std::string> {
            s.edit<S>().*member = v;
            return std::nullopt;
          },
          .write = [member](const Settings& s) { return (s.of<S>().*member).string(); }};
}

template <class S>
Value flag(bool S::* member) {
  return {.takes = "on or off",
          .read = [member](Settings& s, const std::string& v) -> std::optional<std::string> {
            const auto on = read_flag(v);
            if (!on) return "must be on or off";
            s.edit<S>().*member = *on;
            return std::nullopt;
          },
          .write = [member](const Settings& s) { return s.of<S>().*member ? "on" : "off"; }};
}

template <class S, std::integral T>
Value number(T S::* member, Bounds bounds) {
  return {.takes = takes_number(bounds),
          .read = [member, bounds](Settings& s, const std::string& v) -> std::optional<std::string> {
            const auto n = read_number(v, bounds);
            if (!n) return "must be " + takes_number(bounds);
            s.edit<S>().*member = static_cast<T>(*n);
            return std::nullopt;
          },
          .write = [member](const Settings& s) { return std::to_string(s.of<S>().*member); }};
}

/// Words apart by commas; in the file a list of texts will do, too.
template <class S>
Value list(std::vector<std::string> S::* member) {
  return {.takes = "a list",
          .read = [member](Settings& s, const std::string& v) -> std::optional<std::string> {
            s.edit<S>().*member = read_list(v);
            return std::nullopt;
          },
          .write = [member](const Settings& s) { return write_list(s.of<S>().*member); }};
}

template <class S, class E>
Value choice(E S::* member, std::vector<Word<E>> words) {
  std::vector<std::string_view> texts;
  texts.reserve(words.size());
  for (const auto& word : words) texts.push_back(word.text);
  auto takes = takes_words(texts);
  return {.takes = takes,
          .read = [=](Settings& s, const std::string& v) -> std::optional<std::string> {
            auto found = std::ranges::find(words, std::string_view(v), &Word<E>::text);
            if (found == words.end()) return "must be " + takes;
            s.edit<S>().*member = found->value;
            return std::nullopt;
          },
          .write =
              [=](const Settings& s) {
                auto found = std::ranges::find(words, s.of<S>().*member, &Word<E>::value);
                return found == words.end() ? std::string() : std::string(found->text);
              }};
}

/// host:port of a listener.
template <class S>
Value listener(std::string S::* member) {
  auto made = text(member, "host:port", &wrong_endpoint);
  made.is_listener = true;
  return made;
}

}  // namespace troupe::host
