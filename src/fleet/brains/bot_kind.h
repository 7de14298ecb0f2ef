// What a bot is: the kinds there are, and their registry. Where a bot runs is another thing: a task driver, by name.
// A brain (brain.h) is one sort of kind; a program that speaks Matrix by itself is another.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "fleet/brains/brain.h"

namespace troupe::fleet::life {
class Launcher;
struct LauncherUses;
}  // namespace troupe::fleet::life

namespace troupe::fleet::brains {

/// Who may make, change or test bots of a kind.
enum class Needs {
  writer,        ///< whoever may write bots
  server_admin,  ///< only administrators of the default tenant: it runs something on this machine
};

/// What another config of a bot that runs asks for.
enum class OnChange {
  reload,   ///< it goes on with a new brain at once
  restart,  ///< its task is ended as it was started, and started again
};

struct BotKind {
  std::string name;  ///< as the bot's row and the API have it
  std::string title;
  std::string description;
  std::string_view config_schema;  ///< JSON Schema of the config, for people and forms
  /// False: the secrets are never sent anywhere (they sign), so that they may stay when an address changes.
  bool sends_secrets = true;
  /// Of its secrets an object that `prepare` itself keeps to the addresses that its entries were typed for; empty:
  /// none.
  std::string_view bound_secrets = {};
  /// Checks a config a person wrote. `old_secrets` stay unless new ones are given. Error: invalid_param, naming the
  /// field.
  std::function<Result<PreparedConfig>(boost::json::object config, boost::json::object old_secrets)> prepare;
  /// Makes the brain. Null: it has none, and `launcher` says what its task is.
  std::function<Result<std::unique_ptr<Brain>>(const BrainContext& context, const boost::json::object& config,
                                               const boost::json::object& secrets)>
      make = {};
  /// Asks the service behind a prepared config whether it is there and fits, in at most 20 s; changes nothing there.
  /// Null: there is nothing to test. What is wrong with the service is in the result; an Error is ours.
  std::function<Task<BrainTest>(BrainContext context, boost::json::object config, boost::json::object secrets)> test =
      {};
  /// Whether its brains are asked about this reaction (an emoji) to a message of their own, also where no choice of the
  /// session's newest answer has it: a question of msgtype m.reaction, whose text is the emoji. Null: about none.
  bool (*hears_reaction)(std::string_view emoji) = nullptr;
  std::string off = {};  ///< why no bot of this kind can be made on this server; empty: it can
  Needs needs = Needs::writer;
  std::string refusal = {};  ///< what somebody is told who lacks that role
  /// The name of the task driver that its bots run on: written into a bot's row when the bot becomes of this kind.
  std::string driver = "in_process";
  /// The member of its config in which a bot may name another one; empty: none.
  std::string_view driver_member = {};
  /// It reads its rooms itself: the feed makes no turns for it, but looks at its invites.
  bool reads_rooms_itself = false;
  OnChange on_change = OnChange::reload;
  /// A task of it that ends well is done: the bot is `completed`, and its restart policy is not asked.
  bool ends_by_itself = false;
  /// Makes what starts and ends tasks of this kind (life/launcher.h), one for each term of the fleet. Null: it has a
  /// brain.
  std::function<std::unique_ptr<life::Launcher>(const life::LauncherUses& uses)> launcher = {};

  bool has_brain() const { return !launcher; }
  /// What a bot with this (prepared) config runs on.
  std::string driver_for(const boost::json::object& config) const;
};

/// The kinds there are, by name. Filled while modules start, then only read: what it hands out stays where it is.
class BotKinds {
 public:
  /// Adds the settings that every bot has to the kind's schema. Throws std::logic_error when the kind is there already,
  /// or has neither brain nor launcher.
  void add(BotKind kind);
  /// nullptr: there is none of this name.
  const BotKind* find(std::string_view name) const;
  /// The same; for a name that this version does not have, a kind whose brain cannot be made.
  const BotKind& of(std::string_view name) const;
  const std::deque<BotKind>& all() const { return kinds_; }

 private:
  std::deque<BotKind> kinds_;
  std::deque<std::string> schemas_;  ///< what the kinds' config_schema points to
  BotKind missing_;
};

/// Says back what it hears.
BotKind echo_brain();
/// Asks a web service.
BotKind webhook_brain();

}  // namespace troupe::fleet::brains
