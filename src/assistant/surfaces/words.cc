#include "assistant/surfaces/words.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "assistant/dialogue/plain_words.h"
#include "assistant/tasks/redactor.h"
#include "base/text.h"

namespace troupe::assistant::surfaces {
namespace {

using dialogue::ReplyKind;

constexpr std::string_view kColoured = "\xef\xb8\x8f";  ///< U+FE0F: clients send emoji with it or without
constexpr std::string_view kKeycap = "\xe2\x83\xa3";    ///< U+20E3
constexpr std::string_view kTen = "\xf0\x9f\x94\x9f";   ///< 🔟
constexpr std::size_t kMaxLabelBytes = 200;

constexpr std::array<std::string_view, 24> kYes{
    "yes",      "y",       "yes please", "ok", "okay", "run", "run it", "go", "go ahead", "do it", "execute", "approve",
    "approved", "confirm", "ja",         "sí", "si",   "oui", "da",     "да", "sim",      "✅",    "👍",      "☑"};
constexpr std::array<std::string_view, 14> kNo{"no",   "n",   "nope", "reject", "rejected", "do not", "don't",
                                               "nein", "non", "nyet", "нет",    "não",      "❌",     "👎"};
constexpr std::array<std::string_view, 7> kCancel{"cancel",    "stop",      "abort", "never mind",
                                                  "nevermind", "abbrechen", "отмена"};

/// Without blanks, full stops and exclamation marks around it, and without U+FE0F.
std::string plain(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n.!";
  const auto begin = text.find_first_not_of(kAround);
  if (begin == text.npos || text.size() > kMaxLabelBytes * 2) return {};
  std::string out = base::ascii_lower(text.substr(begin, text.find_last_not_of(kAround) - begin + 1));
  for (auto at = out.find(kColoured); at != out.npos; at = out.find(kColoured)) out.erase(at, kColoured.size());
  return out;
}

template <class List>
bool is_one_of(const List& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// JSON as it stands in a block of code: nothing in it ends the block.
std::string code_of(const tasks::JsonObject& args) {
  const auto text = dialogue::in_order(boost::json::serialize(args));
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '`') {
      out += "\\u0060";
    } else {
      out += c;
    }
  }
  return out;
}

std::string one_line(std::string_view text) {
  auto line = tasks::cut(std::string(text), kMaxLabelBytes);
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20; }, ' ');
  return line;
}

/// `request`: where it is sent, as it is approved.
std::string call_lines(std::size_t number, std::string_view action, std::string_view request,
                       const tasks::JsonObject& args) {
  auto lines = "\n\n" + std::to_string(number) + ". `" + one_line(action) + "`";
  auto where = dialogue::in_order(request);
  std::ranges::replace_if(where, [](unsigned char c) { return c < 0x20 || c == '`'; }, ' ');
  if (!where.empty()) lines += " · `" + where + "`";
  if (!args.empty()) lines += "\n\n```json\n" + code_of(args) + "\n```";
  return lines;
}

std::vector<Pick> yes_or_no(std::string yes, std::string no) {
  return {{.id = std::string(kPickYes), .label = std::move(yes), .reaction = "✅"},
          {.id = std::string(kPickNo), .label = std::move(no), .reaction = "❌"}};
}

void add_approval(Shown& made, const tasks::Approval& approval) {
  std::string calls;
  std::size_t number = 0;
  for (const auto& item : approval.calls) {
    const auto* call = item.if_object();
    if (call == nullptr) continue;
    const auto* args = matrix::find_object(*call, "args");
    calls +=
        call_lines(++number, matrix::find_string(*call, "action").value_or(""),
                   matrix::find_string(*call, "request").value_or(""), args == nullptr ? tasks::JsonObject() : *args);
  }
  if (!approval.why.empty()) calls += "\n\n" + one_line(approval.why);
  if (approval.may == tasks::Approver::administrator) {
    calls += "\n\nAn administrator other than " + one_line(approval.asker) + " has to approve this.";
  } else if (approval.may == tasks::Approver::named) {
    std::string names;
    for (const auto& name : approval.names) names += (names.empty() ? "" : ", ") + one_line(name);
    calls += "\n\nTo be approved by: " + names;
  }
  // Nobody approves here what nobody sees here.
  if (made.text.size() + calls.size() > kMaxShownBytes) {
    made.text +=
        "\n\nThe calls are too long to be shown here. Approve them in the console (approval `" + approval.id + "`).";
    return;
  }
  made.text += calls;
  made.picks = yes_or_no("Approve exactly these calls", "Reject");
}

