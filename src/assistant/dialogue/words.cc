#include "assistant/dialogue/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <optional>
#include <span>

#include "api/reply.h"
#include "assistant/dialogue/file_words.h"
#include "assistant/tasks/redactor.h"

namespace troupe::assistant::dialogue {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

constexpr std::size_t kMostListed = 20, kMostMembers = 12;
constexpr std::size_t kValueBytes = 300, kLabelBytes = 200, kQuestionBytes = 2'000, kCallBytes = 4'000;

/// What things are called, the best first, and what they are told apart by.
constexpr std::array<std::string_view, 13> kNames{"display_name", "name",    "title",  "label",   "real_name",
                                                  "subject",      "summary", "text",   "content", "body",
                                                  "filename",     "email",   "message"};
constexpr std::array<std::string_view, 5> kIds{"id", "number", "key", "ts", "user_id"};
/// Of the expressions that previews have for what is not known yet.
constexpr std::string_view kPathCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
/// Where services put their lists.
constexpr std::array<std::string_view, 8> kWrapped{"data",   "items", "results", "value",
                                                   "values", "list",  "rows",    "records"};

/// "job_id": "job id".
std::string spoken(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return plain(text, 60);
}

/// A single value; nothing for what is none, or says nothing.
std::optional<std::string> single(const Json& value, std::size_t most = kValueBytes) {
  if (value.is_string()) {
    const auto& text = value.get_string();
    return text.empty() ? std::nullopt : std::optional(plain(matrix::view(text), most));
  }
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_number()) return boost::json::serialize(value);
  return std::nullopt;
}

