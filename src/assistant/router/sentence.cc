#include "assistant/router/sentence.h"

#include <algorithm>

namespace troupe::assistant::router {
namespace {

constexpr std::size_t kMostTokens = 600;
constexpr std::size_t kMostNamed = 5;  ///< words of a name after "called"

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; }

// What a person's own words follow: nothing after it is a command.
constexpr std::string_view kSaying =
    " saying says stating titled entitled captioned diciendo diga dice disant dizendo dizendo: sagend lautend "
    "intitule ";
constexpr std::string_view kWith = " with mit con avec com ";
constexpr std::string_view kText =
    " text message note comment remark title description body words caption subject hinweis kommentar nachricht titel "
    "texto "
    "mensaje nota comentario titulo mensagem texte commentaire titre ";
constexpr std::string_view kArticle =
    " a an the dem der den das die el la los las le les un una une o os as um uma this that ";
constexpr std::string_view kOpens = " the our my das die der unser unsere el la nuestro le notre ";
constexpr std::string_view kCalled =
    " named called namens genannt llamado llamada nombrado nomme nommee appele appelee intitulee chamado chamada ";
constexpr std::string_view kNameEnds =
    " in on to into via using for at with from by auf fur en para por dans sur pour no na em if unless when once until "
    "except wenn falls sobald sofern si s'il s'ils se quand lorsque cuando quando sauf salvo a au que ";
constexpr std::string_view kAside =
    " that about regarding concerning because since whose dass weil sobre parce porque pourquoi que ";
constexpr std::string_view kRelative = " which who where ";

// "The slack thread says …, so note …": who speaks of something, that somebody does, and the order behind it.
constexpr std::string_view kSpoken =
    " somebody someone everybody everyone nobody people they he she it the a an our my this that these those der die "
    "das ein eine jemand sie er el la los las un una alguien le les quelqu'un ils elles o os as um uma alguem eles de "
    "het een iemand ze hij ";
constexpr std::string_view kDoes =
    " says said say asked asks wants wanted wrote writes told reports reported requested needs needed is was are were "
    "has had have came shows showed sagt sagte fragt fragte will schrieb ist war hat dice dijo pide pidio quiere esta "
    "dit demande veut est disse diz pediu quer esta zegt zei vraagt vroeg wil schreef is heeft ";
constexpr std::string_view kSo = " so then therefore please also bitte entonces alors entao dus dan ";
constexpr std::string_view kOrders =
    " create add make open post send tell put note comment leave find search get fetch look list show set update "
    "change "
    "start stop move book schedule reschedule record log tag upload write register enter invite mark assign attach "
    "ping "
    "let message erstelle fuge poste sende schick schreib such zeig lege crea anade agrega envia manda publica busca "
    "muestra pon cree ajoute envoie poste cherche montre mets crie adicione envie mande poste procure mostre coloque "
    "maak voeg stuur plaats zoek toon zet ";
/// What makes the order behind a statement depend on it.
constexpr std::string_view kHolds =
    " if unless when whenever whether once until till not never don't dont wait waits hold holds falls wenn sobald "
    "sofern "
    "nicht nie erst warte warten si s'il se cuando hasta quando ate quand lorsque jusqu'a espera espere attend als "
    "tenzij zodra indien wanneer niet nooit wacht ";
constexpr std::string_view kPronounEnds = " on in to at for with into under there here now too please ";

/// `words`: how many came before.
bool begins_aside(std::string_view word, std::size_t words) {
  return words > 1 && (is_one_of(word, kAside) || (words > 3 && is_one_of(word, kRelative)));
}

}  // namespace

bool is_one_of(std::string_view word, std::string_view list) {
  for (auto at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    if (at > 0 && list[at - 1] == ' ' && at + word.size() < list.size() && list[at + word.size()] == ' ') return true;
  }
  return false;
}

Sentence::Sentence(std::string_view text) : folded_(fold(text)) {
  mark_quotes();
  cut();
  mark_parts();
}

