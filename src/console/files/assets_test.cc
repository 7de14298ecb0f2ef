#include "console/files/assets.h"

#include <fstream>

#include "console/console_fixture.h"

namespace troupe::console::files {
namespace {

using WebTest = ConsoleTest;

TEST_F(WebTest, ThePageIsServedAtTheRootAndForDeepLinks) {
  auto root = call("GET", "/", "", {});
  EXPECT_EQ(root.status, 200);
  EXPECT_TRUE(root.headers.get("Content-Type").starts_with("text/html"));
  EXPECT_NE(root.headers.get("Content-Security-Policy").find("default-src 'self'"), std::string_view::npos);
  for (const char* path : {"/ui", "/ui/", "/ui/bots", "/ui/bots/echo", "/ui/users"}) {
    EXPECT_EQ(call("GET", path, "", {}).text, root.text) << path;
  }
  auto etag = std::string(root.headers.get("ETag"));
  auto again = call("GET", "/", "", {{"If-None-Match", etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.text.empty());
}

TEST_F(WebTest, FilesThatAreNotThereAreNotThere) {
  for (const char* path : {"/ui/assets/none.js", "/ui/none.png", "/ui/assets/x"}) {
    EXPECT_EQ(call("GET", path, "", {}).status, 404) << path;
  }
}

TEST(DiskAssets, ServesItsFolderAndNothingElse) {
  store::TempDir dir;
  std::filesystem::create_directories(dir.path() / "dist/assets");
  std::ofstream(dir.path() / "secret.txt") << "secret";
  std::ofstream(dir.path() / "dist/index.html") << "<p>hi</p>";
  std::ofstream(dir.path() / "dist/assets/a-1.js") << "1";
  std::filesystem::create_symlink(dir.path() / "secret.txt", dir.path() / "dist/link.txt");
  auto assets = make_disk_assets(dir.path() / "dist");
  ASSERT_TRUE(assets->find("index.html"));
  EXPECT_EQ(*assets->find("index.html")->bytes, "<p>hi</p>");
  EXPECT_TRUE(assets->find("assets/a-1.js")->hashed_name);
  for (const char* path : {"../secret.txt", "assets/../../secret.txt", "/etc/passwd", "", ".", "assets",
                           "assets//a-1.js", "link.txt", "..\\secret.txt", ".hidden"}) {
    EXPECT_FALSE(assets->find(path)) << path;
  }
}

}  // namespace
}  // namespace troupe::console::files
