// The whole program with one module more, joined by its folder and a line in the list: everything that the module
// brings is there, and nobody else names it.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <thread>

#include "app/config_listing.h"
#include "app/config_page.h"
#include "app/doctor.h"
#include "app/program.h"
#include "store/inspection.h"
#include "store/test_database.h"

namespace troupe::app {

std::vector<host::Module> every_module_and_sample();  // the generated list

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{60};

class SampleModule : public ::testing::Test {
 protected:
  SampleModule() : config_(load({})) {}

  LoadedConfig load(std::map<std::string, std::string> more) {
    std::map<std::string, std::string> values{{"TROUPE_DATA", (dir_.path() / "data").string()},
                                              {"TROUPE_LISTEN_PLATFORM", "127.0.0.1:0"},
                                              {"TROUPE_LISTEN_MATRIX", "127.0.0.1:0"},
                                              {"TROUPE_RATE_LIMITS", "off"},
                                              {"TROUPE_SAMPLE_GREETING", "Ahoy"},
                                              {"TROUPE_SAMPLE_KEEP_NOTES", "2"}};
    for (auto& [name, value] : more) values[name] = value;
    auto environment = [&](std::string_view name) -> std::optional<std::string> {
      auto found = values.find(std::string(name));
      return found == values.end() ? std::nullopt : std::optional(found->second);
    };
    auto loaded = load_config(modules_, std::nullopt, environment, {});
    loaded.settings.listing = list_settings(loaded);
    return loaded;
  }

  std::unique_ptr<Program> open(Mode mode) {
    auto opened = Program::open(config_.settings, mode, modules_);
    if (!opened) throw std::runtime_error(opened.error().message() + " " + opened.error().detail());
    return *std::move(opened);
  }

  static json::value ask(Program& program, std::string method, std::string target, const json::object& body = {},
                         int wanted = 200) {
    net::http::Request request;
    request.method = std::move(method);
    request.target = target;
    if (!body.empty()) request.body = json::serialize(body);
    auto response = program.handle(std::move(request));
    const auto text = response.shared_body ? *response.shared_body : response.body;
    EXPECT_EQ(response.status, wanted) << target << ": " << text;
    return json::parse(text);
  }