void Sentence::mark_quotes() {
  const auto& text = folded_.text;
  quoted_.assign(text.size(), ' ');
  bool outside = false;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    if (c == '>' && (at == 0 || text[at - 1] == '\n')) {  // a line quoted from another message
      const auto end = std::min(text.find('\n', at), text.size());
      std::fill(quoted_.begin() + static_cast<long>(at), quoted_.begin() + static_cast<long>(end), 'q');
      at = end;
      continue;
    }
    if (c == '`' || c == '"' || (c == '\'' && begins)) {
      const auto mark =
          c == '`' && text.compare(at, 3, "```") == 0 ? std::string_view("```") : std::string_view(&text[at], 1);
      auto end = text.find(mark, at + mark.size());
      while (c == '\'' && end != std::string::npos && end + 1 < text.size() && is_letter(text[end + 1])) {
        end = text.find(mark, end + 1);  // "it's" inside of single quotes
      }
      if (end == std::string::npos && c == '"' && outside) end = text.size();  // forgotten: all that follows
      if (end != std::string::npos) {
        end = std::min(end + mark.size(), text.size());
        std::fill(quoted_.begin() + static_cast<long>(at), quoted_.begin() + static_cast<long>(end), 'q');
        at = end;
        continue;
      }
    }
    outside = outside || is_letter(c);
    ++at;
  }
  if (!outside) quoted_.assign(text.size(), ' ');  // the whole text is quoted: then it is the command
}

std::size_t Sentence::cut_word(std::size_t at) {
  const auto& text = folded_.text;
  auto end = at;
  bool digits = true;
  while (end < text.size() && (is_letter(text[end]) ||
                               (text[end] == '\'' && end > at && end + 1 < text.size() && is_letter(text[end + 1])))) {
    digits = digits && is_digit(text[end]);
    ++end;
  }
  Token token{.text = std::string_view(text).substr(at, end - at), .kind = digits ? Kind::number : Kind::word};
  token.capital = folded_.upper[at] == '^';
  if (token.text.size() > 2 && token.text.ends_with("'s")) token.text.remove_suffix(2);
  tokens_.push_back(token);
  return end;
}

void Sentence::cut() {
  const auto& text = folded_.text;
  const std::string_view all(text);
  std::size_t at = 0;
  while (at < text.size() && tokens_.size() < kMostTokens) {
    const auto begin = at;
    const char c = text[at];
    const auto word_end = std::min(text.find_first_of(" \n", at), text.size());
    const auto chunk = all.substr(at, word_end - at);
    const bool fresh = at == 0 || !is_letter(text[at - 1]);
    if (c == ' ') {
      ++at;
      continue;
    }
    if (fresh && (chunk.starts_with("http://") || chunk.starts_with("https://") || chunk.starts_with("www."))) {
      tokens_.push_back({.text = chunk, .kind = Kind::link});
      at = word_end;
    } else if ((c == '#' || c == '@') && at + 1 < text.size() && is_letter(text[at + 1])) {
      auto end = at + 1;
      while (end < text.size() && (is_letter(text[end]) || text[end] == '-' || text[end] == '_' ||
                                   (text[end] == '.' && end + 1 < text.size() && is_letter(text[end + 1])))) {
        ++end;
      }
      auto name = all.substr(at, end - at);
      auto kind = c == '#' ? Kind::channel : Kind::person;
      if (end + 1 < text.size() && text[end] == ':' && is_letter(text[end + 1])) {  // #room:example.org
        kind = Kind::room_alias;
        while (end < text.size() && text[end] != ' ' && text[end] != '\n' && text[end] != ',') ++end;
        name = all.substr(at, end - at);
      } else if (c == '#' && std::all_of(name.begin() + 1, name.end(), is_digit)) {
        kind = Kind::number;
      }
      tokens_.push_back({.text = name, .kind = kind});
      at = end;
    } else if (is_letter(c)) {
      const auto end = all.find_first_of(" \n,;:<>()\"", at);
      const auto whole = all.substr(at, end == std::string_view::npos ? end : end - at);
      const auto sign = whole.find('@');
      if (sign != std::string_view::npos && sign > 0 && whole.find('.', sign) != std::string_view::npos) {
        tokens_.push_back({.text = whole, .kind = Kind::email});
        at += whole.size();
      } else {
        at = cut_word(at);
      }
    } else {
      tokens_.push_back({.text = all.substr(at, 1), .kind = Kind::mark});
      ++at;
    }
    if (quoted_[begin] == 'q') {
      tokens_.back().part = Part::payload;
      has_payload_ = true;
    }
  }
}

