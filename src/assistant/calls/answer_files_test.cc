// Files that services answer with: what is one, what it is by its bytes, what it is called.
#include "assistant/calls/answer_files.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace troupe::assistant::calls {
namespace {

using namespace std::string_literals;

const std::string kPng = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s;

net::client::ClientResponse response(std::string body, std::string type, std::string disposition = "") {
  net::client::ClientResponse out;
  out.status = 200;
  if (!type.empty()) out.headers.add("Content-Type", std::move(type));
  if (!disposition.empty()) out.headers.add("Content-Disposition", std::move(disposition));
  out.body = std::move(body);
  return out;
}

TEST(AnswerFilesTest, TheBytesSayTheTypeAndNotTheService) {
  EXPECT_EQ(type_of(kPng, "text/html"), "image/png");
  EXPECT_EQ(type_of("\xff\xd8\xff\xe0...", ""), "image/jpeg");
  EXPECT_EQ(type_of("RIFF\0\0\0\0WEBPVP8 "s, "image/png"), "image/webp");
  EXPECT_EQ(type_of("0000\0\0\0\0WEBPVP8 "s, "image/webp"), "application/octet-stream");
  EXPECT_EQ(type_of("\0\0\0\x18"s + "ftypheic....", "application/pdf"), "image/heic");
  EXPECT_EQ(type_of("%PDF-1.7\n<script>alert(1)</script>", "text/html"), "application/pdf");
  EXPECT_EQ(type_of("PK\x03\x04...", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
  EXPECT_EQ(type_of("PK\x03\x04...", "image/png"), "application/zip");
  EXPECT_EQ(type_of("PK\x03\x04...", "application/vnd.openxmlformats-officedocument.x\r\nEvil: 1"), "application/zip");
  EXPECT_EQ(type_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "application/msword"), "application/msword");
  EXPECT_EQ(type_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "text/html"), "application/octet-stream");
  EXPECT_EQ(type_of("a,b\r\n1,2\r\n", "Text/CSV; charset=utf-8"), "text/csv");
  EXPECT_EQ(type_of("a,\xff\xfe", "text/csv"), "application/octet-stream");
}

TEST(AnswerFilesTest, WhatABrowserWouldRunIsBytes) {
  for (const auto* type : {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript",
                           "application/javascript", "image/png", "application/x-shockwave-flash", "nonsense"}) {
    EXPECT_EQ(type_of("<svg onload=alert(1)>", type), "application/octet-stream") << type;
  }
}

TEST(AnswerFilesTest, ANameIsNothingButAName) {
  EXPECT_EQ(file_name("invoice 7.pdf", "application/pdf"), "invoice 7.pdf");
  EXPECT_EQ(file_name("../../etc/passwd", "application/octet-stream"), "passwd");
  EXPECT_EQ(file_name("C:\\temp\\a.png", "image/png"), "a.png");
  EXPECT_EQ(file_name(".bashrc", "text/plain"), "bashrc.txt");
  EXPECT_EQ(file_name("..", "image/png"), "file.png");
  EXPECT_EQ(file_name("a\r\nSet-Cookie: b.txt", "text/plain"), "aSet-Cookie: b.txt");
  EXPECT_EQ(file_name("inv\u202efdp.exe", "application/octet-stream"), "invfdp.exe") << "what it ends with is seen";
  EXPECT_EQ(file_name("\xff\xfe", "image/gif"), "file.gif");
  EXPECT_EQ(file_name("", "application/octet-stream"), "file");
  const auto cut = file_name(std::string(199, 'x') + "é.jpeg", "image/jpeg");
  EXPECT_LE(cut.size(), 200U);
  EXPECT_TRUE(cut.ends_with("x.jpeg"));
  EXPECT_TRUE(base::is_utf8(file_name(std::string(500, 'x') + ".\xc3\xa9\xc3\xa9", "image/png")));
}

TEST(AnswerFilesTest, TextsToReadAreNoFilesUnlessTheyAreSentAsOne) {
  EXPECT_FALSE(is_file(response("hello", "text/plain")));
  EXPECT_FALSE(is_file(response("<p>hello", "text/html")));
  EXPECT_FALSE(is_file(response("", "image/png")));
  EXPECT_TRUE(is_file(response("a,b", "text/csv", "attachment; filename=a.csv")));
  EXPECT_TRUE(reads_as_text(response("a,b", "text/csv", "attachment; filename=a.csv")));
  EXPECT_TRUE(is_file(response(kPng, "")));
  EXPECT_TRUE(is_file(response("\xff\xfe", "text/plain")));
  EXPECT_TRUE(is_file(response("<svg/>", "image/svg+xml")));
  EXPECT_TRUE(is_file(response("%PDF-1.4 all of it ASCII", "application/pdf")));
  EXPECT_FALSE(reads_as_text(response("%PDF-1.4 all of it ASCII", "text/plain")));
}

TEST(AnswerFilesTest, ItIsCalledAsTheServiceSaysElseAsItWasAskedFor) {
  const auto name = [](const std::string& disposition, std::string_view target = "/files/42?x=/y.pdf") {
    return file_of(response(kPng, "image/png", disposition), target).name;
  };
  EXPECT_EQ(name("attachment; filename=\"a b.png\""), "a b.png");
  EXPECT_EQ(name("inline; filename=plain.png; filename*=UTF-8''d%C3%A4ch.png"), "däch.png");
  EXPECT_EQ(name("attachment; filename=ok.png; filename*=utf-16''x"), "ok.png");
  EXPECT_EQ(name("attachment; filename=\"../../x.png\""), "x.png");
  EXPECT_EQ(name(""), "42.png");
  EXPECT_EQ(name("", "/a%2Fb.png"), "b.png");
  EXPECT_EQ(name("", "/"), "file.png");
  EXPECT_EQ(file_of(response(kPng, "text/html"), "/").content_type, "image/png");
}

}  // namespace
}  // namespace troupe::assistant::calls
