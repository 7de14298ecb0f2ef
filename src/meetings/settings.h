// The keys of the configuration that meetings reads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/setting.h"

namespace troupe::meetings {

struct MeetingSettings {
  std::string driver = "process";
  std::vector<std::string> bot_command;
  std::string bot_image;
  std::string bot_driver_config;    ///< a JSON object in the words of the driver; empty: nothing further
  std::int64_t bot_memory_mib = 0;  ///< 0: as much as there is
  std::string bot_name = "Troupe";
  std::string scribe = "transcripts";
  std::string callback_base;   ///< empty: the platform's listener as this machine reaches it
  std::string homeserver_url;  ///< empty: the Matrix listener as this machine reaches it
  std::vector<std::string> jitsi_hosts;
  std::vector<std::string> matrix_hosts{"matrix.to", "app.element.io", "call.element.io"};
  std::int64_t max_concurrent_bots = 3;
  std::int64_t attempts = 3;
  std::int64_t retry_s = 30;
  std::int64_t start_timeout_s = 120;
  std::int64_t admission_timeout_s = 900;
  std::int64_t max_time_s = 7'200;
  std::int64_t stop_grace_s = 30;
  std::int64_t stop_timeout_s = 600;
  std::string vexa_listen;  ///< empty: Vexa's dialect stands on the platform's listener only
  bool vexa_strict_a = false;
  std::string admin_api_token;  ///< empty: Vexa's admin routes are shut
  std::int64_t late_words_s = 80;
  std::int64_t transcript_retention_days = 0;  ///< 0: for ever
  std::int64_t meeting_retention_days = 0;
  bool notice = true;                         ///< bots tell the call that they listen
  bool recordings = true;                     ///< whoever asks for it may have a meeting's sound kept
  std::int64_t recording_retention_days = 0;  ///< 0: for ever
  std::int64_t recordings_gib = 0;            ///< of a tenant; 0: as many as the disk takes
  std::string redis_listen;  ///< host:port; "off": closed; empty: loopback and any port, where there is no other Redis
  std::string redis_url;     ///< what bots are handed; empty: what is there
  std::string whisper_upstream;  ///< empty: the own worker
  std::string whisper_key;
  std::string whisper_model;
  std::int64_t whisper_session_s = 300;
  std::string whisper_listen;  ///< empty: only on the platform's listener
  std::string whisper_base;
  std::vector<std::string> summary_models;       ///< by name; empty: nothing is summed up
  bool summary_every_tenant = false;             ///< false: only the default tenant's meetings
  std::vector<std::string> transcriber_command;  ///< empty: the worker that came with the program
};

std::vector<host::Setting> setting_rows();
void review_settings(const host::Settings& settings, host::Review& review);

}  // namespace troupe::meetings