  /// Asks until the answer is as wanted.
  template <class Wanted>
  static json::value ask_until(Program& program, const std::string& target, Wanted wanted) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      net::http::Request request;
      request.method = "GET";
      request.target = target;
      auto response = program.handle(std::move(request));
      auto answer = json::parse(response.shared_body ? *response.shared_body : response.body);
      if (wanted(answer)) return answer;
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("in vain: " + json::serialize(answer));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  store::TempDir dir_;
  const std::vector<host::Module> modules_ = every_module_and_sample();
  LoadedConfig config_;
};

TEST_F(SampleModule, ItsSettingsAreKeysLikeOthers) {
  ASSERT_TRUE(config_.usable());
  const auto line = std::ranges::find(config_.settings.listing, "sample.greeting", &host::SettingLine::key);
  ASSERT_NE(line, config_.settings.listing.end());
  EXPECT_EQ(line->value, "Ahoy");
  EXPECT_EQ(line->source, "TROUPE_SAMPLE_GREETING");
  EXPECT_NE(configuration_page(config_.keys)
                .find("| `sample.keep_notes` | `TROUPE_SAMPLE_KEEP_NOTES` | `100` | a number "
                      "of notes from 1 to 1000 |"),
            std::string::npos);
  const auto wrong = load({{"TROUPE_SAMPLE_KEEP_NOTES", "0"}});
  ASSERT_EQ(wrong.problems.size(), 1U);
  EXPECT_EQ(wrong.problems[0].message, "sample.keep_notes must be a number of notes from 1 to 1000");
}

TEST_F(SampleModule, ItsRoutesServeItsTable) {
  auto program = open(Mode::found);
  for (auto text : {"one", "two"}) ask(*program, "POST", "/api/v1/sample/notes", {{"text", text}}, 201);
  ask(*program, "POST", "/api/v1/sample/notes", {{"text", std::string(201, 'x')}}, 400);
  const auto notes = ask(*program, "GET", "/api/v1/sample/notes");
  EXPECT_EQ(notes.at("greeting"), "Ahoy");
  EXPECT_EQ(notes.at("total"), 2);
  EXPECT_EQ(notes.at_pointer("/items/0/text"), "two");
  const auto document = ask(*program, "GET", "/api/openapi.json");
  EXPECT_TRUE(document.at("paths").as_object().contains("/api/v1/sample/notes"));
  EXPECT_TRUE(document.at_pointer("/components/schemas").as_object().contains("SampleNote"));
  program.reset();
  const auto database = store::inspect_database(config_.settings.data_dir / "troupe.db", "");
  ASSERT_TRUE(database) << database.error().message();
  EXPECT_EQ(database->schema.at("sample"), 1);
}

TEST_F(SampleModule, ItsJobRunsAndItsHealthSaysSo) {
  auto program = open(Mode::serve);
  EXPECT_EQ(ask(*program, "GET", "/health", {}, 503).at_pointer("/checks/sample/ok"), false) << "no job ran yet";
  for (auto text : {"one", "two", "three"}) ask(*program, "POST", "/api/v1/sample/notes", {{"text", text}}, 201);
  auto listening = program->listen();
  ASSERT_TRUE(listening) << listening.error().message();
  ask_until(*program, "/health", [](const json::value& v) { return v.at_pointer("/checks/sample/ok") == true; });
  const auto kept =
      ask_until(*program, "/api/v1/sample/notes", [](const json::value& v) { return v.at("total") == 2; });
  EXPECT_EQ(kept.at_pointer("/items/1/text"), "two");
}

TEST_F(SampleModule, ItsKindOfBotAnswersInARoom) {
  auto program = open(Mode::serve);
  auto listening = program->listen();
  ASSERT_TRUE(listening) << listening.error().message();
  ask(*program, "POST", "/api/v1/bots", {{"bot_id", "host"}, {"brain", {{"kind", "sample_greeter"}}}}, 201);
  ask(*program, "POST", "/api/v1/bots/host/start");
  const auto room = ask(*program, "POST", "/api/v1/rooms",
                        {{"creator", "admin"}, {"name", "Hall"}, {"invite", {"@bot_host:localhost"}}}, 201);
  const auto path = "/api/v1/rooms/" + std::string(room.at("room_id").as_string());
  ask_until(*program, path, [](const json::value& v) { return v.at("joined_members") == 2; });
  ask(*program, "POST", path + "/send", {{"sender", "admin"}, {"text", "hello"}});
  ask_until(*program, path + "/messages?user_id=admin", [](const json::value& v) {
    return std::ranges::any_of(v.at("items").as_array(), [](const json::value& message) {
      return message.at("sender") == "@bot_host:localhost" &&
             message.at_pointer("/content/body") == "Ahoy, @admin:localhost";
    });
  });
}

TEST_F(SampleModule, ItsDoctorAndItsBackupStepAreAsked) {
  auto program = open(Mode::found);
  ask(*program, "POST", "/api/v1/sample/notes", {{"text", "kept"}}, 201);
  program.reset();
  const auto file = config_.settings.data_dir / "last_note.txt";
  const auto found = [&] {
    const auto all = examine(modules_, config_, base::system_clock(), std::nullopt);
    auto mine = std::ranges::find(all, "sample", &Diagnosis::module);
    return mine == all.end() ? Diagnosis{} : *mine;
  };
  EXPECT_EQ(found().check, "last note");
  EXPECT_EQ(found().finding.level, host::Finding::Level::ok);
  std::filesystem::permissions(file, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_EQ(found().finding.level, host::Finding::Level::trouble);
  EXPECT_NE(found().finding.remedy.find(file.string()), std::string::npos);

  const auto sample = std::ranges::find(modules_, "sample", &host::Module::name);
  ASSERT_NE(sample, modules_.end());
  const auto items = sample->backup.at(0).list(config_.settings);
  ASSERT_TRUE(items) << items.error().message();
  EXPECT_EQ(items->at(0).name, file.string());
  EXPECT_EQ(items->at(0).files, 1U);
  EXPECT_EQ(items->at(0).bytes, 4U);
}

}  // namespace
}  // namespace troupe::app
