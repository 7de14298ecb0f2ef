// A service with a list, and things that are made, set and dropped. Only tests include this.
#pragma once
#include "assistant/calls/calls_fixture.h"

namespace troupe::assistant::calls::testing_calls {

inline constexpr std::string_view kShop =
    R"({"openapi":"3.1.0","info":{"title":"Shop"},"servers":[{"url":"https://shop.example/v1"}],"paths":{
  "/things":{"get":{"operationId":"list_things","summary":"List","parameters":[{"name":"page","in":"query","schema":{"type":"integer"}},{"name":"size","in":"query","schema":{"type":"integer"}}]},
             "post":{"operationId":"make_thing","summary":"Make","parameters":[{"name":"X_ACT_AS","in":"header","schema":{"type":"string"}}],"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"note":{"type":"string"}}}}}}}},
  "/things/{id}":{"put":{"operationId":"set_thing","summary":"Set","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"etag":{"type":"string"},"name":{"type":"string"}}}}}}},
                  "delete":{"operationId":"drop_thing","summary":"Drop","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}]}}}})";

class ShopTest : public CallsTest {
 protected:
  static packs::Files shop_files(const std::string& config, const std::string& probes = "{}") {
    return {
        {"config.json",
         R"({"service":"shop","enabled":true,"paging":{"style":"page","parameter":"page","size":"size","page_size":2},)" +
             config + "}"},
        {"openapi.json", std::string(kShop)},
        {"probes.json", probes}};
  }
  static Service shop(const std::string& config = R"("auth":{"scheme":"bearer"})", const std::string& probes = "{}") {
    return service("shop", shop_files(config, probes));
  }
};

}  // namespace troupe::assistant::calls::testing_calls
