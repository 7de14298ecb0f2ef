// Holds every answer of the tests against the API document: a wrong document fails the build. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

#include "net/route/router.h"
#include "net/route/schema.h"

namespace troupe::api {

class ContractCheck {
 public:
  explicit ContractCheck(const net::route::Router& router) : document_(router.openapi("test")) {
    for (const auto& schema : document_.at("components").at("schemas").as_object()) {
      schemas_.add_named(std::string(schema.key()), boost::json::serialize(schema.value()));
    }
    for (const auto& path : document_.at("paths").as_object()) {
      for (const auto& operation : path.value().as_object()) {
        std::string method(operation.key());
        for (char& c : method) c = static_cast<char>(c & ~0x20);
        auto& known = operations_.emplace_back();
        known.method = method;
        known.path = path.key();
        if (const auto* summary = operation.value().as_object().if_contains("summary")) {
          known.summary = boost::json::value_to<std::string>(*summary);
        }
        for (const auto& answer : operation.value().at("responses").as_object()) {
          auto& shape = known.answers[std::string(answer.key())];
          const auto* content = answer.value().as_object().if_contains("content");
          if (content == nullptr) continue;
          for (const auto& type : content->as_object()) {
            shape.type = type.key();
            if (shape.type.ends_with("json")) {
              shape.schema = schemas_.compile(boost::json::serialize(type.value().at("schema")));
            }
          }
        }
      }
    }
    schemas_.resolve();
  }

  /// Adds a test failure for an answer that the document does not have.
  void check(const std::string& method, std::string_view target, const net::http::Response& response) const {
    const auto* operation = find(method, target.substr(0, target.find('?')));
    if (operation == nullptr) return;
    const auto where = method + " " + std::string(target) + " → " + std::to_string(response.status);
    auto answer = operation->answers.find(std::to_string(response.status));
    if (answer == operation->answers.end()) {
      // The few routes with two good answers name the other one in their summary.
      if (operation->summary.find(std::to_string(response.status)) != std::string::npos) return;
      EXPECT_GE(response.status, 400) << where << ": the document does not know this status";
      answer = operation->answers.find("default");
    }
    if (answer->second.schema == nullptr) return;
    EXPECT_TRUE(response.headers.get("Content-Type").starts_with(answer->second.type)) << where;
    boost::system::error_code ec;
    auto body = boost::json::parse(response.shared_body ? *response.shared_body : response.body, ec);
    ASSERT_FALSE(ec) << where << ": no JSON";
    for (const auto& error : net::route::SchemaSet::validate(*answer->second.schema, body)) {
      ADD_FAILURE() << where << " " << error.pointer << ": " << error.message;
    }
  }

 private:
  struct Shape {
    std::string type;
    const net::route::SchemaSet::Node* schema = nullptr;
  };
  struct Operation {
    std::string method;
    std::string path;
    std::string summary;
    std::map<std::string, Shape> answers;
  };

  /// How many literal segments match; nothing when the path is another one.
  static std::optional<int> fit(std::string_view pattern, std::string_view path) {
    int literal = 0;
    while (!pattern.empty() && !path.empty()) {
      pattern.remove_prefix(1);
      path.remove_prefix(1);
      auto wanted = pattern.substr(0, pattern.find('/')), given = path.substr(0, path.find('/'));
      if (!wanted.starts_with('{')) {
        if (wanted != given) return std::nullopt;
        ++literal;
      }
      pattern.remove_prefix(wanted.size());
      path.remove_prefix(given.size());
    }
    if (!pattern.empty() || !path.empty()) return std::nullopt;
    return literal;
  }
  const Operation* find(std::string_view method, std::string_view path) const {
    const Operation* best = nullptr;
    int most = -1;
    for (const auto& operation : operations_) {
      if (operation.method != method) continue;
      auto literal = fit(operation.path, path);
      if (!literal || *literal <= most) continue;
      most = *literal;
      best = &operation;
    }
    return best;
  }

  boost::json::object document_;
  net::route::SchemaSet schemas_;
  std::vector<Operation> operations_;
};

}  // namespace troupe::api
