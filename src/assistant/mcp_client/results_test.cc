// What is made of a tool's result: its value without the bytes of files, and the files.
#include "assistant/mcp_client/results.h"

#include <gtest/gtest.h>

#include "assistant/calls/answer_files.h"

namespace troupe::assistant::mcp_client {
namespace {

JsonObject result(std::string_view content) { return {{"content", matrix::parse_json(content).value().get_array()}}; }

TEST(ResultsTest, PicturesSoundsAndResourcesAreFiles) {
  const auto of = result(R"([
    {"type":"text","text":"here"},
    {"type":"image","data":"iVBORw0KGgoAAAAA","mimeType":"image/png"},
    {"type":"audio","data":"T2dnUwAAAAA=","mimeType":"text/html"},
    {"type":"resource","resource":{"uri":"file:///srv/plans/roof.pdf","mimeType":"application/pdf","blob":"JVBERi0xLjcK"}},
    {"type":"resource","resource":{"uri":"file:///a.txt","text":"a text"}},
    {"type":"resource_link","uri":"file:///b.png","name":"b"},
    {"type":"image","data":"not base64 at all!","mimeType":"image/png"},
    {"type":"image","data":"","mimeType":"image/png"},
    {"type":"image","data":7}, "no object"])");
  const auto files = files_of(of);
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].name, "file.png");
  EXPECT_EQ(files[0].content_type, "image/png");
  EXPECT_EQ(files[0].bytes.size(), 12U);
  EXPECT_EQ(files[1].content_type, "audio/ogg") << "by its bytes";
  EXPECT_EQ(files[2].name, "roof.pdf");
  EXPECT_EQ(files[2].bytes, "%PDF-1.7\n");
  const auto value = matrix::canonical_json(value_of(of));
  EXPECT_EQ(value.find("iVBOR"), value.npos);
  Reply reply;
  reply.kind = Reply::Kind::result;
  reply.result = of;
  EXPECT_EQ(arrived_of(reply).files.size(), 3U);
  reply.result["isError"] = true;
  EXPECT_TRUE(arrived_of(reply).files.empty()) << "a tool that failed has nothing to give";
}

TEST(ResultsTest, TheirNumberHasALimit) {
  JsonArray many;
  for (int i = 0; i < 50; ++i)
    many.push_back(JsonObject{{"type", "image"}, {"data", "iVBORw0KGgo="}, {"mimeType", "image/png"}});
  EXPECT_EQ(files_of({{"content", many}}).size(), calls::kMaxFilesOfAnswer);
  EXPECT_TRUE(files_of({}).empty());
}

}  // namespace
}  // namespace troupe::assistant::mcp_client
