#include "fleet/brains/command_brain.h"

#include <charconv>

#include "base/encoding.h"
#include "base/field_errors.h"
#include "base/text.h"
#include "fleet/brains/brain_fields.h"
#include "fleet/brains/patience.h"
#include "fleet/time/cron.h"
#include "fleet/time/when.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

constexpr std::string_view kCommandSchema =
    R"json({"type":"object","additionalProperties":false,"properties":{
"timezone":{"type":"string","title":"Time zone","default":"UTC","maxLength":64,
"description":"Of people who have not said theirs with !timezone. A name like Europe/Berlin."},
"max_per_room":{"type":"integer","title":"Reminders and schedules per room","minimum":1,"maximum":1000,"default":100},
"max_per_user":{"type":"integer","title":"Reminders and schedules per person","minimum":1,"maximum":1000,"default":25},
"shortest_interval_minutes":{"type":"integer","title":"Shortest interval of a schedule (minutes)","minimum":1,"maximum":1440,"default":5,
"description":"A schedule that comes more often is refused."},
"respond":{"type":"string","title":"Answers","enum":["auto","always","mention"],"default":"auto",
"description":"auto: every message in a room of two, else only when spoken to. always: every message. mention: only when spoken to."},
"reply_as":{"type":"string","title":"Sends","enum":["notice","text"],"default":"notice",
"description":"How it answers. Reminders always come as texts, since clients do not notify of notices."}}})json";

constexpr std::string_view kHelp = R"(I know these commands:

- `!remind in 10 minutes to stretch`
- `!remind at 18:30 call Ben`, `!remind tomorrow at 9 stand-up`, `!remind at 2026-12-01 09:30 Europe/Berlin pay the rent`
- `!remind list`, `!remind cancel 3`
- `!schedule "0 9 * * 1-5" Good morning` (minute, hour, day of the month, month, day of the week; also `@daily`, `@weekly` …)
- `!schedule list`, `!schedule cancel 4`
- `!timezone Europe/Berlin` sets your time zone, `!timezone` shows it
- `!ping`, `!help`)";

constexpr std::int64_t kMaxListed = 50;
constexpr int kOccurrencesChecked = 60;

struct Limits {
  std::int64_t per_room = 100;
  std::int64_t per_user = 25;
  std::int64_t shortest_s = 300;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n").find(text.front()) != text.npos) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != text.npos) text.remove_suffix(1);
  return text;
}

/// The first word, and what follows it.
std::pair<std::string_view, std::string_view> first_word(std::string_view text) {
  text = trim(text);
  auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
  return {text.substr(0, end), trim(text.substr(end))};
}

/// What stands in quotes at the front, plain or as phones write them, and what follows.
std::optional<std::pair<std::string_view, std::string_view>> in_quotes(std::string_view text) {
  for (auto [open, close] : {std::pair<std::string_view, std::string_view>{"\"", "\""},
                             {"'", "'"},
                             {"`", "`"},
                             {"“", "”"},
                             {"„", "“"},
                             {"«", "»"}}) {
    if (!text.starts_with(open)) continue;
    auto end = text.find(close, open.size());
    if (end == text.npos) return std::nullopt;
    return std::pair{text.substr(open.size(), end - open.size()), trim(text.substr(end + close.size()))};
  }
  return std::nullopt;
}

std::string one_line(std::string_view text) {
  std::string out(text.substr(0, 120));
  while (!base::is_utf8(out)) out.pop_back();
  for (auto& c : out) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return out.size() < text.size() ? out + "…" : out;
}

Reply say(std::string text) { return {.text = std::move(text)}; }

class CommandBrain : public Brain {
 public:
  CommandBrain(CommandServices services, std::string bot_user_id, time::TimeZone zone, Limits limits)
      : services_(services), bot_user_id_(std::move(bot_user_id)), zone_(std::move(zone)), limits_(limits) {}

  bool is_slow() const override { return false; }

  Task<Reply> answer(Question question, ReplyStream& stream) override {
    // Each command may be carried out twice: one that was is found by its event, or has nothing left to do.
    auto obey = [&] { return carry_out(question); };
    co_return co_await while_wanted(stream, obey);
  }

