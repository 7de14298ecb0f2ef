#include "host/worker_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace troupe::host {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class WorkerProgram : public testing::Test {
 protected:
  WorkerProgram() {
    std::string name = (fs::temp_directory_path() / "troupe-workers-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~WorkerProgram() override { fs::remove_all(root_); }

  fs::path put(const fs::path& file) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << "x";
    return root_ / file;
  }

  fs::path root_;
};

TEST_F(WorkerProgram, IsFoundInTheCheckoutAndInAnInstallation) {
  put("workers/bot/package.json");
  EXPECT_EQ(find_worker("bot", root_ / "build/release/troupe"), std::nullopt) << "its packages are not installed";
  put("workers/bot/node_modules/x");
  EXPECT_EQ(find_worker("bot", root_ / "build/release/troupe"), root_ / "workers/bot");
  EXPECT_EQ(find_worker("other", root_ / "build/release/troupe"), std::nullopt);
  put("usr/share/troupe/workers/bot/package.json");
  put("usr/share/troupe/workers/bot/node_modules/x");
  EXPECT_EQ(find_worker("bot", root_ / "usr/bin/troupe"), root_ / "usr/share/troupe/workers/bot");
}

TEST_F(WorkerProgram, RunsWithTheNodeOfTheCheckoutFirst) {
  const auto node = put("build/node/bin/node");
  const auto command = node_command(root_ / "workers/bot", "src/main.ts");
  ASSERT_TRUE(command);
  EXPECT_THAT(*command,
              ElementsAre(node.string(), "--experimental-strip-types", "--disable-warning=ExperimentalWarning",
                          (root_ / "workers/bot/src/main.ts").string()));
}

}  // namespace
}  // namespace troupe::host