/// "created_at": 1795331127 is a moment, in seconds or milliseconds; nothing for what is none.
std::optional<std::string> moment(std::string_view name, const Json& value) {
  constexpr std::int64_t kEarliestS = 500'000'000, kLatestS = 5'000'000'000;  // 1985 to 2128
  if (!name.ends_with("_at") && !name.ends_with("_on") && !name.ends_with("At")) return std::nullopt;
  boost::system::error_code not_whole;
  auto seconds = value.to_number<std::int64_t>(not_whole);
  if (not_whole) return std::nullopt;
  if (seconds > kLatestS) seconds /= 1'000;
  if (seconds < kEarliestS || seconds > kLatestS) return std::nullopt;
  auto text = api::utc_seconds(seconds * 1'000).substr(0, std::string_view("2026-11-22T07:05").size());
  text[std::string_view("2026-11-22").size()] = ' ';
  return text + " UTC";
}

/// A text, or the texts of a few parts of it: an address is an object at some services.
std::optional<std::string> short_form(const Json& value) {
  if (auto text = single(value)) return text;
  if (value.is_array()) {
    const auto& list = value.get_array();
    if (list.empty()) return std::nullopt;
    std::string text;
    for (const auto& each : list) {
      const auto part = single(each, 100);
      if (!part || text.size() > kValueBytes) return fmt::format("{} in all", list.size());
      text += (text.empty() ? "" : ", ") + *part;
    }
    return text;
  }
  if (!value.is_object()) return std::nullopt;
  std::string text;
  for (const auto& member : value.get_object()) {
    const auto part = single(member.value(), 100);
    if (!part || member.value().is_bool() || text.size() > kValueBytes) continue;
    text += (text.empty() ? "" : ", ") + *part;
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

const Json* first_of(const JsonObject& object, std::span<const std::string_view> names) {
  for (const auto name : names) {
    if (const auto* value = matrix::find(object, name); value != nullptr && single(*value)) return value;
  }
  return nullptr;
}

/// "address", or what a service calls it: "locationAddress".
const Json* address_in(const JsonObject& object) {
  if (const auto* address = matrix::find(object, "address")) return address;
  for (const auto& member : object) {
    const auto name = matrix::view(member.key());
    if (name.ends_with("Address") || (name.ends_with("_address") && name != "email_address")) return &member.value();
  }
  return nullptr;
}

/// What a finding is about, where it stands beside its rank and what surrounds it: {"rank": 59, "result": {…}}.
const Json& found_in(const Json& entry) {
  const auto& object = entry.get_object();
  if (first_of(object, kNames) != nullptr || first_of(object, kIds) != nullptr) return entry;
  for (const std::string_view name : {"result", "item", "node", "record"}) {
    if (const auto* inner = matrix::find(object, name); inner != nullptr && inner->is_object()) return *inner;
  }
  return entry;
}

/// A message of Matrix: "**the roof is done** · @anna:example.org · 2026-11-22 07:05 UTC"; nothing for what is none.
std::optional<std::string> event_words(const JsonObject& object) {
  const auto* content = matrix::find(object, "content");
  const auto* sender = matrix::find(object, "sender");
  if (content == nullptr || !content->is_object() || sender == nullptr || !single(*sender)) return std::nullopt;
  const auto* body = first_of(content->get_object(), kNames);
  const auto* type = matrix::find(object, "type");
  auto text = body != nullptr ? "**" + *single(*body, kLabelBytes) + "**"
                              : (type != nullptr ? single(*type, 100) : std::nullopt).value_or("(no text)");
  text += " · " + *single(*sender, 100);
  const auto* sent = matrix::find(object, "origin_server_ts");
  const auto when = sent != nullptr ? moment("sent_at", *sent) : std::nullopt;
  return when ? text + " · " + *when : text;
}

/// "**Kelly roof** · 12 Main Street (id 940)".
std::string entry_words(const Json& entry) {
  if (!entry.is_object()) return short_form(entry).value_or("(nothing)");
  const auto& object = found_in(entry).get_object();
  if (auto said = event_words(object)) return *std::move(said);
  std::string text;
  const auto* name = first_of(object, kNames);
  if (name != nullptr) text = "**" + *single(*name, kLabelBytes) + "**";
  if (const auto* address = address_in(object)) {
    if (const auto shown = short_form(*address)) text += (text.empty() ? "" : " · ") + *shown;
  }
  if (const auto* status = matrix::find(object, "status"); status != nullptr && name != nullptr) {
    if (const auto shown = single(*status, 60)) text += " · " + *shown;
  }
  if (const auto* known = first_of(object, kIds); known != nullptr) {
    const auto shown = *single(*known, 100);
    text += text.empty() ? "id " + shown : " (id " + shown + ")";
  }
  return text.empty() ? short_form(entry).value_or("(no name)") : text;
}

void list_words(std::string& out, const JsonArray& list) {
  std::size_t shown = 0;
  for (const auto& each : list) {
    if (shown == kMostListed || out.size() > kMostWordsBytes) break;
    out += "\n- " + entry_words(each);
    ++shown;
  }
  if (shown < list.size()) out += fmt::format("\n- … and {} more", list.size() - shown);
}

std::string found_words(const JsonArray& list) {
  if (list.empty()) return "Done. Nothing was found.";
  auto out = fmt::format("Done. {}:", list.size() == 1 ? "One found" : fmt::format("{} found", list.size()));
  list_words(out, list);
  return out;
}

/// The list that an answer is about; nullptr: it is about one thing.
const JsonArray* list_in(const JsonObject& object) {
  const JsonArray* only = nullptr;
  for (const auto& member : object) {
    const auto* list = member.value().if_array();
    if (list == nullptr) continue;
    if (std::ranges::find(kWrapped, matrix::view(member.key())) != kWrapped.end()) return list;
    if (only != nullptr || matrix::find(object, "id") != nullptr) return nullptr;
    only = list;
  }
  return only;
}

/// "answered 3, failed 0": numbers mean nothing without their names.
std::optional<std::string> counted(const JsonObject& object) {
  std::string text;
  for (const auto& member : object) {
    const auto part = single(member.value(), 100);
    if (!part || text.size() > kValueBytes) continue;
    text += (text.empty() ? "" : ", ") + spoken(matrix::view(member.key())) + " " + *part;
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

bool of_texts(const JsonObject& object) {
  return std::ranges::any_of(object, [](const auto& member) { return member.value().is_string(); });
}

/// A thing within a thing is told by its name and id, like one in a list: all its values in a row say nothing.
std::optional<std::string> member_words(std::string_view name, const Json& value) {
  if (auto when = moment(name, value)) return when;
  const auto* object = value.if_object();
  if (object != nullptr && (first_of(*object, kNames) != nullptr || first_of(*object, kIds) != nullptr)) {
    return entry_words(value);
  }
  return object != nullptr && !of_texts(*object) ? counted(*object) : short_form(value);
}

void object_words(std::string& out, const JsonObject& object) {
  std::size_t shown = 0, left = 0;
  for (const auto& member : object) {
    const auto text = member_words(matrix::view(member.key()), member.value());
    if (!text) continue;
    if (shown == kMostMembers || out.size() > kMostWordsBytes) {
      ++left;
      continue;
    }
    out += fmt::format("\n- {}: {}", spoken(matrix::view(member.key())), *text);
    ++shown;
  }
  if (left > 0) out += fmt::format("\n- … and {} more", left);
}

/// {"success": true, "data": …} and {"data": {…}} are about what is inside.
const Json& unwrapped(const Json& result) {
  const auto* object = result.if_object();
  if (object == nullptr) return result;
  const auto* data = matrix::find(*object, "data");
  const bool wraps = data != nullptr && (object->size() == 1 || object->contains("success"));
  return wraps ? *data : result;
}

std::string result_of(const Json& result) {
  const auto& inner = unwrapped(result);
  if (inner.is_null()) return "Done.";
  if (const auto text = single(inner, kMostWordsBytes / 4)) return inner.is_string() ? *text : "Done: " + *text;
  if (const auto* list = inner.if_array()) return found_words(*list);
  const auto& object = inner.get_object();
  if (object.empty()) return "Done.";
  if (const auto* list = list_in(object)) return found_words(*list);
  std::string out = "Done.";
  object_words(out, object);
  return out;
}

/// What a step before finds stands in a preview as its expression, "$steps.project.id": "(found before: project id)".
std::string waited_for(std::string text) {
  for (const std::string_view root : {"$steps.", "$prev."}) {
    if (!text.starts_with(root)) continue;
    auto path = text.substr(root.size());
    if (path.empty() || path.find_first_not_of(kPathCharacters) != path.npos) return text;
    std::ranges::replace(path, '.', ' ');
    return "(found before: " + spoken(path) + ")";
  }
  return text;
}

/// One argument, or the members of one that is an object: however deep it stands, what is sent is in the plan.
void add_argument(std::vector<std::string>& out, std::string_view name, const Json& value, int depth) {
  constexpr int kDeepest = 6;
  const auto* object = value.if_object();
  const bool many =
      object != nullptr && (object->size() > 1 || (object->size() == 1 && object->begin()->value().is_object()));
  if (many && depth < kDeepest) {
    for (const auto& member : *object) add_argument(out, matrix::view(member.key()), member.value(), depth + 1);
  } else if (const auto text = short_form(value)) {
    out.push_back(spoken(name) + ": " + waited_for(*text));
  }
}

/// The arguments as a person reads them.
std::string argument_words(const JsonObject& args) {
  std::vector<std::string> parts;
  for (const auto& member : args) add_argument(parts, matrix::view(member.key()), member.value(), 0);
  std::string out;
  for (std::size_t i = 0; i < std::min(parts.size(), kMostMembers); ++i) out += (i > 0 ? ", " : "") + parts[i];
  return parts.size() > kMostMembers ? out + ", …" : out;
}

std::string who_may(const tasks::Approval& approval) {
  switch (approval.may) {
    case tasks::Approver::asker:
      return "Approve it, or reject it: nothing is sent until then.";
    case tasks::Approver::administrator:
      return "An administrator other than you has to approve it.";
    case tasks::Approver::named:
      break;
  }
  std::string names;
  for (const auto& each : approval.names) {
    if (names.size() > kLabelBytes) break;
    names += (names.empty() ? "" : ", ") + plain(each, 100);
  }
  return fmt::format("One of these has to approve it: {}.", names);
}

}  // namespace

std::string question_words(const tasks::Question& question) {
  auto out = plain(question.text, kQuestionBytes);
  std::size_t number = 0;
  for (const auto& each : question.choices) {
    if (number == kMostListed) break;
    out += fmt::format("\n{}. {}", ++number, plain(each.label, kLabelBytes));
  }
  if (number < question.choices.size()) out += fmt::format("\n\n… and {} more", question.choices.size() - number);
  if (number > 0) out += "\n\nAnswer with a number, or say what you mean.";
  return out;
}

std::string plan_words(std::string_view title, const std::vector<executor::Preview>& steps, bool borrowed) {
  auto out = fmt::format("I will do this in {}:", plain(title, 100));
  std::size_t number = 0;
  bool writes = false, approval = borrowed;
  for (const auto& step : steps) {
    writes = writes || step.writes;
    approval = approval || step.needs_approval;
    if (step.action.empty()) continue;
    if (number == kMostListed || out.size() > kMostWordsBytes) {
      out += "\n\n… and more steps";
      break;
    }
    const auto args = argument_words(step.args);
    out += fmt::format("\n{}. {}{}{}", ++number,
                       plain(step.description.empty() ? step.action : step.description, kLabelBytes),
                       args.empty() ? "" : ": ", args);
  }
  out += "\n\nNothing has run yet.";
  if (borrowed) {
    out += " Not all of it stands in your own words: you will see the exact calls before anything is sent.";
  } else if (approval) {
    out += " The exact calls will be shown for approval before anything is sent.";
  } else if (!writes) {
    out += " It only reads.";
  }
  return out + " Confirm it to run it.";
}

std::string kept_words(const JsonObject& inputs) {
  const auto* kept = matrix::find_array(inputs, "kept");
  std::string out;
  if (kept == nullptr) return out;
  std::size_t shown = 0;
  for (const auto& each : *kept) {
    const auto* call = each.if_object();
    if (call == nullptr) continue;
    if (shown == kMostListed) break;
    out += fmt::format("\n- {}: {}", plain(matrix::find_string(*call, "action").value_or(""), kLabelBytes),
                       plain(matrix::find_string(*call, "why").value_or(""), kValueBytes));
    ++shown;
  }
  if (shown < kept->size()) out += fmt::format("\n- … and {} more", kept->size() - shown);
  return out;
}

std::string undo_words(const JsonObject& inputs) {
  std::string out = "I will undo this, the last first:";
  const auto* calls = matrix::find_array(inputs, "calls");
  const bool maybe = calls != nullptr && std::ranges::any_of(*calls, [](const Json& each) {
                       const auto* call = each.if_object();
                       return call != nullptr && call->contains("maybe_ms");
                     });
  std::size_t number = 0;
  for (const auto& each : calls != nullptr ? *calls : JsonArray()) {
    const auto* call = each.if_object();
    if (call == nullptr) continue;
    if (number == kMostListed || out.size() > kMostWordsBytes) break;
    const auto* args = matrix::find_object(*call, "args");
    const auto with = args != nullptr ? argument_words(*args) : std::string();
    out += fmt::format(
        "\n{}. {} undoes {}{}{}", ++number, plain(matrix::find_string(*call, "action").value_or(""), kLabelBytes),
        plain(matrix::find_string(*call, "undoes").value_or(""), kLabelBytes), with.empty() ? "" : ": ", with);
    if (call->contains("maybe_ms")) out += " (it may have been done already)";
  }
  if (calls != nullptr && number < calls->size()) out += fmt::format("\n\n… and {} more", calls->size() - number);
  if (const auto kept = kept_words(inputs); !kept.empty()) out += "\n\nThis cannot be undone:" + kept;
  if (maybe) {
    out +=
        "\n\nIt is not known whether an earlier undoing did what is marked so: that is found out before it is sent, or "
        "you are asked.";
  }
  out += maybe ? "\n\nOf this plan nothing has run yet." : "\n\nNothing has run yet.";
  return out + " The exact calls will be shown for approval before anything is sent. Confirm it to run it.";
}

std::string approval_words(const tasks::Approval& approval) {
  std::string out = "This needs an approval before it is sent.";
  if (!approval.why.empty()) out += " " + plain(approval.why, kQuestionBytes);
  std::size_t shown = 0;
  for (const auto& each : approval.calls) {
    const auto* call = each.if_object();
    if (call == nullptr) continue;
    if (shown == kMostListed || out.size() > kMostWordsBytes) break;
    const auto* args = matrix::find_object(*call, "args");
    auto text = args != nullptr ? boost::json::serialize(*args) : std::string("{}");
    // Half of a call must not pass for the whole of it.
    const auto sent = matrix::find_string(*call, "request").value_or("");
    const bool is_cut = text.size() > kCallBytes || sent.size() > kQuestionBytes;
    if (text.size() > kCallBytes) text = tasks::cut(std::move(text), kCallBytes) + " …";
    const auto request = plain(sent, kQuestionBytes);
    out += fmt::format("\n\n**{}**{}{}{}\n{}", plain(matrix::find_string(*call, "action").value_or(""), kLabelBytes),
                       request.empty() ? "" : " · ", request,
                       is_cut ? " (the beginning; the approval has it whole)" : "", fenced(in_order(text)));
    ++shown;
  }
  if (shown < approval.calls.size()) {
    out += fmt::format("\n\n… and {} more calls: the approval has them all.", approval.calls.size() - shown);
  }
  return out + "\n\n" + who_may(approval);
}

std::string result_words(const tasks::TaskRecord& task) {
  return task.result ? result_of(without_files(*task.result)) : std::string("Done.");
}

std::string failure_words(const tasks::TaskRecord& task) {
  const auto why = plain(task.reason, kQuestionBytes);
  switch (task.phase) {
    case tasks::Phase::rejected:
      return "It was not approved, and nothing of it was sent." + (why.empty() ? "" : " " + why);
    case tasks::Phase::cancelled:
      return why.empty() || why == "Cancelled." ? "It is cancelled." : "It is cancelled. " + why;
    default:
      break;
  }
  auto out = why.empty() ? std::string("It did not work.") : "It did not work: " + why;
  if (task.steps == 0) return out + " Nothing was sent. Say it again, or ask for something else.";
  if (tasks::is_undo(task)) return out + " Undo it again for what is left of it: what was undone stays so.";
  return out + (task.steps > 1 ? " What was done before that stays done; you can go on from the step that failed."
                               : " You can go on from the step that failed.");
}

std::string running_words(const tasks::TaskRecord& task) {
  if (task.phase == tasks::Phase::cancelling) return "It is being cancelled; what is under way ends first.";
  return "It is running. Ask again for how it stands.";
}

}  // namespace troupe::assistant::dialogue