 private:
  Task<Reply> carry_out(Question question) {
    auto [word, rest] = first_word(question.text);
    bool marked = word.starts_with('!');
    auto command = base::ascii_lower(marked ? word.substr(1) : word);
    std::string arguments(rest);
    if (command == "help" || command == "start") co_return say(std::string(kHelp));
    if (command == "ping") co_return say("pong");
    if (command == "remind" || command == "reminder" || command == "reminders") {
      co_return co_await remind(std::move(question), std::move(arguments));
    }
    if (command == "schedule" || command == "schedules") {
      co_return co_await schedule(std::move(question), std::move(arguments));
    }
    if (command == "timezone" || command == "tz") {
      co_return co_await time_zone(std::move(question), std::move(arguments));
    }
    if (marked) co_return say("I do not know `!" + one_line(command) + "`. `!help` lists what I know.");
    co_return say("I only know commands. `!help` lists them.");
  }

  struct Own {
    BotKey bot = 0;
    std::int64_t tenant_id = 1;
    time::TimeZone zone;
  };

  /// The bot's row and the asking person's zone.
  Task<Own> own(std::string user_id) {
    struct Row {
      BotKey bot = 0;
      std::int64_t tenant_id = 1;
      std::optional<std::string> zone;
    };
    auto find = [&](store::Connection& c) -> Result<Row> {
      Row row;
      auto key = bots::bot_key_of(c, bot_user_id_, row.tenant_id);
      if (!key) return Error(Errc::not_found, "The bot is gone.");
      row.bot = *key;
      row.zone = bots::user_zone(c, row.bot, user_id);
      return row;
    };
    CO_TRY(auto row, co_await services_.db.read(find));
    Own own{.bot = row.bot, .tenant_id = row.tenant_id, .zone = zone_};
    if (row.zone) {
      if (auto zone = time::TimeZone::find(*row.zone)) own.zone = *zone;
    }
    co_return own;
  }

