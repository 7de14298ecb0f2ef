// A sentence as routing reads it: tokens, and which of them command and which are only carried along (a message's
// text).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/router/fold.h"

namespace troupe::assistant::router {

enum class Kind { word, number, mark, channel, person, room_alias, email, link };

/// What a token's part of the sentence has to say about the service that is meant.
enum class Part {
  command,  ///< what is wanted
  aside,    ///< what it is about: after "that", "about", "because"
  content,  ///< after a colon that follows a command
  payload,  ///< quoted, code, or after "saying": never read
};

struct Token {
  std::string_view text;  ///< folded, inside the sentence's own text
  Kind kind = Kind::word;
  Part part = Part::command;
  bool capital = false;  ///< the first letter was a capital
};

/// Owns what its tokens view; moves, does not copy.
class Sentence {
 public:
  explicit Sentence(std::string_view text);
  Sentence(Sentence&&) = delete;

  const std::vector<Token>& tokens() const { return tokens_; }
  /// The tokens from one on that were a colon's content are a command after all, up to the next colon.
  void open_content(std::size_t from);
  bool has_payload() const { return has_payload_; }

 private:
  void mark_quotes();
  void cut();
  std::size_t cut_word(std::size_t at);
  void mark_parts();
  bool is_colon(std::size_t at) const;
  /// "note that on the project": no clause follows.
  bool is_pronoun(std::size_t at) const;
  /// Where the order begins behind a statement ("somebody asked for it: create …"); 0: there is none.
  std::size_t order_after_statement() const;

  Folded folded_;
  std::string quoted_;  ///< as long as the text: 'q' inside quotes and code
  std::vector<Token> tokens_;
  bool has_payload_ = false;
};

/// Whether the word is one of a list that is written with blanks around each: " in on to ".
bool is_one_of(std::string_view word, std::string_view list);

}  // namespace troupe::assistant::router
