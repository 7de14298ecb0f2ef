// What MCP servers offer a tenant: when they are asked, what is kept, and who may run them.
#include "assistant/services/services_fixture.h"

namespace troupe::assistant::services {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

packs::Files mcp_pack(const std::string& mcp = R"({"transport":"http","url":"https://ev.example/mcp"})") {
  return {{"config.json", R"({"service":"ev","title":"Everything","mcp":)" + mcp + "}"}};
}
const std::string kProgram = R"({"transport":"stdio","command":"/usr/bin/server"})";

class ToolListsTest : public ServicesFixture {
 protected:
  ToolListsTest() {
    list_tools = [this](calls::Service service, std::chrono::milliseconds) -> Task<matrix::JsonArray> {
      asked.push_back(service.account + " " + service.base_url);
      if (refuse) co_return Error(*refuse);
      matrix::JsonArray out;
      for (const auto& name : tools)
        out.push_back({{"name", name}, {"inputSchema", {{"type", "object"}}}, {"icons", "x"}});
      co_return out;
    };
  }
  std::vector<std::string> offered(std::int64_t tenant = 1) {
    std::vector<std::string> out;
    const auto now = offer(tenant);
    const auto* found = now->find("ev");
    if (found == nullptr) return {"nothing"};
    for (const auto& [name, each] : found->service.pack->operations) out.push_back(name);
    return out;
  }
  Result<AddedPack> add(packs::Files files, Changer who) { return run(services().add(who, std::move(files))); }

