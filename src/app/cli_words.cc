// Words that were mistyped, and completion in shells: both walk over what CLI11 knows.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "app/cli_line.h"
#include "base/nearest.h"

namespace troupe::app {
namespace {

/// The commands below one that a person may use: those without a group are internal.
std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); });
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : commands_of(app)) names.push_back(command->get_name());
  return names;
}

/// The options of a command and of those above it, as they are typed.
std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* at = &app; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

bool takes_value(const CLI::App& app, const std::string& word) {
  for (const auto* at = &app; at != nullptr; at = at->get_parent()) {
    if (const auto* option = at->get_option_no_throw(word)) return option->get_items_expected_max() > 0;
  }
  return false;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : std::string(between)) + word;
  return out;
}

/// "troupe bot"
std::string path_of(const CLI::App& app) {
  return app.get_parent() ? path_of(*app.get_parent()) + " " + app.get_name() : app.get_name();
}

/// A command that does not exist, or that is missing where one is needed.
std::string explain_commands(const CLI::App& at, const std::string* word) {
  const auto names = names_of(at);
  const auto listed = fmt::format("There are: {}. See {} --help", joined(names, ", "), path_of(at));
  if (!word) return fmt::format("{} needs a command. {}", path_of(at), listed);
  const auto meant = base::did_you_mean(*word, names);
  const auto what = fmt::format("{} has no command \"{}\"", path_of(at), *word);
  return meant.empty() ? what + ". " + listed : what + "; " + meant;
}

/// The first of these words that is an option of neither this command, nor of those above or below it; empty: none.
std::string unknown_option(const CLI::App& at, std::span<const std::string> words) {
  auto known = options_of(at);
  for (const auto* below : commands_of(at)) std::ranges::copy(options_of(*below), std::back_inserter(known));
  for (const auto& word : words) {
    const auto name = word.substr(0, word.find('='));
    if (name == "--") break;
    if (name.starts_with("--") && std::ranges::find(known, name) == known.end()) return name;
  }
  return {};
}

std::string explain_option(const CLI::App& at, const std::string& name) {
  const auto meant = base::did_you_mean(name, options_of(at));
  return fmt::format("{} has no option {}{}", path_of(at), name,
                     meant.empty() ? ". See " + path_of(at) + " --help" : "; " + meant);
}

/// Quoted for a shell's single quotes.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// `case` lines: the path of a command, and the words that may follow.
void add_cases(const CLI::App& app, const std::string& path, std::string& out) {
  auto words = names_of(app);
  for (auto& option : options_of(app)) words.push_back(std::move(option));
  out += fmt::format("    {}) printf '%s\\n' {} ;;\n", shell_quoted(path), shell_quoted(joined(words, " ")));
  for (const auto* command : commands_of(app)) {
    add_cases(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), out);
  }
}

/// What bash and zsh share: the words that may follow the command named by the words before.
std::string shell_functions(const CLI::App& app) {
  std::string out = "_troupe_words() {\n  case \"$1\" in\n";
  add_cases(app, "", out);
  out += "  esac\n}\n";
  out += R"sh(_troupe_path() {
  local at= word next
  for word in "$@"; do
    [ "${word#-}" = "$word" ] || continue
    next="${at:+$at }$word"
    [ -z "$(_troupe_words "$next")" ] || at=$next
  done
  printf '%s' "$at"
}
)sh";
  return out;
}

void add_fish(const CLI::App& app, std::vector<std::string> path, std::string& out) {
  std::string here;
  for (const auto& name : path) here += fmt::format("__fish_seen_subcommand_from {}; and ", name);
  const auto names = names_of(app);
  const auto open = path.empty() ? std::string("__fish_use_subcommand")
                                 : here + "not __fish_seen_subcommand_from " + joined(names, " ");
  for (const auto* command : commands_of(app)) {
    out += fmt::format("complete -c troupe -f -n {} -a {} -d {}\n", shell_quoted(open), command->get_name(),
                       shell_quoted(command->get_description()));
  }
  const auto chosen = here.empty() ? std::string() : "-n " + shell_quoted(here.substr(0, here.size() - 6)) + " ";
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      out += fmt::format("complete -c troupe {}-l {}{} -d {}\n", chosen, name,
                         option->get_items_expected_max() > 0 ? " -r" : "", shell_quoted(option->get_description()));
    }
  }
  for (const auto* command : commands_of(app)) {
    auto below = path;
    below.push_back(command->get_name());
    add_fish(*command, std::move(below), out);
  }
}

}  // namespace

std::string explain_words(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* at = &app;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--") break;
    if (word.starts_with("-")) {
      const auto name = word.substr(0, word.find('='));
      if (takes_value(*at, name) && name == word) ++i;
      continue;
    }
    const auto below = commands_of(*at);
    if (below.empty()) break;  // the words of a command itself
    const auto found = std::ranges::find(below, word, [](const CLI::App* one) { return one->get_name(); });
    if (found == below.end()) {
      // What stands there may be the value of an option that does not exist.
      const auto option = unknown_option(*at, std::span(words).first(i));
      return option.empty() ? explain_commands(*at, &word) : explain_option(*at, option);
    }
    at = *found;
  }
  const auto options = options_of(*at);
  for (const auto& word : words) {
    if (word == "--") break;
    const auto name = word.substr(0, word.find('='));
    if (!name.starts_with("--") || std::ranges::find(options, name) != options.end()) continue;
    return explain_option(*at, name);
  }
  if (at->get_require_subcommand_min() > 0) return explain_commands(*at, nullptr);
  return {};
}

CLI::Validator one_of(std::vector<std::string> words) {
  auto shown = "{" + joined(words, ",") + "}";
  auto check = [words = std::move(words)](const std::string& typed) {
    if (std::ranges::find(words, typed) != words.end()) return std::string();
    const auto meant = base::did_you_mean(typed, words);
    return fmt::format("\"{}\" is none of {}{}", typed, joined(words, ", "), meant.empty() ? "" : "; " + meant);
  };
  return {std::move(check), std::move(shown)};
}

std::string completion_script(const CLI::App& app, std::string_view shell) {
  if (shell == "fish") {
    std::string out = "# troupe completion fish > ~/.config/fish/completions/troupe.fish\n";
    add_fish(app, {}, out);
    return out;
  }
  if (shell == "zsh") {
    return "#compdef troupe\n# troupe completion zsh > a folder of $fpath, as _troupe\n" + shell_functions(app) +
           R"sh(_troupe() {
  compadd -- $(_troupe_words "$(_troupe_path "${(@)words[2,CURRENT-1]}")") || _files
}
if [ "$funcstack[1]" = _troupe ]; then _troupe "$@"; else compdef _troupe troupe; fi
)sh";
  }
  return "# source <(troupe completion bash)\n" + shell_functions(app) + R"sh(_troupe() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=($(compgen -W "$(_troupe_words "$(_troupe_path "${COMP_WORDS[@]:1:COMP_CWORD-1}")")" -- "$cur"))
}
complete -o default -F _troupe troupe
)sh";
}

}  // namespace troupe::app