  Task<Reply> time_zone(Question question, std::string arguments) {
    auto [name, rest] = first_word(arguments);
    CO_TRY(auto who, co_await own(question.sender));
    if (name.empty()) {
      co_return say("Your time zone is " + who.zone.name() + "; there it is " +
                    who.zone.show(services_.clock.unix_ms() / 1000) + ". `!timezone Europe/Berlin` changes it.");
    }
    auto zone = time::TimeZone::find(name);
    if (!zone && zone.error().code() == Errc::invalid_param) co_return say(zone.error().message());
    CO_TRY(auto found, std::move(zone));
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      bots::set_user_zone(tx, who.bot, who.tenant_id, question.sender, found.name());
      return Unit{};
    };
    CO_TRY(co_await services_.db.write(write));
    co_return say("Your time zone is " + found.name() + " now; there it is " +
                  found.show(services_.clock.unix_ms() / 1000) + ".");
  }

  /// What somebody wants of the reminders or schedules that there are.
  struct AboutKept {
    bool cancel = false;  ///< else: the list
    std::string which = {};
  };
  /// Nothing: a new one is to be made.
  static std::optional<AboutKept> about_kept(std::string_view arguments) {
    const auto [word, rest] = first_word(arguments);
    const auto verb = base::ascii_lower(word);
    if (verb == "list" && rest.empty()) return AboutKept{};
    if (verb == "cancel" || verb == "delete" || verb == "remove")
      return AboutKept{.cancel = true, .which = std::string(rest)};
    return std::nullopt;
  }
  Task<Reply> answer(Question question, AboutKept kept, bool reminders) {
    return kept.cancel ? cancel(std::move(question), std::move(kept.which), reminders)
                       : list(std::move(question), reminders);
  }

  Task<Reply> remind(Question question, std::string arguments) {
    if (const auto kept = about_kept(arguments)) co_return co_await answer(std::move(question), *kept, true);
    CO_TRY(auto who, co_await own(question.sender));
    // "in ten minutes" counts from when it was said, not from when the bot could look, unless that clock is far off.
    auto now = services_.clock.unix_ms();
    auto said = question.timestamp_ms;
    if (said > now || now - said > 3'600'000) said = now;
    auto when = time::read_when(arguments, said / 1000, who.zone);
    if (!when && when.error().code() == Errc::invalid_param) co_return say(when.error().message());
    CO_TRY(auto found, std::move(when));
    bots::Schedule row = new_row(question, who);
    row.zone = found.zone;
    row.text = found.text;
    row.next_ms = found.due * 1000;
    CO_TRY(auto made, co_await make(std::move(row)));
    if (!made.refusal.empty()) co_return say(made.refusal);
    auto zone = time::TimeZone::find(made.schedule.zone);
    auto text =
        "Reminder " + std::to_string(made.schedule.number) + " is set for " +
        (zone ? *zone : who.zone).show(made.schedule.next_ms / 1000) + ", in " +
        time::show_duration(std::max<std::int64_t>(0, made.schedule.next_ms - made.schedule.created_ms) / 1000) + ".";
    if (!found.note.empty()) text += " " + found.note;
    co_return say(std::move(text));
  }

  Task<Reply> schedule(Question question, std::string arguments) {
    const auto [word, rest] = first_word(arguments);
    if (const auto kept = about_kept(arguments)) co_return co_await answer(std::move(question), *kept, false);
    std::string_view expression;
    std::string_view text;
    if (auto parts = in_quotes(arguments)) {
      expression = parts->first;
      text = parts->second;
    } else if (word.starts_with('@')) {
      expression = word;
      text = rest;
    } else {
      co_return say("Say it like this: `!schedule \"0 9 * * 1-5\" Good morning`, with the times in quotes.");
    }
    auto cron = time::Cron::parse(expression);
    if (!cron) co_return say(cron.error().message());
    CO_TRY(auto who, co_await own(question.sender));
    auto zone = who.zone;
    auto [zone_name, after_zone] = first_word(text);
    if (auto named = time::TimeZone::find(zone_name); named && zone_name.find('/') != zone_name.npos) {
      zone = *named;
      text = after_zone;
    }
    if (text.empty()) co_return say("What shall I say then? `!schedule \"0 9 * * 1-5\" Good morning`");
    if (text.size() > time::kMaxReminderBytes) {
      co_return say("That is too long: a schedule holds " + std::to_string(time::kMaxReminderBytes) + " bytes.");
    }
    auto now = services_.clock.unix_ms();
    auto next = cron->next_after(zone, now / 1000);
    if (!next) co_return say("Those times never come.");
    if (auto shortest = shortest_interval(*cron, zone, *next); shortest < limits_.shortest_s) {
      co_return say("That is too often: two of its times are " + time::show_duration(shortest) + " apart, and " +
                    time::show_duration(limits_.shortest_s) + " is the least.");
    }
    bots::Schedule row = new_row(question, who);
    row.cron = expression;
    row.zone = zone.name();
    row.text = text;
    row.next_ms = *next * 1000;
    CO_TRY(auto made, co_await make(std::move(row)));
    if (!made.refusal.empty()) co_return say(made.refusal);
    co_return say("Schedule " + std::to_string(made.schedule.number) + " is set; it comes first at " +
                  zone.show(made.schedule.next_ms / 1000) + ".");
  }

  static std::int64_t shortest_interval(const time::Cron& cron, const time::TimeZone& zone, time::UnixSeconds first) {
    std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < kOccurrencesChecked; ++i) {
      auto next = cron.next_after(zone, first);
      if (!next) break;
      shortest = std::min(shortest, *next - first);
      first = *next;
    }
    return shortest;
  }

  bots::Schedule new_row(const Question& question, const Own& who) const {
    bots::Schedule row;
    row.bot = who.bot;
    row.tenant_id = who.tenant_id;
    row.room_id = question.room_id;
    row.user_id = question.sender;
    row.thread_root = question.thread_root;
    row.made_by_event = question.event_id;
    row.created_ms = services_.clock.unix_ms();
    return row;
  }

  struct Made {
    bots::Schedule schedule;
    std::string refusal;
  };
  /// Once for each command: a repeated one finds its row.
  Task<Made> make(bots::Schedule row) {
    auto write = [&](store::Tx& tx) -> Result<Made> {
      if (auto there = bots::schedule_made_by(tx, row.bot, row.made_by_event)) return Made{*std::move(there), {}};
      auto counts = bots::count_schedules(tx, row.bot, row.room_id, row.user_id);
      if (counts.room >= limits_.per_room) {
        return Made{{},
                    "This room has as many reminders and schedules as it may have: " +
                        std::to_string(limits_.per_room) + ". Cancel one first."};
      }
      if (counts.user >= limits_.per_user) {
        return Made{{},
                    "You have as many reminders and schedules as you may have: " + std::to_string(limits_.per_user) +
                        ". Cancel one first."};
      }
      auto schedule = row;
      bots::insert_schedule(tx, schedule);
      return Made{std::move(schedule), {}};
    };
    CO_TRY(auto made, co_await services_.db.write(write));
    services_.bus.publish(bots::kScheduleChannel, "");
    co_return made;
  }

  Task<Reply> list(Question question, bool once) {
    CO_TRY(auto who, co_await own(question.sender));
    auto find = [&](store::Connection& c) -> Result<std::vector<bots::Schedule>> {
      return bots::schedules_of(c, who.bot, question.room_id, once, kMaxListed + 1);
    };
    CO_TRY(auto rows, co_await services_.db.read(find));
    if (rows.empty())
      co_return say(once ? "There are no reminders in this room." : "There are no schedules in this room.");
    std::string text;
    for (std::size_t i = 0; i < rows.size() && i < static_cast<std::size_t>(kMaxListed); ++i) {
      const auto& row = rows[i];
      auto zone = time::TimeZone::find(row.zone);
      text += std::to_string(row.number) + ". ";
      if (!once) text += "`" + row.cron + "`, next ";
      text += (zone ? *zone : who.zone).show(row.next_ms / 1000) + ": " + one_line(row.text) + "\n";
    }
    if (rows.size() > static_cast<std::size_t>(kMaxListed)) text += "… and more";
    co_return say(std::move(text));
  }

  Task<Reply> cancel(Question question, std::string arguments, bool once) {
    std::string_view name = once ? "reminder" : "schedule";
    std::int64_t number = 0;
    auto digits = trim(arguments);
    if (digits.starts_with('#')) digits.remove_prefix(1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size() || number < 1) {
      co_return say("Which one? `!" + std::string(once ? "remind" : "schedule") + " list` shows their numbers.");
    }
    CO_TRY(auto who, co_await own(question.sender));
    auto now = services_.clock.unix_ms();
    auto write = [&](store::Tx& tx) -> Result<std::optional<bots::Schedule>> {
      if (auto ended = bots::schedule_ended_by(tx, who.bot, question.event_id))
        return ended;  // this very command, again
      auto row = bots::active_schedule(tx, who.bot, question.room_id, number, once);
      if (row) bots::cancel_schedule(tx, row->id, question.event_id, now);
      return row;
    };
    CO_TRY(auto cancelled, co_await services_.db.write(write));
    if (!cancelled) co_return say("There is no " + std::string(name) + " " + std::to_string(number) + " in this room.");
    co_return say("Cancelled " + std::string(name) + " " + std::to_string(number) + ": " + one_line(cancelled->text));
  }

  CommandServices services_;
  std::string bot_user_id_;
  time::TimeZone zone_;
  Limits limits_;
};

