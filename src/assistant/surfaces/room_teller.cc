#include "assistant/surfaces/room_teller.h"

#include "assistant/surfaces/reply_files.h"
#include "matrix/json.h"

namespace troupe::assistant::surfaces {

asio::awaitable<void> RoomTeller::show_files(tasks::Who who, tasks::JsonObject place, const dialogue::Reply& reply,
                                             Shown& shown) {
  const auto of_place = [&](std::string_view name) {
    return std::string(matrix::find_string(place, name).value_or(""));
  };
  auto loading = uploads_of(tasks_, std::move(who), reply);
  auto uploads = co_await std::move(loading);
  if (uploads) shown.files = co_await voice_.put(of_place("bot"), of_place("room"), *std::move(uploads));
  const auto where = where_files_are(reply, shown.files.addresses.size());
  if (!where.empty()) shown.text += "\n\n" + where;
}

Result<Unit> RoomTeller::tell(store::Tx& tx, const Watch& watch, const Shown& shown, const std::string& key,
                              base::UnixMs now) {
  auto of_place = [&](std::string_view name) {
    return std::string(matrix::find_string(watch.place, name).value_or(""));
  };
  fleet::Reply reply{.text = shown.text};
  for (const auto& pick : shown.picks) {
    reply.choices.push_back({.id = pick.id, .label = pick.label, .reaction = pick.reaction});
  }
  return voice_.say(tx,
                    {.bot_user_id = of_place("bot"),
                     .room_id = of_place("room"),
                     .thread_root = of_place("thread"),
                     .about = of_place("about"),
                     .key = key,
                     .reply = std::move(reply),
                     .files = shown.files,
                     .language = of_place("language")},
                    now);
}

Result<bool> RoomTeller::is_open(store::Connection& c, const tasks::JsonObject& place) {
  return fleet::triggers::Voice::runs(c, matrix::find_string(place, "bot").value_or(""));
}

}  // namespace troupe::assistant::surfaces
