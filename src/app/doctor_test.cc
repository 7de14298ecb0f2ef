#include "app/doctor.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>

#include "app/modules.h"
#include "app/program.h"
#include "net/tls/test_peer.h"
#include "store/test_database.h"

namespace troupe::app {
namespace {

using Level = host::Finding::Level;

class Doctor : public ::testing::Test {
 protected:
  Doctor() {
    configure({});
    modules_ = running(every_module(), config_.settings);
  }

  void configure(std::map<std::string, std::string> flags) {
    flags["data"] = data_.string();
    config_ = load_config(every_module(), std::nullopt, [](std::string_view) { return std::nullopt; }, flags);
  }

  /// A server that was founded here and stopped.
  void found() {
    auto program = Program::open(config_.settings, Mode::found, every_module());
    ASSERT_TRUE(program) << program.error().message();
  }

  std::vector<Diagnosis> examine(const std::optional<boost::json::object>& health = std::nullopt) {
    return app::examine(modules_, config_, base::system_clock(), health);
  }

  /// All that a check has found.
  std::vector<host::Finding> of(std::string_view module, std::string_view check,
                                const std::optional<boost::json::object>& health = std::nullopt) {
    std::vector<host::Finding> out;
    for (const auto& d : examine(health)) {
      if (d.module == module && d.check == check) out.push_back(d.finding);
    }
    return out;
  }
  host::Finding one(std::string_view module, std::string_view check) {
    auto all = of(module, check);
    EXPECT_EQ(all.size(), 1U) << module << ": " << check;
    return all.empty() ? host::Finding{} : all.front();
  }

  store::TempDir dir_;
  std::filesystem::path data_ = dir_.path() / "data";
  LoadedConfig config_;
  std::vector<host::Module> modules_;
};

TEST_F(Doctor, AFolderThatWasJustFoundedIsWell) {
  found();
  for (auto check : {"data folder", "sealing key", "socket", "addresses", "certificate"}) {
    EXPECT_EQ(one("program", check).level, Level::ok) << check << ": " << one("program", check).says;
  }
  for (auto module : {"identity", "homeserver", "fleet", "console"}) {
    EXPECT_EQ(one(module, "tables").level, Level::ok) << one(module, "tables").says;
  }
  EXPECT_TRUE(of("remote", "tables").empty()) << "it does not run here";
}

TEST_F(Doctor, AFolderThatIsNotThereIsTrouble) {
  EXPECT_EQ(one("program", "data folder").level, Level::trouble);
  EXPECT_NE(one("program", "data folder").remedy.find("troupe init"), std::string::npos);
}

TEST_F(Doctor, AKeyThatOthersReadOrThatIsGoneIsTrouble) {
  found();
  const auto key = data_ / "secret.key";
  std::filesystem::permissions(key, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  EXPECT_EQ(one("program", "sealing key").level, Level::trouble);
  EXPECT_EQ(one("program", "sealing key").remedy, "chmod go= " + key.string());
  std::filesystem::remove(key);
  EXPECT_EQ(one("program", "sealing key").level, Level::trouble);
}

TEST_F(Doctor, TablesOfAnotherVersionAreNamed) {
  found();
  auto fleet = std::ranges::find(modules_, "fleet", &host::Module::name);
  ASSERT_NE(fleet, modules_.end());
  const auto known = fleet->migrations;
  fleet->migrations.pop_back();
  EXPECT_EQ(one("fleet", "tables").level, Level::trouble);
  fleet->migrations = known;
  fleet->migrations.push_back({.number = known.back().number + 1, .name = "later", .sql = ""});
  EXPECT_EQ(one("fleet", "tables").level, Level::warning);
}

TEST_F(Doctor, AFileThatIsNoDatabaseIsTrouble) {
  TROUPE_SQLITE_ONLY();
  found();
  std::ofstream(data_ / "troupe.db") << std::string(8'192, 'x');
  EXPECT_EQ(one("program", "database").level, Level::trouble);
}

TEST_F(Doctor, WhatIsOpenToOthersIsSaidWithWhatToSet) {
  configure({{"listen.matrix", "0.0.0.0:8008"}, {"registration.mode", "open"}});
  const auto found = of("program", "addresses");
  ASSERT_EQ(found.size(), 2U);
  for (const auto& finding : found) {
    EXPECT_EQ(finding.level, Level::trouble);
    EXPECT_TRUE(finding.says.starts_with("0.0.0.0:8008 is reachable by others")) << finding.says;
    EXPECT_TRUE(finding.remedy.starts_with("set ")) << finding.remedy;
  }
}

TEST_F(Doctor, ACertificateIsToBeRenewedInTime) {
  const net::tls::testing::TempDir files;
  const auto made = net::tls::testing::make_certificate(files, "own", "DNS:localhost");  // for an hour
  configure({{"tls.certificate", made.certificate_chain_file}, {"tls.key", made.private_key_file}});
  EXPECT_EQ(one("program", "certificate").level, Level::warning);
  base::ManualClock later(base::system_clock().unix_ms() + 7'200'000);
  const auto all = app::examine(modules_, config_, later, std::nullopt);
  const auto found = std::ranges::find(all, "certificate", &Diagnosis::check);
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->finding.level, Level::trouble);
  std::filesystem::permissions(made.private_key_file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_NE(one("program", "certificate").remedy.find("chmod"), std::string::npos);
  configure({{"tls.certificate", made.private_key_file}, {"tls.key", made.private_key_file}});
  EXPECT_EQ(one("program", "certificate").level, Level::trouble);
}

TEST_F(Doctor, TheRunningServersHealthIsShown) {
  found();
  const auto health =
      boost::json::parse(R"({"checks":{"disk_space":{"ok":false,"detail":"the disk is full"},"fleet":{"ok":true}}})");
  const auto disk = of("server", "disk_space", health.as_object());
  ASSERT_EQ(disk.size(), 1U);
  EXPECT_EQ(disk[0].level, Level::trouble);
  EXPECT_EQ(disk[0].says, "the disk is full");
  EXPECT_EQ(of("server", "fleet", health.as_object()).at(0).level, Level::ok);
  EXPECT_EQ(of("server", "health", boost::json::object{}).at(0).level, Level::trouble) << "it said nothing";
}

TEST_F(Doctor, ABackupHoldsTheLedgerTheKeysAndWhatModulesKeep) {
  found();
  std::filesystem::create_directories(data_ / "media" / "ab");
  std::ofstream(data_ / "media" / "ab" / "cd") << "picture";
  std::map<std::string, host::BackupItem> items;
  for (const auto& module : modules_) {
    for (const auto& step : module.backup) {
      auto listed = step.list(config_.settings);
      ASSERT_TRUE(listed) << listed.error().message();
      for (auto& item : *listed) items[step.name + ":" + std::filesystem::path(item.name).filename().string()] = item;
    }
  }
  EXPECT_GT(items.at("ledger:troupe.db").bytes, 0U);
  EXPECT_EQ(items.at("keys:secret.key").files, 1U);
  EXPECT_EQ(items.at("keys:instance").files, 1U);
  EXPECT_EQ(items.at("media:media").files, 1U);
  EXPECT_EQ(items.at("media:media").bytes, 7U);
  EXPECT_EQ(items.at("bots:bots").files, 0U) << "nothing there yet";
}

}  // namespace
}  // namespace troupe::app
