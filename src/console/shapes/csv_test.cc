#include "console/shapes/csv.h"

#include <gtest/gtest.h>

namespace troupe::console::shapes {
namespace {

std::string shown(std::string_view text) {
  auto rows = parse_csv(text);
  if (!rows) return "! " + rows.error().message();
  std::string out;
  for (const auto& row : *rows) {
    out += std::to_string(row.line) + ":";
    for (const auto& field : row.fields) out += "[" + field + "]";
    out += " ";
  }
  return out;
}

TEST(Csv, RowsAndFields) {
  EXPECT_EQ(shown("a,b\nc,\n"), "1:[a][b] 2:[c][] ");
  EXPECT_EQ(shown("a,b\r\nc,d"), "1:[a][b] 2:[c][d] ");
  EXPECT_EQ(shown("a\rb\r"), "1:[a] 2:[b] ");
  EXPECT_EQ(shown("\xEF\xBB\xBF"
                  "a,b\n"),
            "1:[a][b] ");
  EXPECT_EQ(shown("a\n\n\r\nb\n"), "1:[a] 4:[b] ");
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown(",\n"), "1:[][] ");
}

TEST(Csv, QuotedFields) {
  EXPECT_EQ(shown("\"a,b\",\"say \"\"hi\"\"\"\n"), "1:[a,b][say \"hi\"] ");
  EXPECT_EQ(shown("\"two\nlines\",x\nnext\n"), "1:[two\nlines][x] 3:[next] ");
  EXPECT_EQ(shown("\"two\r\nlines\"\r\nnext"), "1:[two\r\nlines] 3:[next] ");
  EXPECT_EQ(shown("\"\",b"), "1:[][b] ");
  EXPECT_EQ(shown("a\"b,c"), "1:[a\"b][c] ") << "a quote inside a plain field is a character";
}

TEST(Csv, SemicolonsWhereThereAreNoCommas) {
  EXPECT_EQ(shown("a;b\nc;d,e\n"), "1:[a][b] 2:[c][d,e] ");
  EXPECT_EQ(shown("a;b,c\n"), "1:[a;b][c] ");
}

TEST(Csv, WhatIsBrokenIsNamedWithItsLine) {
  EXPECT_EQ(shown("a\n\"b\nc"), "! Line 2: a quote is not closed.");
  EXPECT_EQ(shown("a\n\"b\"c\n"), "! Line 2: there is text after a closing quote.");
  EXPECT_EQ(shown("a\nb\n\xff\n"), "! Line 3: not UTF-8. Save the file with the encoding UTF-8.");
  EXPECT_TRUE(shown(std::string("a\n\0b", 4)).starts_with("! Line 2: a NUL"));
  EXPECT_TRUE(shown(std::string(5'000, 'x')).starts_with("! Line 1: a field is too long"));
  EXPECT_TRUE(shown("\"" + std::string(5'000, 'x')).starts_with("! Line 1: a quoted field is too long"));
  EXPECT_TRUE(shown(std::string(40, ',')).starts_with("! Line 1: too many fields"));
  std::string many;
  for (int i = 0; i < 10'002; ++i) many += "a\n";
  EXPECT_TRUE(shown(many).starts_with("! Line 10002: the file has more than"));
}

TEST(Csv, WrittenRowsDoNoHarmInASpreadsheet) {
  std::string out;
  append_csv_row(out, {"anna", "=HYPERLINK(\"http://x\")", "+1", "-1", "@sum", "a,b", "line\nbreak", ""});
  EXPECT_EQ(out, "anna,\"'=HYPERLINK(\"\"http://x\"\")\",\"'+1\",\"'-1\",\"'@sum\",\"a,b\",\"line\nbreak\",\r\n");
}

}  // namespace
}  // namespace troupe::console::shapes
