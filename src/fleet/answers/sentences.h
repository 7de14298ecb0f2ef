// The fixed sentences that bots say in rooms, in the languages that we have them in.
#pragma once
#include <string>
#include <string_view>

namespace troupe::fleet::answers {

enum class Sentence {
  failed,  ///< argument: a reference number, as in those below
  timed_out,
  reference,   ///< behind a sentence that has none of its own
  broken_off,  ///< after the beginning of an answer
  refused,     ///< the brain refused this message
  busy,        ///< the brain has too much to do
  misconfigured,
  only_text,
  new_session,
  choose,  ///< under a list of choices
  you_could_ask,
  sources,
  cut,
  in_file,
  question_gone,
  stopped,
  no_answer,
  file_kept,  ///< argument: its name
  file_too_large,
  file_not_taken,
  file_unreadable,
};

/// "en" or "ru"; anything else is taken as "en". A `%` in the sentence becomes the argument.
std::string sentence(Sentence which, std::string_view language, std::string_view argument = {});

/// The language of a text, as far as fixed sentences go: "ru" when most of its letters are Cyrillic, else "en".
std::string guess_language(std::string_view text);

}  // namespace troupe::fleet::answers
