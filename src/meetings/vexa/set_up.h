// Puts Vexa's REST dialect up: its schemes, its listener, its routes, its WebSocket.
#pragma once
#include <string>

#include "meetings/vexa/dialect.h"
#include "meetings/vexa/schemes.h"

namespace troupe::meetings::vexa {

struct Parts {
  life::Meetings& meetings;
  transcripts::Transcripts& transcripts;
  recordings::Recordings& recordings;
  routes::Readers& readers;
  hooks::Webhooks& webhooks;
  const calls::CallBots& call_bots;
  const records::Bell& bell;
  life::Courier& courier;
  bool own_bot;
};
struct Doors {
  std::string listen{};       ///< an address of its own; empty: none
  std::string admin_token{};  ///< empty: the admin routes are shut
};

/// With its WebSocket.
Result<Unit> set_up(host::Context& c, const Parts& parts, Rules rules, const Doors& doors);

}  // namespace troupe::meetings::vexa