Result<PreparedConfig> prepare_command(boost::json::object config, boost::json::object) {
  base::FieldErrors mistakes;
  mistakes.take(refuse_unknown(
      config, {"timezone", "max_per_room", "max_per_user", "shortest_interval_minutes", "respond", "reply_as"}));
  mistakes.take(common_config(config));
  BrainFields fields(config);
  if (auto name = mistakes.take(fields.text("timezone", 64, "UTC"))) {
    if (auto zone = time::TimeZone::find(*name)) {
      config["timezone"] = zone->name();
    } else {
      mistakes.add("/timezone", "timezone: " + zone.error().message());
    }
  }
  mistakes.take(fields.integer("max_per_room", 1, 1000, 100));
  mistakes.take(fields.integer("max_per_user", 1, 1000, 25));
  mistakes.take(fields.integer("shortest_interval_minutes", 1, 1440, 5));
  TRY(std::move(mistakes).outcome());
  return PreparedConfig{.config = std::move(config), .secrets = {}, .generated_secret = std::nullopt};
}

}  // namespace

BotKind command_brain(CommandServices services) {
  return {.name = "command",
          .title = "Reminders and schedules",
          .description = "Answers to commands: reminders in each person's time zone, and messages on a schedule.",
          .config_schema = kCommandSchema,
          .prepare = prepare_command,
          .make = [services](const BrainContext& context, const boost::json::object& config,
                             const boost::json::object&) -> Result<std::unique_ptr<Brain>> {
            TRY(auto zone, time::TimeZone::find(matrix::find_string(config, "timezone").value_or("UTC")));
            Limits limits{.per_room = matrix::find_integer(config, "max_per_room").value_or(100),
                          .per_user = matrix::find_integer(config, "max_per_user").value_or(25),
                          .shortest_s = 60 * matrix::find_integer(config, "shortest_interval_minutes").value_or(5)};
            return std::make_unique<CommandBrain>(services, context.bot_user_id, std::move(zone), limits);
          }};
}

}  // namespace troupe::fleet::brains
