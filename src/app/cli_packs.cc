// `troupe pack …`: services' folders, which are files, and their keys, which the server has.
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/cli_line.h"
#include "app/print.h"
#include "assistant/packs/commands.h"
#include "base/encoding.h"

namespace troupe::app {
namespace {

namespace packs = assistant::packs;

int print(const packs::Said& said, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", boost::json::serialize(said.json));
  } else {
    fmt::print(said.good ? stdout : stderr, "{}\n", lines_for_terminal(said.text, ""));
  }
  return said.good ? kDone : kFailed;
}

/// A server that runs on this data folder has the packs as they are now when this returns. One that cannot be told sees
/// them by itself within seconds.
void tell_server(const host::Settings& settings) {
  const auto told = call_local(settings.data_dir / "run" / "troupe.sock",
                               {.method = "POST", .target = "/api/v1/packs/reload", .body = "{}"});
  if (!told) fmt::print(stderr, "troupe: the running server has not read the packs yet: {}\n", told.error().message());
}

void print_test(const boost::json::object& answer, bool quiet) {
  const auto verdict = text_at(answer, "/verdict");
  if (quiet) return fmt::print("{}\n", verdict);
  fmt::print("{}: {}\n", verdict, for_terminal(text_at(answer, "/summary")));
}

}  // namespace

std::string CommandLine::pack_path(std::string_view rest) const {
  return "/api/v1/packs/" + base::percent_encode(args_.name) + std::string(rest);
}

int CommandLine::test_pack() {
  auto answer = ask("POST", pack_path("/test"), {});
  if (!answer) return answer.error();
  print_answer(*answer, options_.output, print_test);
  const auto tested = boost::json::parse(*answer);
  return text_at(tested, "/verdict") == "bad" ? kFailed : kDone;
}

int CommandLine::set_pack_key() {
  const auto name = args_.action.empty() ? std::string("key") : args_.action;
  boost::json::value value;
  if (!args_.all) {
    const auto secret = read_secret(fmt::format("{} of {}", name, args_.name));
    if (secret.empty()) {
      fmt::print(stderr, "troupe: nothing came from standard input\n");
      return kWrongUse;
    }
    value = secret;
  }
  return call("PUT", pack_path(), {{"secrets", boost::json::object{{name, value}}}},
              [&](const boost::json::object& answer, bool quiet) {
                if (quiet) return;
                fmt::print("The secret {} of {} is {}.\n", name, text_at(answer, "/service"),
                           args_.all ? "forgotten" : "kept, and in use");
              });
}

int CommandLine::sign_in_to_pack() {
  boost::json::object wanted;
  if (!args_.text.empty()) wanted["return_to"] = args_.text;
  const auto begun = ask("POST", pack_path("/sign-in"), wanted);
  if (!begun) return begun.error();
  const auto leaving = boost::json::parse(*begun);
  fmt::print(stderr,
             "Open this address in a browser, and allow what {} asks for:\n\n  {}\n\n"
             "It sends the browser back to {}, which has to be registered there. Whether that page opens or not: copy "
             "the whole address that the browser ends at. It is good for ten minutes.\n\n",
             args_.name, for_terminal(text_at(leaving, "/address")), for_terminal(text_at(leaving, "/redirect_uri")));
  const auto address = read_secret("Address that the browser ended at");
  if (address.empty()) {
    fmt::print(stderr, "troupe: nothing came from standard input\n");
    return kWrongUse;
  }
  return call("POST", pack_path("/sign-in/finish"), {{"address", address}},
              [](const boost::json::object& answer, bool quiet) {
                if (!quiet) fmt::print("Signed in at {}.\n", for_terminal(text_at(answer, "/title")));
              });
}

void CommandLine::add_pack_commands() {
  auto* pack = group("pack", "Services that the assistant works with");
  const auto in_data = [this](auto run) {
    return [this, run] {
      const auto config = load(options_, modules_);
      return config ? print(run(config->settings.data_dir), options_.output.json) : kWrongUse;
    };
  };
  const auto in_folder = [this](auto run) {
    return [this, run] {
      const auto config = load(options_, modules_);
      if (!config) return kWrongUse;
      const auto said = run(config->settings.data_dir);
      if (said.good) tell_server(config->settings);
      return print(said, options_.output.json);
    };
  };
  add(pack, "list", "List the packs: those of the program and those that were added",
      in_data([](const auto& data) { return packs::list_packs(data); }));
  auto* check = add(pack, "check", "Say what a folder lacks to be a pack",
                    [this] { return print(packs::check_folder(args_.file), options_.output.json); });
  auto* make = add(pack, "add", "Check a folder and copy it into the data folder",
                   in_folder([this](const auto& data) { return packs::add_pack(data, args_.file); }));
  for (auto* command : {check, make}) command->add_option("folder", args_.file, "The pack's folder")->required();
  auto* show = add(pack, "show", "Show a pack, or one of its operations with its schemas",
                   in_data([this](const auto& data) { return packs::show_pack(data, args_.name, args_.action); }));
  auto* remove = add(pack, "remove", "Remove a pack that was added",
                     in_folder([this](const auto& data) { return packs::remove_pack(data, args_.name); }));
  add(pack, "reload", "Have the server read the packs' folders again",
      [this] { return call("POST", "/api/v1/packs/reload", {}, Show::table); });
  auto* test = add(pack, "test", "Ask a service whether it is there and takes the key", [this] { return test_pack(); });
  auto* key = add(pack, "key", "Keep a secret of a service; it is read from standard input and never shown again",
                  [this] { return set_pack_key(); });
  key->add_option("--secret", args_.action, "Which one, where a service needs several (default key)");
  key->add_flag("--forget", args_.all, "Forget it instead");
  auto* sign_in =
      add(pack, "sign-in", "Sign in at a service of OAuth 2, by any browser", [this] { return sign_in_to_pack(); });
  sign_in->add_option("--return-to", args_.text,
                      "Where browsers reach this server, as the service knows it (default this machine's own address)");
  for (auto* command : {show, remove, test, key, sign_in})
    command->add_option("service", args_.name, "Its service, e.g. slack")->required();
  show->add_option("operation", args_.action, "One of its operations");
}

}  // namespace troupe::app