  std::vector<std::string> tools{"look", "put"};
  std::vector<std::string> asked;
  std::optional<Error> refuse;
};

TEST_F(ToolListsTest, AreThereWhenAPackIsAdded) {
  ASSERT_TRUE(add(mcp_pack(), as()));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
  EXPECT_THAT(asked, ElementsAre("1/ev https://ev.example/mcp"));
  offered();
  EXPECT_THAT(asked, SizeIs(1)) << "once is enough";
  EXPECT_TRUE(offer()->find("ev")->service.pack->find("put")->approval);
}

TEST_F(ToolListsTest, OutlastTheProgramAndTheirServer) {
  ASSERT_TRUE(add(mcp_pack(), as()));
  refuse = Error(Errc::unavailable, "it is away");
  restart();
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
  EXPECT_THAT(asked, SizeIs(1)) << "nobody waits for what is known";
  must(services().look_at_tools({}));
  EXPECT_THAT(asked, SizeIs(2)) << "but it is looked at";
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
}

TEST_F(ToolListsTest, OfAServerThatIsAwayAreNotWaitedForByEverybody) {
  refuse = Error(Errc::unavailable, "it is away");
  ASSERT_TRUE(add(mcp_pack(), as()));
  EXPECT_THAT(offered(), IsEmpty());
  const auto before = asked.size();
  offered();
  EXPECT_EQ(asked.size(), before);
  refuse.reset();
  must(services().look_at_tools({"1/ev"}));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
}

TEST_F(ToolListsTest, OfAServerThatIsAwayHoldUpNoOther) {
  refuse = Error(Errc::timed_out, "it does not answer");
  ASSERT_TRUE(add(mcp_pack(), as()));
  offered();
  clock.advance(ToolLists::kFirstPause * 2);  // its time has come again
  asked.clear();
  refuse.reset();
  ASSERT_TRUE(
      add({{"config.json", R"({"service":"other","mcp":{"transport":"http","url":"https://o.example/mcp"}})"}}, as()));
  EXPECT_THAT(offered(), IsEmpty());
  EXPECT_THAT(asked, ElementsAre("1/other https://o.example/mcp"));
  must(services().look_at_tools({}));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
}

TEST_F(ToolListsTest, AreThereWhenAPackComesBack) {
  ASSERT_TRUE(add(mcp_pack(), as()));
  must(services().remove(as(), "ev"));
  ASSERT_TRUE(add(mcp_pack(), as()));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
}

TEST_F(ToolListsTest, AreAskedForAtOnceWhenAPackThatWasAwayComesBack) {
  refuse = Error(Errc::timed_out, "it does not answer");
  ASSERT_TRUE(add(mcp_pack(), as()));
  EXPECT_THAT(offered(), IsEmpty());
  must(services().remove(as(), "ev"));
  refuse.reset();
  ASSERT_TRUE(add(mcp_pack(), as()));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
  asked.clear();
  offered();
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(ToolListsTest, AreAskedForAtOnceWhenSomebodyHasMendedIt) {
  refuse = Error(Errc::forbidden, "it leads into the private network");
  ASSERT_TRUE(add(mcp_pack(), as()));
  EXPECT_THAT(offered(), IsEmpty());
  refuse.reset();
  Change change;
  change.base_url = "https://ev.example/mcp";  // the very same, by an administrator of the server
  must(services().change(as(), "ev", std::move(change)));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
}

TEST_F(ToolListsTest, FollowTheirServer) {
  ASSERT_TRUE(add(mcp_pack(), as()));
  offered();
  tools = {"look"};
  must(services().look_at_tools({"7/ev"}));
  EXPECT_THAT(offered(), ElementsAre("look", "put")) << "it was another account's";
  must(services().look_at_tools({"1/ev"}));
  EXPECT_THAT(offered(), ElementsAre("look"));
  tools = {"put"};
  must(services().reload(1));
  EXPECT_THAT(offered(), ElementsAre("put"));
}

TEST_F(ToolListsTest, AreThoseOfTheirAddress) {
  ASSERT_TRUE(add(mcp_pack(), as()));
  offered();
  tools = {"other"};
  Change change;
  change.base_url = "https://elsewhere.example/mcp";
  must(services().change(as(), "ev", std::move(change)));
  EXPECT_THAT(offered(), ElementsAre("other"));
  EXPECT_THAT(asked.back(), "1/ev https://elsewhere.example/mcp");
}

TEST_F(ToolListsTest, GoWithThePackAndAreEachTenantsOwn) {
  ASSERT_TRUE(add(mcp_pack(), as()));
  EXPECT_THAT(offered(kOther), ElementsAre("nothing"));
  ASSERT_TRUE(add(mcp_pack(), as(kOther)));
  tools = {"theirs"};
  must(services().reload(kOther));
  EXPECT_THAT(offered(kOther), ElementsAre("theirs"));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
  must(services().remove(as(), "ev"));
  EXPECT_THAT(offered(), ElementsAre("nothing"));
  const auto rows = must(
      db->read([](store::Connection& c) -> Result<std::size_t> { return service_store::tool_lists(c, 1).size(); }));
  EXPECT_EQ(rows, 0U);
}

TEST_F(ToolListsTest, OfProgramsAreTheServersAlone) {
  EXPECT_EQ(add(mcp_pack(kProgram), as(kOther)).error().code(), Errc::forbidden);
  EXPECT_EQ(add(mcp_pack(kProgram), as()).error().code(), Errc::forbidden) << "its owner has not allowed programs";
  allow_programs = true;
  restart();
  EXPECT_TRUE(add(mcp_pack(kProgram), as()));
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
  // Whoever wrote it into a tenant's folder by hand.
  kit::must(packs::AddedPacks(dir.path() / "data" / "tenants" / std::to_string(kOther)).add("ev", mcp_pack(kProgram)));
  must(services().reload(kOther));
  EXPECT_THAT(offered(kOther), ElementsAre("nothing"));
  EXPECT_THAT(asked, ElementsAre("1/ev "));
}

TEST_F(ToolListsTest, OfAServerWithoutItsKeyAreNotAskedFor) {
  auto files = mcp_pack();
  files["config.json"] =
      R"({"service":"ev","auth":{"scheme":"bearer"},"mcp":{"transport":"http","url":"https://ev.example/mcp"}})";
  ASSERT_TRUE(add(files, as()));
  EXPECT_THAT(offered(), IsEmpty());
  EXPECT_THAT(asked, IsEmpty());
  set_key(1, "ev", "canary-4711-of-ev");
  EXPECT_THAT(offered(), ElementsAre("look", "put"));
}

}  // namespace
}  // namespace troupe::assistant::services
