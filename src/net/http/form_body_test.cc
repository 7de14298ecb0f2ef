#include "net/http/form_body.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "net/http/form_writer.h"

namespace troupe::net::http {
namespace {

Result<boost::json::value> form(std::string body, std::string type = "application/x-www-form-urlencoded") {
  Request request;
  request.body = std::move(body);
  if (!type.empty()) request.headers.add("Content-Type", std::move(type));
  return parse_form(request);
}

TEST(FormBody, PairsBecomeMembers) {
  auto read = form("username=anna+b&password=a%26b%23c#d&empty=&alone&username=second&&%C3%A9=%E2%82%AC");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(boost::json::serialize(*read),
            "{\"username\":\"anna b\",\"password\":\"a&b#c#d\",\"empty\":\"\",\"alone\":\"\",\"é\":\"€\"}");
  EXPECT_TRUE(form("a=1", "Application/X-WWW-Form-Urlencoded ; charset=UTF-8"));
  EXPECT_TRUE(form("", "")) << "no body needs no type";
}

TEST(FormBody, WhatIsNoFormIsRefused) {
  EXPECT_EQ(form("{}", "application/json").error().http_status(), 415);
  EXPECT_EQ(form("a=1", "").error().http_status(), 415);
  EXPECT_EQ(form("a=%zz").error().code(), Errc::invalid_param);
  EXPECT_EQ(form("a=%ff").error().code(), Errc::invalid_param);
  std::string many;
  for (int i = 0; i < 300; ++i) many += "a" + std::to_string(i) + "=1&";
  EXPECT_EQ(form(many).error().code(), Errc::invalid_param);
}

std::string parts(std::string body, std::string boundary = "XX") {
  auto read = form(std::move(body), "multipart/form-data; boundary=" + boundary);
  return read ? boost::json::serialize(*read) : "! " + read.error().message();
}

TEST(FormBody, PartsBecomeMembers) {
  EXPECT_EQ(
      parts("--XX\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nanna\r\n"
            "--XX\r\ncontent-disposition:form-data;name=is_admin\r\nContent-Type: text/plain\r\n\r\non\r\n--XX--\r\n"),
      R"({"username":"anna","is_admin":"on"})");
  EXPECT_EQ(parts("preamble\r\n--X Y\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\ntwo\r\nlines\r\n--X Y--",
                  "\"X Y\""),
            R"({"a\"b":"two\r\nlines"})");
  EXPECT_EQ(parts("--XX\r\nContent-Disposition: form-data; name=f; filename=\"x\"\r\n\r\n\xff\xfe\r\n--XX--"), "{}")
      << "files are passed over";
  EXPECT_EQ(parts("--XX\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--"), R"({"empty":""})");
}

TEST(FormBody, BrokenPartsAreRefused) {
  const std::string good = "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--XX--";
  for (std::size_t cut = 1; cut + 2 < good.size(); ++cut) {
    EXPECT_TRUE(parts(good.substr(0, cut)).starts_with("! The form is broken")) << cut;
  }
  EXPECT_TRUE(parts(good, "").starts_with("!"));
  EXPECT_TRUE(parts(good, "YY").starts_with("!"));
  EXPECT_TRUE(parts("--XX\r\nContent-Disposition: form-data\r\n\r\nb\r\n--XX--").starts_with("!"));
  EXPECT_TRUE(parts("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--XX--").starts_with("!"));
}

TEST(FormBody, FilesAreGivenToWhoWantsThem) {
  std::vector<FormFile> files;
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
      "--XX\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name=\"f\"; "
      "filename=\"x.png\"\r\n\r\n\x89P\r\n"
      "--XX--\r\n";
  auto fields = parse_multipart("multipart/form-data; boundary=XX", body, &files);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->size(), 1U);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].field, "f");
  EXPECT_EQ(files[0].name, "x.png");
  EXPECT_EQ(files[0].content_type, "image/png");
  EXPECT_EQ(files[0].bytes, "\x89P");
}

TEST(FormWriter, WhatItWritesReadsBack) {
  FormWriter writer;
  writer.field("model", "small");
  writer.field("text", "one\r\ntwo");
  writer.file("file", "piece.wav", "audio/wav", std::string_view("RI\0FF", 5));
  const auto type = writer.content_type();
  EXPECT_TRUE(type.starts_with("multipart/form-data; boundary=")) << type;
  const auto size = writer.size();
  const auto body = std::move(writer).finish();
  EXPECT_EQ(body.size(), size + type.size() - type.find('=') - 1 + 6) << "the boundary, dashes and a line's end";
  std::vector<FormFile> files;
  const auto fields = parse_multipart(type, body, &files);
  ASSERT_TRUE(fields) << fields.error().message();
  EXPECT_EQ(*fields, (QueryParams{{"model", "small"}, {"text", "one\r\ntwo"}}));
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].field, "file");
  EXPECT_EQ(files[0].name, "piece.wav");
  EXPECT_EQ(files[0].content_type, "audio/wav");
  EXPECT_EQ(files[0].bytes, std::string_view("RI\0FF", 5));
}

}  // namespace
}  // namespace troupe::net::http
