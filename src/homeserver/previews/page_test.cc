// Pages, letters and pictures as the web has them, and as somebody who means harm writes them.
#include <gmock/gmock.h>

#include "homeserver/media/media_fixture.h"
#include "homeserver/previews/page_facts.h"
#include "homeserver/previews/page_text.h"
#include "homeserver/previews/picture_facts.h"

namespace troupe::homeserver::previews {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

std::string repeated(std::string_view piece, std::size_t bytes = kMaxParsedBytes) {
  std::string out;
  while (out.size() < bytes) out += piece;
  return out;
}

TEST(PageFactsTest, OpenGraphIsRead) {
  const auto facts = read_page_facts(R"(<!DOCTYPE html><html prefix="og: http://ogp.me/ns#"><head><title>No</title>
    <meta property="og:title" content="The Rock"/><META NAME="OG:Type" CONTENT="video.movie">
    <meta property="og:image" content="/rock.png"><meta property="og:image:width" content="9">
    <meta property="og:title" content="A second one"><meta property="other:title" content="x"></head></html>)");
  EXPECT_THAT(facts.open_graph, UnorderedElementsAre(Pair("og:title", "The Rock"), Pair("og:type", "video.movie")));
  EXPECT_EQ(facts.picture, "/rock.png");
}

TEST(PageFactsTest, TwitterTitleAndDescriptionStandIn) {
  const auto twitter = read_page_facts(R"(<meta name="twitter:title" content="T"><title>Page</title>
    <meta name="twitter:image" content="https://example.org/t.png"><meta name="description" content="D">)");
  EXPECT_THAT(twitter.open_graph, UnorderedElementsAre(Pair("og:title", "T"), Pair("og:description", "D")));
  EXPECT_EQ(twitter.picture, "https://example.org/t.png");
  const auto plain =
      read_page_facts("<html><head><title>\n  A &amp;\t B </title></head><body><p>text</p></body></html>");
  EXPECT_THAT(plain.open_graph, ElementsAre(Pair("og:title", "A & B")));
  EXPECT_THAT(plain.picture, IsEmpty());
}

TEST(PageFactsTest, WhatComesLateIsFound) {
  std::string page = "<html><head><title>\xc3\xa4</title><script>if (a<b && 'x') {" + repeated("a<b 'c' ", 100'000) +
                     "}</script></head><body>";
  for (int i = 0; page.size() < 600'000; ++i)
    page += "<p title='a>b \xc3\xa4' class=\"" + std::string(static_cast<std::size_t>(i % 700), 'c') + "\">text</p>";
  page += "<meta property='og:site_name' content='late'>";
  EXPECT_THAT(read_page_facts(page).open_graph,
              UnorderedElementsAre(Pair("og:site_name", "late"), Pair("og:title", "\xc3\xa4")));
}

TEST(PageFactsTest, ScriptIsTextAndNothingElse) {
  const auto facts = read_page_facts(
      R"(<script>document.write('<meta property="og:site_name" content="no">')</script><!-- <title>no</title> -->
         <meta property="og:title" content="<script>alert(1)</script>">
         <meta property="og:description" content="&lt;img src=x onerror=alert(1)&gt;">)");
  EXPECT_THAT(facts.open_graph, UnorderedElementsAre(Pair("og:title", "<script>alert(1)</script>"),
                                                     Pair("og:description", "<img src=x onerror=alert(1)>")));
}

TEST(PageFactsTest, NothingOutsideThePageIsRead) {
  const auto facts = read_page_facts(R"(<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>
    <html><head><title>&x;</title></head></html>)");
  for (const auto& [name, value] : facts.open_graph) EXPECT_FALSE(value.contains("root:")) << name;
}

TEST(PageFactsTest, FactsAreFewAndShort) {
  std::string page = "<title>" + repeated("\xc3\xa4", 100'000) + "</title>";
  for (int i = 0; i < 500; ++i) page += "<meta property='og:x" + std::to_string(i) + "' content='1'>";
  page += "<meta property='og:" + std::string(1'000, 'n') + "' content='1'><meta property='og:<b>' content='1'>";
  const auto facts = read_page_facts(page);
  EXPECT_EQ(facts.open_graph.size(), kMaxFacts);
  std::string long_ones;
  for (int i = 0; i < 40; ++i)
    long_ones += "<meta property='og:x" + std::to_string(i) + "' content='" + std::string(2'000, 'x') + "'>";
  std::size_t bytes = 0;
  for (const auto& [name, value] : read_page_facts(long_ones).open_graph) bytes += name.size() + value.size();
  EXPECT_LE(bytes, kMaxFactsBytes);
  EXPECT_GT(bytes, kMaxFactsBytes / 2);
  for (const auto& [name, value] : read_page_facts("<title>" + repeated("\xc3\xa4", 100'000) + "</title>").open_graph) {
    EXPECT_LE(value.size(), kMaxFactBytes);
    EXPECT_TRUE(base::is_utf8(value)) << name;
  }
}

TEST(PageFactsTest, HostilePagesEnd) {
  const auto timed = [](const char* what, const std::string& page) {
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    read_page_facts(page);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    EXPECT_LT(after.tv_sec - before.tv_sec, 30) << what;  // without bounds: minutes
  };
  timed("deep", repeated("<a>", kMaxParsedBytes / 2) + repeated("</b>"));
  timed("end tags", repeated("<div>", 1'200) + repeated("</b>"));
  timed("comments", repeated("<!--"));
  timed("instructions", repeated("<?"));
  timed("references", repeated("&"));
  timed("less than", repeated("<"));
  timed("an attribute without end", "<p a='" + repeated("x"));
  std::string tag = "<p ";
  for (int i = 0; tag.size() < kMaxParsedBytes; ++i) tag += 'a' + std::to_string(i) + ' ';
  timed("attributes", tag + ">");
  timed("attributes with ends in them", "<p x='>' " + tag.substr(3) + ">");
  timed("entities", "<title>" + repeated("&#x10FFFF;&amp") + "</title>");
}

TEST(PageTextTest, LettersAreThoseThatThePageNames) {
  EXPECT_EQ(page_text("caf\xe9", "text/html; charset=ISO-8859-1"), "caf\xc3\xa9");
  EXPECT_EQ(page_text("<meta charset=\"windows-1251\">\xcf\xf0", "text/html"),
            "<meta charset=\"windows-1251\">\xd0\x9f\xd1\x80");
  EXPECT_EQ(page_text("<meta http-equiv=content-type content='text/html; charset=shift_jis'>\x93\xfa", "text/html"),
            "<meta http-equiv=content-type content='text/html; charset=shift_jis'>\xe6\x97\xa5");
  EXPECT_EQ(page_text(std::string_view("\xff\xfe\x41\0\x42\0", 6), "text/html"), "AB");
  EXPECT_EQ(page_text("\xef\xbb\xbfok", "text/html; charset=koi8-r"), "ok");
  EXPECT_EQ(page_text("plain caf\xc3\xa9", "text/html"), "plain caf\xc3\xa9");
  EXPECT_EQ(page_text("plain caf\xe9", "text/html"), "plain caf\xc3\xa9");
}

TEST(PageTextTest, WhatIsNotValidIsReplacedAndForeignConvertersStayUnused) {
  EXPECT_EQ(page_text("a\xff\x62", "text/html; charset=utf-8"), "a\xef\xbf\xbd\x62");
  for (const auto* charset : {"ISO-2022-CN-EXT", "utf-7", "//TRANSLIT", "../../tmp/x", "UTF-16LE//IGNORE"}) {
    EXPECT_EQ(page_text("+ADw-", "text/html; charset=" + std::string(charset)), "+ADw-") << charset;
  }
  EXPECT_TRUE(base::is_utf8(page_text(repeated("\xe9\x80", 10'000), "text/html; charset=gb18030")));
}

TEST(PictureFactsTest, PicturesAreKnownByTheirBytes) {
  const auto png = read_picture_facts(media::png(279, 129));
  ASSERT_TRUE(png);
  EXPECT_EQ(png->content_type, "image/png");
  EXPECT_EQ(png->width, 279U);
  EXPECT_EQ(png->height, 129U);
  const auto gif = read_picture_facts(std::string_view("GIF89a\x10\x00\x20\x01", 10));
  ASSERT_TRUE(gif);
  EXPECT_EQ(gif->width, 16U);
  EXPECT_EQ(gif->height, 288U);
  const std::string_view jpeg(
      "\xff\xd8\xff\xe0\x00\x04\x01\x02\xff\xc0\x00\x11\x08\x00\x64\x00\xc8\x03\x01\x22\x00\x02\x11\x01", 24);
  ASSERT_TRUE(read_picture_facts(jpeg));
  EXPECT_EQ(read_picture_facts(jpeg)->width, 200U);
  EXPECT_EQ(read_picture_facts(jpeg)->height, 100U);
  const std::string_view webp("RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x63\0\0\x31\0\0", 30);
  ASSERT_TRUE(read_picture_facts(webp));
  EXPECT_EQ(read_picture_facts(webp)->width, 100U);
  EXPECT_EQ(read_picture_facts(webp)->height, 50U);
}

TEST(PictureFactsTest, WhatMayHoldScriptIsNone) {
  for (const auto* text : {"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "<html>", "", "\x89PNG",
                           "<?xml version='1.0'?><svg/>", "%PDF-1.4", "BM"}) {
    EXPECT_FALSE(read_picture_facts(text)) << text;
  }
  // Cut off anywhere, nothing is read behind the end.
  const auto whole = media::png(3, 3);
  for (std::size_t length = 0; length < whole.size(); ++length) read_picture_facts(whole.substr(0, length));
  const auto endless = "\xff\xd8\xff" + repeated("\xff", 100'000);
  EXPECT_EQ(read_picture_facts(endless)->width, 0U);
}

}  // namespace
}  // namespace troupe::homeserver::previews
