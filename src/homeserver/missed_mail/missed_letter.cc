#include "homeserver/missed_mail/missed_letter.h"

#include "base/html.h"

namespace troupe::homeserver::missed_mail {
namespace {

using base::html_escape;

constexpr std::size_t kMostRooms = 10;
constexpr std::size_t kMostOfRoom = 5;

/// "3 messages" of so many, none of which may be 0.
std::string counted(std::size_t number, std::string_view what) {
  return std::to_string(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

std::size_t count(const Missed& missed) {
  std::size_t all = 0;
  for (const auto& room : missed.rooms) all += room.messages.size();
  return all;
}

std::string subject(const Missed& missed, const std::string& server) {
  const auto number =
      missed.more ? "more than " + counted(count(missed), "unread message") : counted(count(missed), "unread message");
  const auto where = missed.rooms.size() == 1 ? missed.rooms.front().name : counted(missed.rooms.size(), "room");
  return server + ": " + number + " in " + where;
}

/// The texts grow side by side.
struct Both {
  std::string text;
  std::string html;
};

void add_room(Both& out, const MissedRoom& room) {
  out.text += "\n" + room.name + "\n";
  out.html += "<h2>" + html_escape(room.name) + "</h2>";
  const auto all = room.messages.size();
  const auto first = all > kMostOfRoom ? all - kMostOfRoom : 0;
  if (first > 0) {
    out.text += "  (" + counted(first, "message") + " before)\n";
    out.html += "<p>(" + counted(first, "message") + " before)</p>";
  }
  for (auto i = first; i < all; ++i) {
    const auto& [sender, text, sent_ms] = room.messages[i];
    out.text += "  " + sender + ": " + text + "\n";
    out.html += "<p><strong>" + html_escape(sender) + "</strong>: " + html_escape(text) + "</p>";
  }
}

}  // namespace

mail::Letter missed_letter(const Missed& missed, const MissedTo& to) {
  Both out{.text = "Hello,\n\nyou have unread messages on " + to.server_name + ".\n",
           .html =
               "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"></head><body><p>You have unread "
               "messages on " +
               html_escape(to.server_name) + ".</p>"};
  for (std::size_t i = 0; i < missed.rooms.size() && i < kMostRooms; ++i) add_room(out, missed.rooms[i]);
  if (missed.more || missed.rooms.size() > kMostRooms) {
    out.text += "\nThere is more in your app.\n";
    out.html += "<p>There is more in your app.</p>";
  }
  out.text += "\nOpen your app to answer. To get no more such mails, open this page:\n\n" + to.unsubscribe + "\n";
  out.html += "<p>Open your app to answer. <a href=\"" + html_escape(to.unsubscribe) +
              "\">No more such mails</a></p></body></html>\n";
  return {.to = to.address,
          .subject = subject(missed, to.server_name),
          .text = std::move(out.text),
          .html = std::move(out.html),
          .unsubscribe = to.unsubscribe};
}

}  // namespace troupe::homeserver::missed_mail