void add_question(Shown& made, const tasks::Question& question) {
  std::size_t number = 0;
  for (const auto& choice : question.choices) {
    if (++number > kMaxPicks) {
      made.text += "\n\nThere are " + std::to_string(question.choices.size()) +
                   " in all; name one that is not in the list, or say more.";
      break;
    }
    made.picks.push_back({.id = choice.id, .label = one_line(choice.label), .reaction = emoji_of(number)});
  }
}

}  // namespace

Word word_of(std::string_view text) {
  const auto word = plain(text);
  if (word.empty()) return Word::none;
  if (is_one_of(kYes, word)) return Word::yes;
  if (is_one_of(kNo, word)) return Word::no;
  return is_one_of(kCancel, word) ? Word::cancel : Word::none;
}

std::optional<std::size_t> number_of(std::string_view text) {
  auto word = plain(text);
  if (word == kTen) return 10;
  if (word.size() == 1 + kKeycap.size() && word.ends_with(kKeycap)) word.resize(1);
  if (word.starts_with('#')) word.erase(0, 1);
  if (word.empty() || word.size() > 3 || !std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::size_t number = 0;
  for (const char c : word) number = number * 10 + static_cast<std::size_t>(c - '0');
  if (number < 1 || number > tasks::kMaxChoices) return std::nullopt;
  return number;
}

std::string emoji_of(std::size_t number) {
  if (number == 10) return std::string(kTen);
  if (number < 1 || number > 9) return {};
  return std::to_string(number) + std::string(kColoured) + std::string(kKeycap);
}

bool may_answer(std::string_view emoji) {
  const bool digits = std::ranges::all_of(emoji, [](unsigned char c) { return c < 0x80; });
  return !digits && (word_of(emoji) != Word::none || number_of(emoji).has_value());
}

const tasks::Choice* named_choice(const std::vector<tasks::Choice>& choices, std::string_view text) {
  const auto said = plain(text);
  if (said.empty()) return nullptr;
  for (const auto& choice : choices) {
    if (said == plain(choice.label) || text == choice.id) return &choice;
  }
  return nullptr;
}

Shown shown(const dialogue::Reply& reply) {
  // What stands under it needs room, too.
  constexpr std::size_t kMostOfMessage = kMaxShownBytes - 500;
  const auto* view = reply.view ? &*reply.view : nullptr;
  Shown made;
  if (reply.kind == ReplyKind::approval && view != nullptr && view->approval) {
    made.text = "This needs an approval before it is sent:";
    add_approval(made, *view->approval);
    return made;
  }
  const bool asks = reply.kind == ReplyKind::question && view != nullptr && view->question.has_value();
  // The numbered list is made of the picks.
  const auto& message = asks && !view->question->text.empty() ? view->question->text : reply.message;
  made.text = tasks::cut(message, kMostOfMessage);
  if (made.text.size() < message.size()) made.text += " …";
  if (asks) add_question(made, *view->question);
  if (reply.kind == ReplyKind::plan && view != nullptr) made.picks = yes_or_no("Run it", "Cancel");
  return made;
}

std::string told_of(const tasks::TaskView& view) {
  if (tasks::is_ended(view.task.phase)) return "e:" + std::string(tasks::to_string(view.task.phase));
  if (view.approval) return "a:" + view.approval->id;
  if (view.question) return "q:" + view.question->id;
  return view.task.phase == tasks::Phase::planned ? "planned" : "";
}

bool is_end(std::string_view told) { return told.starts_with("e:"); }

}  // namespace troupe::assistant::surfaces
