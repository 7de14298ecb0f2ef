#include "assistant/routes/pack_routes.h"

#include "api/group.h"
#include "api/kit.h"
#include "api/paging.h"
#include "assistant/routes/pack_door.h"
#include "assistant/routes/pack_shapes.h"
#include "host/console_address.h"

namespace troupe::assistant::routes {
namespace {

using net::http::Response;
using net::route::Access;
using net::route::Call;

constexpr net::route::Tag kPacksTag{"packs", "The services that the assistant works with, their keys and rules."};
/// JSON writes some characters longer than they are.
constexpr std::size_t kMaxPackBody = services::kMaxSentPackBytes + services::kMaxSentPackBytes / 2;
/// Keys of services are no business of a key that may only ask the assistant (the development token).
constexpr std::string_view kChanging = "admin";
constexpr std::chrono::seconds kAddDeadline{120}, kTestDeadline{60};

/// What the handlers use. Lives as long as the route table.
struct PackApi {
  api::Kit kit;
  PackDoor packs;
  std::string public_url;  ///< console.public_url
};

bool sees_state(const Call& call) {
  return call.caller->role == net::route::Role::admin && api::has_scope(call, kChanging);
}

Result<const services::Item*> wanted_pack(const services::Stock& stock, const Call& call) {
  const auto* item = stock.find(call.param("service"));
  if (!item) return Error(Errc::not_found, "There is no such pack.");
  return item;
}

Task<Response> list_packs(PackApi& packs, Call& call) {
  CO_TRY(const auto at, api::paging(call.request));
  CO_TRY(const auto stock, co_await packs.packs.stock(call));
  boost::json::array items;
  const auto count = static_cast<std::int64_t>(stock->items.size());
  for (auto i = at.from; i < count && i - at.from < at.limit; ++i)
    items.push_back(api::write(row_of(stock->items[static_cast<std::size_t>(i)])));
  co_return api::reply(api::page(std::move(items), count, at));
}

Task<Response> get_pack(PackApi& packs, Call& call) {
  CO_TRY(const auto stock, co_await packs.packs.stock(call));
  CO_TRY(const auto* item, wanted_pack(*stock, call));
  co_return api::answer(view_of(*item, sees_state(call), packs.public_url));
}

Task<Response> change_pack(PackApi& packs, Call& call) {
  CO_TRY(auto body, api::body_of<PackChange>(call));
  CO_TRY(auto change, change_of(std::move(body)));
  boost::json::object detail;
  if (change.enabled) detail["enabled"] = *change.enabled;
  if (change.base_url) detail["base_url"] = *change.base_url;
  if (change.approval)
    detail["approval"] =
        change.approval->approver ? tasks::kApprovers.at(static_cast<std::size_t>(*change.approval->approver)) : "pack";
  boost::json::array names;
  for (const auto& [name, value] : change.secrets) names.emplace_back(name + (value ? " set" : " forgotten"));
  if (!names.empty()) detail["changed"] = std::move(names);
  const auto service = call.param("service");
  auto line = api::audit_with(packs.kit, call, "pack.change", service, std::move(detail));
  CO_TRY(const auto stock, co_await packs.packs.change(call, service, std::move(change), std::move(line)));
  CO_TRY(const auto* item, wanted_pack(*stock, call));
  co_return api::answer(view_of(*item, true, packs.public_url));
}

/// What changes on the disk is in the log before it is done; that it was not is said by a line of its own.
template <class T>
asio::awaitable<void> tell_end(const PackApi& packs, const Call& call, std::string action, std::string noted,
                               const Result<T>& end) {
  if (noted.empty() || end) co_return;
  co_await api::audit(packs.kit, call, std::move(action), std::move(noted), {{"failed", end.error().message()}});
}

Task<Response> add_pack(PackApi& packs, Call& call) {
  CO_TRY(const auto body, api::body_of<PackFiles>(call));
  CO_TRY(auto files, files_of(body));
  std::string noted;
  const auto note = [&](store::Tx& tx, const services::AddedPack& pack) {
    api::audit_with(packs.kit, call, "pack.add", pack.service, {{"replaced", pack.replaced}})(tx);
    noted = pack.service;
  };
  const auto added = co_await packs.packs.add(call, std::move(files), note);
  co_await tell_end(packs, call, "pack.add", noted, added);
  CO_TRY(const auto pack, added);
  co_return api::answer(pack, 201);
}

Task<Response> remove_pack(PackApi& packs, Call& call) {
  const auto service = call.param("service");
  std::string noted;
  const auto note = [&, line = api::audit_with(packs.kit, call, "pack.remove", service)](store::Tx& tx) {
    line(tx);
    noted = service;
  };
  const auto removed = co_await packs.packs.remove(call, service, note);
  co_await tell_end(packs, call, "pack.remove", noted, removed);
  CO_TRY(removed);
  co_return Response::empty(204);
}

Task<Response> test_pack(PackApi& packs, Call& call) {
  CO_TRY(const auto stock, co_await packs.packs.stock(call));
  CO_TRY(const auto* item, wanted_pack(*stock, call));
  if (!item->use) co_return Error(Errc::conflict, "The pack has errors: mend it first.").with_status(400);
  CO_TRY(const auto tested, co_await packs.packs.test(call, *item->use));
  co_return api::answer(tested);
}

Task<Response> reload_packs(PackApi& packs, Call& call) {
  CO_TRY(const auto stock, co_await packs.packs.reload(call));
  boost::json::array items;
  for (const auto& item : stock->items) items.push_back(api::write(row_of(item)));
  co_return api::reply(api::whole_list(std::move(items)));
}

void add_reading(const api::Group& group, PackApi& packs) {
  group.add({.method = "GET",
             .summary = "The packs of the tenant, those that come with the program too",
             .reply = TROUPE_REF("PackPage"),
             .query = api::paging_params(),
             .run = api::bind(list_packs, packs)});
  group.add({.method = "GET",
             .path = "/{service}",
             .summary = "A pack with its operations; for administrators with what is set and what it lacks",
             .reply = TROUPE_REF("Pack"),
             .run = api::bind(get_pack, packs)});
}

void add_changing(const api::Group& group, PackApi& packs) {
  group.add({.method = "PUT",
             .path = "/{service}",
             .summary = "Set a pack's address, keys, and who approves; what is not said stays",
             .needs = Access::admin,
             .scope = kChanging,
             .body = TROUPE_REF("PackChange"),
             .reply = TROUPE_REF("Pack"),
             .run = api::bind(change_pack, packs)});
  group.add({.method = "POST",
             .summary = "Add a pack, or replace one",
             .needs = Access::admin,
             .scope = kChanging,
             .body = TROUPE_REF("PackFiles"),
             .max_body_bytes = kMaxPackBody,
             .reply = TROUPE_REF("PackAdded"),
             .status = 201,
             .deadline = kAddDeadline,
             .run = api::bind(add_pack, packs)});
  group.add({.method = "DELETE",
             .path = "/{service}",
             .summary = "Remove a pack that was added; one that comes with the program is turned off instead",
             .needs = Access::admin,
             .scope = kChanging,
             .status = 204,
             .run = api::bind(remove_pack, packs)});
  group.add({.method = "POST",
             .path = "/{service}/test",
             .summary = "Try a pack: is its service there, and does it take the key?",
             .needs = Access::admin,
             .scope = kChanging,
             .reply = TROUPE_REF("PackTested"),
             .deadline = kTestDeadline,
             .run = api::bind(test_pack, packs)});
  group.add({.method = "POST",
             .path = "/reload",
             .summary = "Read the packs' folders again",
             .needs = Access::admin,
             .scope = kChanging,
             .reply = TROUPE_REF("PackList"),
             .deadline = kAddDeadline,
             .run = api::bind(reload_packs, packs)});
}

}  // namespace

void set_up_pack_routes(host::Context& c) {
  auto& packs =
      c.make<PackApi>(PackApi{.kit = api::kit_of(c),
                              .packs = PackDoor(c.get<services::PackServices>(), c.get<services::PackTester>()),
                              .public_url = host::configured_console(c.settings())});
  api::add_shapes_of<PackRow, PackView, PackChange, PackFiles, services::AddedPack, services::Tested>(packs.kit);
  api::add_shape(packs.kit, "PackPage", api::page_schema<PackRow>({.description = "By service."}));
  api::add_shape(packs.kit, "PackList", api::list_schema<PackRow>({.description = "By service."}));
  const api::Group group(c.routes(),
                         {.prefix = "/api/v1/packs", .needs = Access::user, .scope = "assistant", .tag = kPacksTag});
  add_reading(group, packs);
  add_changing(group, packs);
}

}  // namespace troupe::assistant::routes
