// What brains may put into a room: Markdown, HTML and nothing that runs.
#include <gtest/gtest.h>

#include "fleet/answers/html_sanitizer.h"
#include "fleet/answers/html_text.h"
#include "fleet/answers/markdown.h"
#include "fleet/answers/text_split.h"

namespace troupe::fleet::answers {
namespace {

TEST(SanitizeHtml, KeepsWhatMatrixAllows) {
  for (std::string_view html :
       {"<b>x</b>", "<p>a<br>b</p>", "<ol start=\"3\"><li>x</li></ol>",
        "<pre><code class=\"language-c++\">x</code></pre>", "<a href=\"https://example.org/?a=1&amp;b=2\">x</a>",
        "<span data-mx-color=\"#ff0000\">x</span>", "<table><thead><tr><th>x</th></tr></thead></table>",
        "<details><summary>x</summary>y</details>", "<img src=\"mxc://server/id\" alt=\"x\">",
        "a &lt; b &amp; c &#8364;"}) {
    EXPECT_EQ(sanitize_html(html), html);
  }
}

TEST(SanitizeHtml, DropsWhatCouldRunOrTrack) {
  EXPECT_EQ(sanitize_html("<script>alert(1)</script>x"), "x");
  EXPECT_EQ(sanitize_html("<style>p{}</style>x"), "x");
  EXPECT_EQ(sanitize_html("<b onclick=\"x()\">y</b>"), "<b>y</b>");
  EXPECT_EQ(sanitize_html("<img src=\"https://tracker/x.png\">"), "");
  EXPECT_EQ(sanitize_html("<img src=x onerror=alert(1)>"), "");
  EXPECT_EQ(sanitize_html("<iframe src=\"https://x\"></iframe>y"), "y");
  EXPECT_EQ(sanitize_html("<mx-reply>quoted</mx-reply>x"), "x");
  EXPECT_EQ(sanitize_html("<!-- <b>x</b> -->y"), "y");
  for (std::string_view link : {"javascript:alert(1)", "java&#115;cript:alert(1)", "JaVaScRiPt:x", "data:text/html,x",
                                " https://x", "//x", "java\tscript:x", "vbscript:x", "https&colon;//x"}) {
    EXPECT_EQ(sanitize_html("<a href=\"" + std::string(link) + "\">x</a>"), "<a>x</a>") << link;
  }
  EXPECT_EQ(sanitize_html("<a href='https://x\" onclick=\"y'>z</a>"),
            "<a href=\"https://x&quot; onclick=&quot;y\">z</a>");
}

TEST(SanitizeHtml, BrokenHtmlComesOutWellFormed) {
  EXPECT_EQ(sanitize_html("<b><i>x</b>"), "<b><i>x</i></b>");
  EXPECT_EQ(sanitize_html("x</b></p>y"), "xy");
  EXPECT_EQ(sanitize_html("<b"), "<b></b>");
  EXPECT_EQ(sanitize_html("a < b > c & d"), "a &lt; b &gt; c &amp; d");
  EXPECT_EQ(sanitize_html("<"), "&lt;");
  EXPECT_EQ(sanitize_html("<script>never closed <b>x</b>"), "");
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<b>";
  auto safe = sanitize_html(deep + "x");
  EXPECT_LT(safe.size(), 1'000U);
  EXPECT_NE(safe.find('x'), std::string::npos);
}

TEST(Markdown, BecomesHtml) {
  EXPECT_EQ(markdown_to_html("just text"), "");
  EXPECT_EQ(markdown_to_html("two\n\nparagraphs"), "") << "the plain body says it all";
  EXPECT_EQ(markdown_to_html("**bold** and `code`"), "<strong>bold</strong> and <code>code</code>");
  EXPECT_EQ(markdown_to_html("line *one*\nline two"), "line <em>one</em><br>\nline two");
  EXPECT_EQ(markdown_to_html("# Title\n\n- a\n- b"), "<h1>Title</h1>\n<ul><li>a</li>\n<li>b</li>\n</ul>");
  EXPECT_EQ(markdown_to_html("```cpp\nint a<b>;\n```"),
            "<pre><code class=\"language-cpp\">int a&lt;b&gt;;\n</code></pre>");
  EXPECT_EQ(markdown_to_html("[x](https://example.org)"), "<a href=\"https://example.org\">x</a>");
  EXPECT_EQ(markdown_to_html("see https://example.org/a?b=1&c=2"),
            "see <a href=\"https://example.org/a?b=1&amp;c=2\">https://example.org/a?b=1&amp;c=2</a>");
  EXPECT_EQ(markdown_to_html("![a picture](https://example.org/x.png)"),
            "<a href=\"https://example.org/x.png\">a picture</a>");
  auto table = markdown_to_html("|a|b|\n|---|---|\n|1|2|");
  EXPECT_NE(table.find("<td>2</td>"), std::string::npos) << table;
  EXPECT_EQ(markdown_to_html("- [x] done\n- [ ] open"), "<ul><li>☑ done</li>\n<li>☐ open</li>\n</ul>");
}

TEST(Markdown, HtmlInsideIsSanitised) {
  EXPECT_EQ(markdown_to_html("a <b>b</b> <script>alert(1)</script>"), "a <b>b</b> ");
  EXPECT_EQ(markdown_to_html("[x](javascript:alert(1))"), "<a>x</a>");
  EXPECT_EQ(markdown_to_html("<div onmouseover=\"x\">y</div>"), "<div>y</div>");
}

TEST(SplitText, KeepsCodeBlocksWhole) {
  std::string text = "Look:\n\n```python\n";
  for (int i = 0; i < 100; ++i) text += "print('a line of code number " + std::to_string(i) + "')\n";
  text += "```\n\nThat was it.";
  auto split = split_text(text, 1'500, 1'500, 10);
  ASSERT_GT(split.pieces.size(), 2U);
  EXPECT_FALSE(split.rest);
  for (const auto& piece : split.pieces) {
    EXPECT_LE(json_size(piece), 1'500U);
    std::size_t fences = 0;
    for (auto at = piece.find("```"); at != piece.npos; at = piece.find("```", at + 3)) ++fences;
    EXPECT_EQ(fences % 2, 0U) << piece;
  }
  EXPECT_TRUE(split.pieces[1].starts_with("```python\n"));
}

TEST(SplitText, StopsAtTheMost) {
  auto split = split_text(std::string(10'000, 'x'), 200, 1'000, 3);
  ASSERT_EQ(split.pieces.size(), 3U);
  EXPECT_TRUE(split.rest);
  EXPECT_LT(split.pieces[0].size(), split.pieces[1].size());
}

TEST(CleanText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(clean_text("a\xff\xe2\x82"), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(clean_text(std::string_view("a\0b", 3)), "ab");
  EXPECT_EQ(clean_text("Grüße €"), "Grüße €");
}

TEST(HtmlText, SaysWhatTheHtmlShows) {
  EXPECT_EQ(html_to_text("<p>a</p><p>b<br>c</p>"), "a\nb\nc");
  EXPECT_EQ(html_to_text("<ul><li>one</li><li><b>two</b> &amp; more</li></ul>end"), "- one\n- two & more\nend");
  EXPECT_EQ(html_to_text("<script>alert(1)</script> <i> x </i> "), "x");
  EXPECT_EQ(html_to_text("a &lt;b&gt; &quot;c&quot; &#39;d&#39; e&nbsp;f"), "a <b> \"c\" 'd' e f");
  EXPECT_EQ(html_to_text("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>"), "1 2\n3");
  EXPECT_EQ(html_to_text(""), "");
  EXPECT_EQ(html_to_text("<hr>"), "");
}

}  // namespace
}  // namespace troupe::fleet::answers
