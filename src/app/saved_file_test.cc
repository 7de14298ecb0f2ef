#include "app/saved_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/test_database.h"

namespace troupe::app {
namespace {

namespace fs = std::filesystem;

class SavedFileTest : public testing::Test {
 protected:
  std::string name(const char* file) const { return folder_.path() / file; }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(folder_.path()), {}); }

 private:
  store::TempDir folder_;
};

TEST_F(SavedFileTest, HasItsNameWhenItIsWhole) {
  {
    auto file = SavedFile::open(name("call.webm"), false);
    ASSERT_TRUE(file) << file.error().message();
    ASSERT_TRUE((*file)->write("one "));
    EXPECT_FALSE(fs::exists(name("call.webm")));
    ASSERT_TRUE((*file)->write("two"));
    ASSERT_TRUE((*file)->finish());
  }
  EXPECT_EQ(content(name("call.webm")), "one two");
  EXPECT_EQ(fs::status(name("call.webm")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(files(), 1);
}

TEST_F(SavedFileTest, LeavesNothingOfAHalf) {
  {
    auto file = SavedFile::open(name("call.webm"), false);
    ASSERT_TRUE(file);
    ASSERT_TRUE((*file)->write("half"));
  }
  EXPECT_EQ(files(), 0);
}

TEST_F(SavedFileTest, ReplacesOnlyWhenToldTo) {
  std::ofstream(name("call.webm")) << "old";
  const auto refused = SavedFile::open(name("call.webm"), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::conflict);
  {
    auto given_up = SavedFile::open(name("call.webm"), true);
    ASSERT_TRUE(given_up);
    ASSERT_TRUE((*given_up)->write("half"));
  }
  EXPECT_EQ(content(name("call.webm")), "old");
  auto file = SavedFile::open(name("call.webm"), true);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write("new"));
  ASSERT_TRUE((*file)->finish());
  EXPECT_EQ(content(name("call.webm")), "new");
}

TEST_F(SavedFileTest, SomebodyFasterKeepsTheName) {
  auto file = SavedFile::open(name("call.webm"), false);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write("mine"));
  std::ofstream(name("call.webm")) << "theirs";
  const auto done = (*file)->finish();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::conflict);
  EXPECT_EQ(content(name("call.webm")), "theirs");
}

TEST_F(SavedFileTest, ReplacesNoLinkAndNoFolder) {
  std::ofstream(name("kept")) << "kept";
  fs::create_symlink(name("kept"), name("link"));
  EXPECT_FALSE(SavedFile::open(name("link"), true));
  EXPECT_FALSE(SavedFile::open(name("."), true));
  EXPECT_FALSE(SavedFile::open(name("no/such/folder"), false));
  EXPECT_EQ(content(name("link")), "kept");
}

}  // namespace
}  // namespace troupe::app