std::size_t Sentence::order_after_statement() const {
  if (tokens_.empty() || !is_one_of(tokens_[0].text, kSpoken)) return 0;
  bool does = false;
  for (std::size_t i = 1; i + 1 < tokens_.size(); ++i) {
    const auto& token = tokens_[i];
    if (token.part == Part::payload) continue;
    if (is_one_of(token.text, kHolds)) return 0;
    does = does || (token.kind == Kind::word && is_one_of(token.text, kDoes));
    const bool ends =
        token.kind == Kind::mark ? std::string_view(":,;.").contains(token.text) : is_one_of(token.text, kSo);
    if (!does || !ends) continue;
    const auto kind = tokens_[i - 1].kind;
    if (token.text == ":" && (kind == Kind::channel || kind == Kind::person || kind == Kind::room_alias))
      return 0;  // what follows is said there
    auto next = i + 1;
    while (next < tokens_.size() && is_one_of(tokens_[next].text, kSo)) ++next;
    if (next < tokens_.size() && tokens_[next].part != Part::payload && is_one_of(tokens_[next].text, kOrders))
      return next;
  }
  return 0;
}

void Sentence::mark_parts() {
  const auto order = order_after_statement();
  auto part = order > 0 ? Part::aside : Part::command;
  std::size_t named = 0;  // words that may still belong to a name after "called"
  std::size_t words = 0;  // of the command so far
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    auto& token = tokens_[i];
    if (token.part == Part::payload) continue;
    if (i < order) {
      token.part = Part::aside;
      continue;
    }
    if (i == order) part = Part::command;
    const auto word = token.text;
    const bool ends =
        token.kind == Kind::mark && (word == "." || word == "?" || word == "!" || word == "\n" || word == ";");
    if (ends && part == Part::aside) part = Part::command;
    if (named > 0) {
      const bool stops = token.kind == Kind::mark ? word != "&" && word != "-" : is_one_of(word, kNameEnds);
      named = stops ? 0 : named - 1;
      if (!stops) {
        token.part = Part::payload;
        has_payload_ = true;
        continue;
      }
    }
    token.part = part;
    if (part == Part::payload) continue;
    if (token.kind == Kind::word) {
      const auto back = [&](std::size_t n) { return i >= n ? tokens_[i - n].text : std::string_view(); };
      const bool with_text = is_one_of(word, kText) &&
                             (is_one_of(back(1), kWith) || (is_one_of(back(1), kArticle) && is_one_of(back(2), kWith)));
      if (words > 1 && (is_one_of(word, kSaying) || with_text)) {
        part = Part::payload;
        has_payload_ = true;
      } else if (words > 0 && is_one_of(word, kCalled)) {
        named = kMostNamed;
      } else if (part == Part::command && begins_aside(word, words) && !is_pronoun(i)) {
        part = Part::aside;
        token.part = part;
      }
      if (words > 0 || !is_one_of(word, kOpens)) ++words;  // "the crm: add …" is as good as "crm: add …"
    } else if (token.kind == Kind::channel || token.kind == Kind::person) {
      ++words;
    } else if (words > 1 && is_colon(i)) {
      part = Part::content;
    }
  }
}

void Sentence::open_content(std::size_t from) {
  auto part = Part::command;
  std::size_t words = 0;
  for (auto i = from; i < tokens_.size(); ++i) {
    auto& token = tokens_[i];
    if (is_colon(i) && words > 1) return;
    if (token.part != Part::content) continue;
    if (token.kind != Kind::mark && begins_aside(token.text, words)) part = Part::aside;
    token.part = part;
    if (token.kind != Kind::mark) ++words;
  }
}

bool Sentence::is_pronoun(std::size_t at) const {
  if (tokens_[at].text != "that") return false;
  return at + 1 >= tokens_.size() || tokens_[at + 1].kind == Kind::mark ||
         is_one_of(tokens_[at + 1].text, kPronounEnds);
}

bool Sentence::is_colon(std::size_t at) const {
  if (tokens_[at].kind != Kind::mark || tokens_[at].text != ":") return false;
  const bool between =
      at > 0 && at + 1 < tokens_.size() && tokens_[at - 1].kind == Kind::number && tokens_[at + 1].kind == Kind::number;
  return !between || tokens_[at].text.data() + 1 != tokens_[at + 1].text.data();  // 3:30
}

}  // namespace troupe::assistant::router
