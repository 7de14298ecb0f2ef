#include "store/dialect.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace troupe::store {
namespace {

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string upper(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

enum class Kind { space, word, parameter, opaque, symbol };

struct Token {
  Kind kind;
  std::string_view text;
};

/// The end of what begins with a quote at `at`; a doubled quote belongs to it.
std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
  const char quote = sql[at];
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != quote) continue;
    if (at + 1 < sql.size() && sql[at + 1] == quote) {
      ++at;
      continue;
    }
    return at + 1;
  }
  return sql.size();
}

Token next_token(std::string_view sql) {
  const auto run = [&](auto belongs) {
    std::size_t end = 1;
    while (end < sql.size() && belongs(sql[end])) ++end;
    return sql.substr(0, end);
  };
  const char c = sql.front();
  if (is_space(c)) return {Kind::space, run(is_space)};
  if (c == '\'' || c == '"') return {Kind::opaque, sql.substr(0, end_of_quoted(sql, 0))};
  if (sql.starts_with("--")) return {Kind::space, sql.substr(0, std::min(sql.size(), sql.find('\n')))};
  if (sql.starts_with("/*")) {
    const auto end = sql.find("*/", 2);
    return {Kind::space, sql.substr(0, end == sql.npos ? sql.size() : end + 2)};
  }
  if (c == '?' && sql.size() > 1 && is_digit(sql[1])) return {Kind::parameter, run(is_digit)};
  if (is_word_char(c)) return {Kind::word, run(is_word_char)};
  return {Kind::symbol, sql.substr(0, 1)};
}

std::vector<Token> tokens_of(std::string_view sql) {
  std::vector<Token> tokens;
  while (!sql.empty()) {
    const auto token = next_token(sql);
    tokens.push_back(token);
    sql.remove_prefix(token.text.size());
  }
  return tokens;
}

/// The statement's words in capitals and its symbols, without texts and spaces.
std::vector<std::string> skeleton_of(const std::vector<Token>& tokens) {
  std::vector<std::string> out;
  for (const auto& token : tokens) {
    if (token.kind == Kind::word) out.push_back(upper(token.text));
    if (token.kind == Kind::symbol) out.emplace_back(token.text);
  }
  return out;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// INSERT INTO t (…) VALUES (…), perhaps with ON CONFLICT (…) DO UPDATE SET …, and no condition.
bool inserts_one(const std::vector<std::string>& words) {
  if (words.empty() || words.front() != "INSERT") return false;
  for (std::string_view word : {"SELECT", "RETURNING", "NOTHING", "WHERE"}) {
    if (has(words, word)) return false;
  }
  auto at = std::ranges::find(words, "VALUES");
  int depth = 0;
  while (at != words.end() && ++at != words.end()) {
    if (*at == "(") ++depth;
    if (*at == ")" && --depth == 0) {
      ++at;
      return at == words.end() || *at == "ON";  // a comma: more rows
    }
  }
  return false;
}

class Translation {
 public:
  explicit Translation(std::string_view sql) : tokens_(tokens_of(sql)) {}

  PostgresSql run() {
    const auto words = skeleton_of(tokens_);
    out_.inserts_one = inserts_one(words);
    const auto starts_with = [&](auto... word) { return !words.empty() && ((words.front() == word) || ...); };
    out_.reads_only = starts_with("SELECT", "VALUES");
    out_.opens = starts_with("BEGIN", "SAVEPOINT", "RELEASE");
    out_.controls = out_.opens || starts_with("COMMIT", "ROLLBACK");
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      const auto& token = tokens_[at_];
      if (token.kind == Kind::parameter) {
        parameter(token.text);
      } else if (token.kind == Kind::word) {
        word(token.text);
      } else {
        if (token.text == ";") statement_ended();
        out_.text += token.text;
      }
    }
    return std::move(out_);
  }

 private:
  void statement_ended() {
    first_.clear();
    second_.clear();
    before_.clear();
  }

  void parameter(std::string_view text) {
    int number = 0;
    std::from_chars(text.data() + 1, text.data() + text.size(), number);
    out_.parameters = std::max(out_.parameters, number);
    out_.text += '$';
    out_.text += text.substr(1);
  }

  void word(std::string_view text) {
    const auto name = upper(text);
    const auto before = std::exchange(before_, name);
    if (first_.empty()) {
      first_ = name;
    } else if (second_.empty()) {
      second_ = name;
    }
    // Types are written in capitals: a column may be called `text`.
    const bool defines = (first_ == "CREATE" || first_ == "ALTER") && second_ == "TABLE" && text == name;
    if (defines && name == "WITHOUT" && skip_word("ROWID")) return;
    if (defines && name == "TEXT") {
      out_.text += "TEXT COLLATE \"C\"";
    } else if (defines && name == "BLOB") {
      out_.text += "BYTEA";
    } else if (defines && name == "REAL") {
      out_.text += "DOUBLE PRECISION";
    } else if (name == "INTEGER" && (defines || before == "AS")) {
      out_.text += "BIGINT";
    } else if (name == "INSTR") {
      out_.text += "strpos";
    } else if (name == "IFNULL") {
      out_.text += "COALESCE";
    } else {
      out_.text += text;
    }
  }

  /// Passes over the next word when it is this one.
  bool skip_word(std::string_view word) {
    auto next = at_ + 1;
    while (next < tokens_.size() && tokens_[next].kind == Kind::space) ++next;
    if (next >= tokens_.size() || upper(tokens_[next].text) != word) return false;
    at_ = next;
    return true;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::string first_;  ///< words of the present statement
  std::string second_;
  std::string before_;
  PostgresSql out_;
};

}  // namespace

PostgresSql to_postgres(std::string_view sql) { return Translation(sql).run(); }

}  // namespace troupe::store
