// The parts of the module, each put up on what is there before it.
#pragma once
#include "host/lease.h"
#include "host/module.h"
#include "meetings/calls/call_bots.h"
#include "meetings/calls/desk.h"
#include "meetings/calls/words.h"
#include "meetings/commands/lines.h"
#include "meetings/hooks/webhooks.h"
#include "meetings/life/service.h"
#include "meetings/recordings/recordings.h"
#include "meetings/settings.h"
#include "meetings/summary/model.h"
#include "meetings/thread/scribe.h"
#include "meetings/transcripts/transcripts.h"

namespace troupe::meetings {

/// What all parts share.
struct Ground {
  host::Context& c;
  const MeetingSettings& settings;
  const records::Bell& bell;
  host::Lease* lease = nullptr;  ///< nullptr: there is no other process
};

/// Bots in Matrix calls with accounts of their own.
struct CallParts {
  calls::CallBots& bots;
  calls::Desk* desk = nullptr;
  fleet::encryption::Vouching* vouching = nullptr;  ///< nullptr: bots have no keys here
};
CallParts set_up_calls(const Ground& ground);
/// With the job that sends bots out of calls whose room whoever asked for them has left.
void set_up_askers(const Ground& ground, life::Meetings& meetings);
/// Whom summaries are asked of; nullptr: nobody.
summary::Model* set_up_model(const Ground& ground);
/// Who looks after meetings, and whom routes ask.
life::Meetings& set_up_life(const Ground& ground, commands::Lines& lines, life::CallDesk& desk,
                            const summary::Model* model);
/// With the jobs that finish, erase and forget them.
transcripts::Transcripts& set_up_transcripts(const Ground& ground);
/// With the jobs that delete and forget them.
recordings::Recordings& set_up_recordings(const Ground& ground);
/// Where their files lie, sealed.
std::filesystem::path recordings_folder(const host::Settings& settings);
/// With the job that deletes what was said in meetings of people whose accounts were erased.
void set_up_erased_people(const Ground& ground, life::Meetings& meetings, transcripts::Transcripts& transcripts,
                          recordings::Recordings& recordings);
/// What comes after a meeting's end.
void set_up_aftercare(const Ground& ground, transcripts::Transcripts& transcripts, recordings::Recordings& recordings,
                      summary::Model* model);
/// The sound of calls, and bots' voice messages. `guard`: of bots' tokens.
void set_up_hearing(const Ground& ground, life::Meetings& meetings, transcripts::Transcripts& transcripts,
                    net::route::CredentialGuard& guard);
/// Transcripts in rooms, and the bot that `!meet` speaks to.
const thread::Scribe& set_up_rooms(const Ground& ground, life::Meetings& meetings,
                                   transcripts::Transcripts& transcripts, const calls::CallBots& call_bots);
/// With their routes.
hooks::Webhooks& set_up_webhooks(const Ground& ground);

}  // namespace troupe::meetings
