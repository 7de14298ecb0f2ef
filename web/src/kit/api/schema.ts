// Generated from the OpenAPI document by `npm run generate:api`. Do not edit.
export interface paths {
    "/api/v1/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What waits for the caller's yes, or was asked for by the caller, oldest first */
        get: operations["getApiV1Approvals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{approval_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The exact calls, and what became of them */
        get: operations["getApiV1ApprovalsByApprovalId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{approval_id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let exactly the calls with this digest happen */
        post: operations["postApiV1ApprovalsByApprovalIdApprove"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/{approval_id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do not let them happen; the task ends */
        post: operations["postApiV1ApprovalsByApprovalIdReject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, newest first */
        get: operations["getApiV1Audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/anchoring": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where heads of the chain are written down, when last, and what fails of it */
        get: operations["getApiV1AuditAnchoring"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/anchors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Heads of the chain that were written down elsewhere, with what proves it, oldest first */
        get: operations["getApiV1AuditAnchors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as a CSV file, at most 100,000 lines */
        get: operations["getApiV1AuditExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The records as their chain has them, oldest first */
        get: operations["getApiV1AuditLines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether every record continues the one before it */
        get: operations["getApiV1AuditVerify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List bots */
        get: operations["getApiV1Bots"];
        put?: never;
        /** Make a bot and its account */
        post: operations["postApiV1Bots"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One bot */
        get: operations["getApiV1BotsByBotId"];
        put?: never;
        post?: never;
        /** Delete a bot */
        delete: operations["deleteApiV1BotsByBotId"];
        options?: never;
        head?: never;
        /** Change name or brain; a running bot goes on with it at once */
        patch: operations["patchApiV1BotsByBotId"];
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The conversation of the signed-in person with a bot, oldest first */
        get: operations["getApiV1BotsByBotIdChat"];
        put?: never;
        /** Write to a bot, as the signed-in person, in the direct room of the two */
        post: operations["postApiV1BotsByBotIdChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/chat/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The conversation as server-sent events: hello, message, typing, reset (read it again; resumes with Last-Event-ID) */
        get: operations["getApiV1BotsByBotIdChatLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a bot and why */
        get: operations["getApiV1BotsByBotIdHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/hooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Inbound webhooks of a bot; their addresses are not shown again */
        get: operations["getApiV1BotsByBotIdHooks"];
        put?: never;
        /** Make an inbound webhook; its address is shown this once */
        post: operations["postApiV1BotsByBotIdHooks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/hooks/{hook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove an inbound webhook */
        delete: operations["deleteApiV1BotsByBotIdHooksByHookId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a bot and its brain or program wrote, oldest first */
        get: operations["getApiV1BotsByBotIdLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/logs/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The log as server-sent events: hello, line (resumes with Last-Event-ID) */
        get: operations["getApiV1BotsByBotIdLogsLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a bot, wait for what it is sending, and start it */
        post: operations["postApiV1BotsByBotIdRestart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Rooms a bot is in */
        get: operations["getApiV1BotsByBotIdRooms"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a bot */
        post: operations["postApiV1BotsByBotIdStart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a bot */
        post: operations["postApiV1BotsByBotIdStop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/turns/{event_id}/record": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a bot answered a message from, while it is kept (keep.answered_from_days) */
        get: operations["getApiV1BotsByBotIdTurnsByEventIdRecord"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bots/{bot_id}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Answers, failures, latency and tokens by hour */
        get: operations["getApiV1BotsByBotIdUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/brains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Kinds of brains and their settings */
        get: operations["getApiV1Brains"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/brains/{kind}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a brain's configuration: is its service there, and does it fit? */
        post: operations["postApiV1BrainsByKindTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's conversations, the newest change first */
        get: operations["getApiV1Conversations"];
        put?: never;
        /** Say something in a new conversation: a request, which is planned and not run */
        post: operations["postApiV1Conversations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One conversation */
        get: operations["getApiV1ConversationsByConversationId"];
        /** Give a conversation another title */
        put: operations["putApiV1ConversationsByConversationId"];
        post?: never;
        /** Delete a conversation and what was said in it; its tasks stay, those that wait are cancelled */
        delete: operations["deleteApiV1ConversationsByConversationId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations/{conversation_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was said, oldest first */
        get: operations["getApiV1ConversationsByConversationIdMessages"];
        put?: never;
        /** Say something: a request, or the answer to the question that is open */
        post: operations["postApiV1ConversationsByConversationIdMessages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a file that is to go with a text: its address is said with it */
        post: operations["postApiV1Files"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/deletions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Deletions of rooms, the newest first; forgotten a day after their end */
        get: operations["getApiV1HomeserverDeletions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/deletions/{delete_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a deletion is */
        get: operations["getApiV1HomeserverDeletionsByDeleteId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/deletions/{delete_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a deletion before the room is removed; whoever was taken out stays out */
        post: operations["postApiV1HomeserverDeletionsByDeleteIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/identities/{provider_id}/{subject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Let whoever this is at a provider in to an account; `subject` is the provider's lasting name */
        put: operations["putApiV1HomeserverIdentitiesByProviderIdBySubject"];
        post?: never;
        /** Let them in no more; sessions that are open stay */
        delete: operations["deleteApiV1HomeserverIdentitiesByProviderIdBySubject"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody's files, the largest first */
        get: operations["getApiV1HomeserverMedia"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/media-usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Accounts with files, by what those take */
        get: operations["getApiV1HomeserverMediaUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/media-usage/{user_id}/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let nobody fetch what an account has uploaded */
        post: operations["postApiV1HomeserverMediaUsageByUserIdQuarantine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/media/{media_id}/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove a file for ever */
        post: operations["postApiV1HomeserverMediaByMediaIdDelete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/media/{media_id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A small picture of a picture, or a sound or film (a part of it: 206); in quarantine, too */
        get: operations["getApiV1HomeserverMediaByMediaIdPreview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/media/{media_id}/quarantine": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let nobody fetch a file's content, whoever uploaded it */
        post: operations["postApiV1HomeserverMediaByMediaIdQuarantine"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/media/{media_id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a file's content be fetched again */
        post: operations["postApiV1HomeserverMediaByMediaIdRelease"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The providers of OpenID Connect, and how they answered last */
        get: operations["getApiV1HomeserverProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/providers/{provider_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a provider now for its document and its keys */
        post: operations["postApiV1HomeserverProvidersByProviderIdTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/registration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who may make an account */
        get: operations["getApiV1HomeserverRegistration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/registration/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Registration tokens, the newest first */
        get: operations["getApiV1HomeserverRegistrationTokens"];
        put?: never;
        /** Make a registration token */
        post: operations["postApiV1HomeserverRegistrationTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/registration/tokens/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a registration token: nobody can use it any more */
        delete: operations["deleteApiV1HomeserverRegistrationTokensByToken"];
        options?: never;
        head?: never;
        /** Change how often and how long a token may be used */
        patch: operations["patchApiV1HomeserverRegistrationTokensByToken"];
        trace?: never;
    };
    "/api/v1/homeserver/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people have reported, the newest first */
        get: operations["getApiV1HomeserverReports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/reports/{kind}/{report_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One report, with the event as it is stored now */
        get: operations["getApiV1HomeserverReportsByKindByReportId"];
        put?: never;
        post?: never;
        /** Put a report away once it was dealt with */
        delete: operations["deleteApiV1HomeserverReportsByKindByReportId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All rooms */
        get: operations["getApiV1HomeserverRooms"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/rooms/{room_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One room, by its id */
        get: operations["getApiV1HomeserverRoomsByRoomId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/rooms/{room_id}/block": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let nobody enter a room any more, or let them again */
        post: operations["postApiV1HomeserverRoomsByRoomIdBlock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/rooms/{room_id}/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take everybody out of a room and remove it, in the background */
        post: operations["postApiV1HomeserverRoomsByRoomIdDelete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/homeserver/rooms/{room_id}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is in a room, in the order of their ids */
        get: operations["getApiV1HomeserverRoomsByRoomIdMembers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your API keys; an administrator sees all */
        get: operations["getApiV1Keys"];
        put?: never;
        /** Make an API key; it is shown this once */
        post: operations["postApiV1Keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key */
        delete: operations["deleteApiV1KeysByKeyId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lessons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The choices that the router has learned from: the caller's own, for administrators all, newest first */
        get: operations["getApiV1Lessons"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lessons/{lesson_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a choice: the router is as if it had never been made */
        delete: operations["deleteApiV1LessonsByLessonId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/lifecycle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The states of a bot and what leads from one to the next */
        get: operations["getApiV1Lifecycle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Live changes as server-sent events: hello, bot, users, import, reset (resumes with Last-Event-ID) */
        get: operations["getApiV1Live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Meetings with a bot, newest first: one's own, for operators those of the tenant */
        get: operations["getApiV1Meetings"];
        put?: never;
        /** Send a bot into a meeting; 409 with meeting_id when one of yours is there */
        post: operations["postApiV1Meetings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For how long this tenant keeps transcripts and recordings */
        get: operations["getApiV1MeetingsRetention"];
        /** Say for how long: the shortest of this, what is set for all and what a meeting says counts */
        put: operations["putApiV1MeetingsRetention"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is told of meetings: one's own webhooks, for operators those of the tenant */
        get: operations["getApiV1MeetingsWebhooks"];
        put?: never;
        /** Be told of one's meetings; the answer has the secret, which is not shown again */
        post: operations["postApiV1MeetingsWebhooks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/webhooks/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A webhook of meetings */
        get: operations["getApiV1MeetingsWebhooksByWebhookId"];
        put?: never;
        post?: never;
        /** Remove a webhook of meetings, with what it was told and what waits */
        delete: operations["deleteApiV1MeetingsWebhooksByWebhookId"];
        options?: never;
        head?: never;
        /** Change a webhook of meetings */
        patch: operations["patchApiV1MeetingsWebhooksByWebhookId"];
        trace?: never;
    };
    "/api/v1/meetings/webhooks/{webhook_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a webhook was told and is to be told, newest first */
        get: operations["getApiV1MeetingsWebhooksByWebhookIdDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a webhook was told, with its body */
        get: operations["getApiV1MeetingsWebhooksByWebhookIdDeliveriesByDeliveryId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send it again under the same event id */
        post: operations["postApiV1MeetingsWebhooksByWebhookIdDeliveriesByDeliveryIdReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/webhooks/{webhook_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a ping, once */
        post: operations["postApiV1MeetingsWebhooksByWebhookIdTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A meeting */
        get: operations["getApiV1MeetingsByMeetingId"];
        put?: never;
        post?: never;
        /** Have the bot leave; of a meeting that has ended, delete what was said in it (200) */
        delete: operations["deleteApiV1MeetingsByMeetingId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every step that a meeting took, and the containers of its bot */
        get: operations["getApiV1MeetingsByMeetingIdHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The meeting and its transcript as server-sent events: hello, segment, state, and end once nothing changes any more (resumes with Last-Event-ID) */
        get: operations["getApiV1MeetingsByMeetingIdLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who spoke, when and how much, as far as speakers are known */
        get: operations["getApiV1MeetingsByMeetingIdParticipants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/reconfigure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Another language or task in the call; 409 unless it is active. The bot confirms it, or it stays */
        post: operations["postApiV1MeetingsByMeetingIdReconfigure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/recordings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was recorded of it: one each time that a bot began anew */
        get: operations["getApiV1MeetingsByMeetingIdRecordings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/recordings/{recording_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sound, or the part of it that Range asks for */
        get: operations["getApiV1MeetingsByMeetingIdRecordingsByRecordingId"];
        put?: never;
        post?: never;
        /** Delete a recording: its key, its files, its rows; 409 while the meeting goes on */
        delete: operations["deleteApiV1MeetingsByMeetingIdRecordingsByRecordingId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have the bot leave; a meeting that has ended stays as it is */
        post: operations["postApiV1MeetingsByMeetingIdStop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a model made of the transcript; 404 with `state` while there is none */
        get: operations["getApiV1MeetingsByMeetingIdSummary"];
        put?: never;
        /** Have the summary of a meeting that has ended made, or tried again; 409 when it is there */
        post: operations["postApiV1MeetingsByMeetingIdSummary"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/thread": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The room in which its transcript is told; 404 when there is none */
        get: operations["getApiV1MeetingsByMeetingIdThread"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/meetings/{meeting_id}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was said, in its order; as text, srt or vtt the whole of it as a file */
        get: operations["getApiV1MeetingsByMeetingIdTranscript"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts, health and what to do next */
        get: operations["getApiV1Overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The packs of the tenant, those that come with the program too */
        get: operations["getApiV1Packs"];
        put?: never;
        /** Add a pack, or replace one */
        post: operations["postApiV1Packs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/reload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read the packs' folders again */
        post: operations["postApiV1PacksReload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{service}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A pack with its operations; for administrators with what is set and what it lacks */
        get: operations["getApiV1PacksByService"];
        /** Set a pack's address, keys, and who approves; what is not said stays */
        put: operations["putApiV1PacksByService"];
        post?: never;
        /** Remove a pack that was added; one that comes with the program is turned off instead */
        delete: operations["deleteApiV1PacksByService"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{service}/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin to sign in at a service of OAuth 2: where to send the browser */
        post: operations["postApiV1PacksByServiceSignIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{service}/sign-in/arrival": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For browsers: where a service sends them back to; a page that says what came of it */
        get: operations["getApiV1PacksByServiceSignInArrival"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{service}/sign-in/finish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Finish a sign-in by the address that the browser ended at, where it began with a key */
        post: operations["postApiV1PacksByServiceSignInFinish"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packs/{service}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a pack: is its service there, and does it take the key? */
        post: operations["postApiV1PacksByServiceTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The rooms that an account is in */
        get: operations["getApiV1Rooms"];
        put?: never;
        /** Make a room for an account */
        post: operations["postApiV1Rooms"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A room, by id or alias */
        get: operations["getApiV1RoomsByRoomId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/invite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Invite as an account */
        post: operations["postApiV1RoomsByRoomIdInvite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/join": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let an account join */
        post: operations["postApiV1RoomsByRoomIdJoin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest messages, as an account sees them */
        get: operations["getApiV1RoomsByRoomIdMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/rooms/{room_id}/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a text as an account */
        post: operations["postApiV1RoomsByRoomIdSend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who this credential stands for */
        get: operations["getApiV1Session"];
        put?: never;
        /** Sign in; the answer sets the session cookie */
        post: operations["postApiV1Session"];
        /** Sign out */
        delete: operations["deleteApiV1Session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/arrival": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For browsers: where they come back to; sets the session cookie */
        get: operations["getApiV1SessionArrival"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who vouches for people, beside their passwords */
        get: operations["getApiV1SessionProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/providers/{provider_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For browsers: leads to the provider, and back into the dashboard */
        get: operations["getApiV1SessionProvidersByProviderId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The configuration in force, without its secrets */
        get: operations["getApiV1Settings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/spending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What language models cost on a day, by person, bot or tenant */
        get: operations["getApiV1Spending"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/spending/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Single calls of language models on a day, with their tokens and costs */
        get: operations["getApiV1SpendingCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's tasks, the newest change first */
        get: operations["getApiV1Tasks"];
        put?: never;
        /** Plan a task without a sentence; nothing runs yet */
        post: operations["postApiV1Tasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How a task stands, and what it waits for */
        get: operations["getApiV1TasksByTaskId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer what the task asks; it goes on */
        post: operations["postApiV1TasksByTaskIdAnswer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which calls were approved, by whom and when, oldest first */
        get: operations["getApiV1TasksByTaskIdApprovals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The requests to services, without secrets, oldest first */
        get: operations["getApiV1TasksByTaskIdCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a task: at once where nothing runs, else before its next step */
        post: operations["postApiV1TasksByTaskIdCancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The commands that were run or refused, oldest first */
        get: operations["getApiV1TasksByTaskIdCommands"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/exchanges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What language models were shown for the plan, and said, without secrets */
        get: operations["getApiV1TasksByTaskIdExchanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/execute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm a plan: it runs, once */
        post: operations["postApiV1TasksByTaskIdExecute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/files/{file_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file that a service answered with, as a download */
        get: operations["getApiV1TasksByTaskIdFilesByFileId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/fork": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A plan of its own that has the steps before one behind it */
        post: operations["postApiV1TasksByTaskIdFork"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A task as server-sent events: step, task, and end where it has ended; all there is at first */
        get: operations["getApiV1TasksByTaskIdLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/questions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was asked and answered, oldest first */
        get: operations["getApiV1TasksByTaskIdQuestions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What ran, in the order of beginning */
        get: operations["getApiV1TasksByTaskIdSteps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{task_id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A plan of its own of the calls that undo what a task did; once */
        post: operations["postApiV1TasksByTaskIdUndo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All tenants */
        get: operations["getApiV1Tenants"];
        put?: never;
        /** Make a tenant */
        post: operations["postApiV1Tenants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Rename a tenant */
        patch: operations["patchApiV1TenantsByTenantId"];
        trace?: never;
    };
    "/api/v1/transcripts/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Segments with all these words, newest first: of one's own meetings, for operators of the tenant's */
        get: operations["getApiV1TranscriptsSearch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/turns/{token}/reply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a question that a webhook put off with 202; the token is the credential */
        post: operations["postApiV1TurnsByTokenReply"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List accounts */
        get: operations["getApiV1Users"];
        put?: never;
        /** Make an account */
        post: operations["postApiV1Users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same list as a CSV file */
        get: operations["getApiV1UsersExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last imports, newest first */
        get: operations["getApiV1UsersImport"];
        put?: never;
        /** Make up to 10,000 accounts from a CSV file: username, password, display_name, role */
        post: operations["postApiV1UsersImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/import/{import_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far an import is, and which lines failed */
        get: operations["getApiV1UsersImportByImportId"];
        put?: never;
        post?: never;
        /** Ask a running import to end after its present step; what was made stays */
        delete: operations["deleteApiV1UsersImportByImportId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/import/{import_id}/passwords": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take the passwords that an import made, as CSV: possible once, and within a day of it */
        post: operations["postApiV1UsersImportByImportIdPasswords"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One account, by local part or user id */
        get: operations["getApiV1UsersByUserId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change name, role or tenant */
        patch: operations["patchApiV1UsersByUserId"];
        trace?: never;
    };
    "/api/v1/users/{user_id}/deactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Close an account for ever; its name stays taken */
        post: operations["postApiV1UsersByUserIdDeactivate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/lock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lock an account: it can do nothing until it is unlocked */
        post: operations["postApiV1UsersByUserIdLock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a password (204) or make one (200): an administrator anybody's, everybody their own with the current one */
        post: operations["postApiV1UsersByUserIdPassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where an account is signed in: Matrix devices and consoles */
        get: operations["getApiV1UsersByUserIdSessions"];
        put?: never;
        post?: never;
        /** Sign an account out everywhere */
        delete: operations["deleteApiV1UsersByUserIdSessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/sessions/{device_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one session */
        delete: operations["deleteApiV1UsersByUserIdSessionsByDeviceId"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/unlock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Unlock an account */
        post: operations["postApiV1UsersByUserIdUnlock"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        ApiKey: {
            id: number;
            name: string;
            prefix: string;
            role: components["schemas"]["Role"];
            /** @description Empty: everything its role may. */
            scopes: string[];
            owner: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_used_at?: string;
            /** Format: date-time */
            expires_at?: string;
        };
        ApiKeys: {
            items: components["schemas"]["ApiKey"][];
            total: number;
        };
        AssistantAnswer: {
            choice_id?: string;
            /** @description Where the question has no choices. */
            text?: string;
        };
        AssistantApproval: {
            approval_id: string;
            task_id: string;
            asker: string;
            /** @description Of exactly these calls. */
            digest: string;
            calls: components["schemas"]["AssistantPlannedCall"][];
            /**
             * @description Who may say yes.
             * @enum {string}
             */
            may: "asker" | "administrator" | "named";
            names: string[];
            why?: string;
            /** @enum {string} */
            state: "pending" | "approved" | "rejected" | "withdrawn";
            decider?: string;
            /** Format: date-time */
            asked_at: string;
            decided_at?: string;
            /** @description Whether the caller is one of them. */
            can_decide: boolean;
        };
        AssistantApprovals: {
            items: components["schemas"]["AssistantApproval"][];
            /** @description For the rest. Absent: that was all. */
            next_after?: string;
        };
        AssistantApprove: {
            digest: string;
        };
        AssistantCall: {
            call_id: string;
            /** @description Its number. */
            step: number;
            service: string;
            method: string;
            url: string;
            request?: string;
            response?: string;
            /** @description Absent: no answer came. */
            status?: number;
            latency_ms?: number;
            error?: string;
            /** Format: date-time */
            created_at: string;
        };
        AssistantCalls: {
            items: components["schemas"]["AssistantCall"][];
            /** @description For the rest. Absent: that was all. */
            next_after?: string;
        };
        AssistantChoice: {
            id: string;
            label: string;
            value?: unknown;
        };
        AssistantCommand: {
            command_id: string;
            step: number;
            command: string;
            args: unknown[];
            cwd?: string;
            mode: string;
            exit_code?: number;
            out?: string;
            err?: string;
            duration_ms?: number;
            /** @description Why it was refused or did not start. */
            error?: string;
            /** Format: date-time */
            created_at: string;
        };
        AssistantCommands: {
            items: components["schemas"]["AssistantCommand"][];
            /** @description For the rest. Absent: that was all. */
            next_after?: string;
        };
        AssistantConversation: {
            conversation_id: string;
            title: string;
            /** @description How many. */
            messages: number;
            /** @description How many were ever made in it. */
            tasks: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        AssistantConversationChange: {
            title: string;
        };
        AssistantConversations: {
            items: components["schemas"]["AssistantConversation"][];
            /** @description For the rest. Absent: that was all. */
            next_from?: number;
        };
        AssistantExchanges: {
            items: components["schemas"]["AssistantCall"][];
        };
        AssistantFile: {
            /** @description To be said with a text. */
            uri: string;
            name: string;
            type: string;
            bytes: number;
        };
        AssistantFork: {
            /** @description The steps before this number stand as they are. */
            from_step: number;
            /** @description In place of the task's. */
            inputs?: Record<string, unknown>;
        };
        AssistantLesson: {
            /** @description The task that asked. */
            lesson_id: string;
            /** @description What was asked for. */
            text: string;
            /** @description What was chosen. */
            service: string;
            /** @description Whether the caller chose it. */
            own: boolean;
            /** Format: date-time */
            created_at: string;
        };
        AssistantLessons: {
            items: components["schemas"]["AssistantLesson"][];
        };
        AssistantMessage: {
            number: number;
            /** @enum {string} */
            role: "user" | "assistant" | "system";
            content: string;
            task_id?: string;
            /** Format: date-time */
            created_at: string;
        };
        AssistantMessages: {
            items: components["schemas"]["AssistantMessage"][];
            /** @description For the rest. Absent: that was all. */
            next_after?: number;
        };
        AssistantPlan: {
            service: string;
            intent: string;
            inputs?: Record<string, unknown>;
            /** @description Absent: a new one. */
            conversation_id?: string;
        };
        AssistantPlannedCall: {
            path: string;
            action: string;
            description?: string;
            /** @description What an earlier step yields stands as its expression. */
            args: Record<string, unknown>;
            /** @description What is sent where: "POST https://…"; of a command: where it runs. */
            request?: string;
            writes?: boolean;
            needs_approval?: boolean;
        };
        AssistantQuestion: {
            question_id: string;
            /**
             * @description unknown_outcome: nobody can know whether a write was done.
             * @enum {string}
             */
            kind: "choice" | "answer" | "unknown_outcome";
            text: string;
            /** @description In the order of their numbers, 1, 2, … */
            choices: components["schemas"]["AssistantChoice"][];
            answer?: Record<string, unknown>;
            answered_by?: string;
            /** Format: date-time */
            asked_at: string;
            answered_at?: string;
        };
        AssistantQuestions: {
            items: components["schemas"]["AssistantQuestion"][];
            /** @description For the rest. Absent: that was all. */
            next_from?: number;
        };
        AssistantReject: {
            digest: string;
            reason?: string;
        };
        AssistantReply: {
            /**
             * @description plan: nothing has run, execute it. running: look again.
             * @enum {string}
             */
            kind: "question" | "plan" | "approval" | "running" | "result" | "failed" | "nothing";
            conversation_id: string;
            /** @description For the person, Markdown. */
            message: string;
            task?: components["schemas"]["AssistantTask"];
            question?: components["schemas"]["AssistantQuestion"];
            approval?: components["schemas"]["AssistantApproval"];
            /** @description The calls of a plan. */
            steps: components["schemas"]["AssistantPlannedCall"][];
            /** @description That services answered with, so far. */
            files: components["schemas"]["AssistantTaskFile"][];
            /** @description How it was understood. */
            explanation: Record<string, unknown>;
            /** @description GET of a task that has ended: there is something left that its services can undo. */
            undoable: boolean;
        };
        AssistantSay: {
            text: string;
            /** @description The task whose question this answers. */
            task_id?: string;
            /** @description Posted with it: mxc:// addresses that the caller may read. */
            files?: {
                uri: string;
                name?: string;
            }[];
        };
        AssistantStep: {
            /** @description In the order of beginning. */
            number: number;
            /** @description Which step of the workflow, in loops and parallel parts too: 2, 2/each:17. */
            path: string;
            /** @description Empty: a choice, an answer or a value. */
            action: string;
            /** @enum {string} */
            status: "pending" | "running" | "done" | "error" | "skipped";
            /** @description Done twice is twice done. */
            writes: boolean;
            error?: string;
            tries: number;
            started_at?: string;
            ended_at?: string;
            /** @description Without secrets. */
            args: Record<string, unknown>;
            output?: unknown;
            /** @description There was more than is kept: only its size is. */
            output_cut: boolean;
        };
        AssistantSteps: {
            items: components["schemas"]["AssistantStep"][];
            /** @description For the rest. Absent: that was all. */
            next_after?: number;
        };
        AssistantTask: {
            task_id: string;
            conversation_id: string;
            owner: string;
            service: string;
            intent: string;
            inputs: Record<string, unknown>;
            /** @enum {string} */
            status: "planned" | "awaiting_user" | "executing" | "done" | "error";
            /**
             * @description The status more exactly.
             * @enum {string}
             */
            phase: "planned" | "awaiting_choice" | "awaiting_answer" | "awaiting_approval" | "unknown_outcome" | "executing" | "cancelling" | "done" | "failed" | "rejected" | "cancelled";
            /** @description Why it failed, was rejected or cancelled. */
            reason?: string;
            /** @description Of a task that is done. */
            result?: unknown;
            /** @description How many it has begun. */
            steps: number;
            /** @description It was forked from. */
            parent_task?: string;
            parent_step?: number;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
        };
        AssistantTaskApprovals: {
            items: components["schemas"]["AssistantApproval"][];
            /** @description For the rest. Absent: that was all. */
            next_from?: number;
        };
        AssistantTaskFile: {
            file_id: string;
            /** @description The number of the one whose answer it was. */
            step: number;
            name: string;
            /** @description Media type by its bytes, not by what the service says. */
            type: string;
            bytes: number;
            /** @description false: there was no room for it, and it cannot be had. */
            kept: boolean;
            /** @description Where it is downloaded from. */
            path?: string;
        };
        AssistantTasks: {
            items: components["schemas"]["AssistantTask"][];
            /** @description For the rest. Absent: that was all. */
            next_from?: number;
        };
        AuditAnchoring: {
            /** @description How often a chain that has grown is anchored. */
            every_minutes: number;
            /** @description None: anchoring is switched off. */
            places: {
                /** @description time_stamp or room */
                kind: string;
                place: string;
                /** @description When a head was written down there last. */
                anchored_at?: string;
                /** @description It covers all records up to this number. */
                last_id?: number;
                /** @description When the oldest record that it does not cover was written. */
                waiting_since?: string;
                /** @description Every try failed since then. */
                failing_since?: string;
                /** @description What the last try failed of. */
                problem?: string;
                /** @description Nothing was written down for longer than three rounds, although there was something. */
                late: boolean;
            }[];
        };
        AuditAnchors: {
            items: {
                id: number;
                kind: string;
                place: string;
                head: string;
                last_id: number;
                at_ms: number;
                /** @description In base64: the answer of a time-stamping authority (DER), or a message's event id. */
                proof: string;
            }[];
        };
        AuditChainReport: {
            whole: boolean;
            /** @description Records that continue each other. */
            checked: number;
            /** @description Records older than the chain. */
            unchained: number;
            /** @description Hash of the last record that was good. */
            head: string;
            /** @description The first record that does not continue the one before; 0: the end is missing. */
            broken_id?: number;
            /** @description The record whose hash was asked for; 0: the beginning. */
            found_id?: number;
            /** @description Heads that were written down elsewhere. */
            anchors_total: number;
            /** @description Of these the newest 100, and those that are wrong. */
            anchors: {
                id: number;
                /** @description time_stamp or room */
                kind: string;
                place: string;
                head: string;
                /** @description The record whose hash it is: it covers all up to it. */
                last_id: number;
                /** Format: date-time */
                at: string;
                /**
                 * @description How it stands to the chain; proven: where it was written down confirms it.
                 * @enum {string}
                 */
                state: "unreached" | "gone" | "contradicts" | "matches" | "proven" | "unproven";
                /** @description When it was written down, as the place says. */
                proven_at?: string;
                problem?: string;
            }[];
            problem: string;
        };
        AuditLines: {
            chain: {
                /** @description Hash of the newest record: write it down elsewhere. */
                head: string;
                /** @description Its number; 0: there is none yet. */
                last_id: number;
                /** @description Hash that the oldest kept record continues. */
                base: string;
                /** @description Records up to this number are not of the chain. */
                base_id: number;
            };
            items: {
                id: number;
                tenant_id: number;
                at_ms: number;
                actor_id: number;
                actor: string;
                kind: string;
                action: string;
                target: string;
                /** @description The stored text of a JSON object, byte by byte. */
                detail: string;
                request_id: string;
                hash: string;
            }[];
        };
        AuditPage: {
            items: {
                id: number;
                /** Format: date-time */
                at: string;
                actor: string;
                action: string;
                target: string;
                detail?: Record<string, unknown>;
                request_id?: string;
                /** @description action, api_call or command_run. */
                kind: string;
                /** @description What the next record continues (docs/audit-chain.md); empty: older than the chain. */
                hash: string;
            }[];
            total: number;
            next_from?: number;
        };
        Bot: {
            id: number;
            bot_id: string;
            user_id: string;
            display_name: string;
            brain: components["schemas"]["Brain"];
            flowise_url: string;
            /** @enum {string} */
            desired_state: "running" | "stopped" | "deleted";
            state: components["schemas"]["BotState"];
            /** @description Why it is in this state, for people; may be empty. */
            status_detail: string;
            /** Format: date-time */
            since: string;
            /** @description Times that it was started again by itself after it ended or failed; not with the server. */
            restarts: number;
            rooms: number;
            turns: {
                answered: number;
                failed: number;
                skipped: number;
                pending: number;
            };
            /** @description What may be done now. */
            actions: ("start" | "stop" | "restart" | "delete")[];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            updated_at: string;
            /** @description The task driver that runs it: in_process, process, … */
            driver: string;
            restart: components["schemas"]["RestartPolicy"];
            backoff: {
                failures: number;
                /** Format: date-time */
                next_try_at?: string;
                crash_loop: boolean;
            };
            /** @description Messages that wait for this bot. */
            queue: number;
            tokens: {
                in: number;
                out: number;
            };
            /** Format: date-time */
            last_turn_at?: string;
            task?: {
                pid?: number;
                /** Format: date-time */
                started_at: string;
                /** Format: date-time */
                ended_at?: string;
                /** @description exit code 3, signal 9 (killed), …; not there while it runs. */
                exit?: string;
            };
            last_error?: {
                /** Format: date-time */
                at: string;
                text: string;
                /** @description The number that the room was told. */
                reference?: string;
            };
            /** @description Not there while all is well. An answer that succeeds ends it. */
            trouble?: components["schemas"]["BotTrouble"];
        };
        BotHistoryPage: {
            items: {
                id: number;
                /** Format: date-time */
                at: string;
                event: string;
                from: string;
                to: string;
                cause: string;
                actor: string;
            }[];
            total: number;
            next_from?: number;
        };
        BotLog: {
            /** @description Oldest first. */
            items: components["schemas"]["BotLogLine"][];
            /** @description Ask with ?after= this for what comes next. */
            next_after: number;
        };
        BotLogLine: {
            seq: number;
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            level: "info" | "warning" | "error";
            /** @description lifecycle, brain, stdout, stderr */
            source: string;
            text: string;
        };
        BotPage: {
            items: components["schemas"]["Bot"][];
            total: number;
            next_from?: number;
        };
        BotPatch: {
            display_name?: string;
            brain?: components["schemas"]["Brain"];
            flowise_url?: string;
            restart?: components["schemas"]["RestartPolicy"];
        };
        BotRooms: {
            items: {
                room_id: string;
                name: string;
                joined_members: number;
                encrypted: boolean;
            }[];
            total: number;
        };
        /** @enum {string} */
        BotState: "created" | "starting" | "running" | "degraded" | "exited" | "backing_off" | "crash_loop" | "stopping" | "stopped" | "failed" | "completed";
        BotTrouble: {
            /**
             * @description Its state, or answer_failed: the last answer failed, or check_failed: what it rests on did not pass the look at its start.
             * @enum {string}
             */
            code: "failed" | "crash_loop" | "degraded" | "backing_off" | "exited" | "answer_failed" | "check_failed";
            /** @description It does not answer; else it may. */
            serious: boolean;
            /** @description Why, for people; may be empty. */
            text: string;
        };
        BotUsage: {
            /** @description By hour, oldest first. */
            items: {
                /** Format: date-time */
                at: string;
                answered: number;
                failed: number;
                skipped: number;
                /** @description Mean of the answered ones. */
                latency_ms: number;
                tokens_in: number;
                tokens_out: number;
            }[];
        };
        Brain: {
            /** @description One of GET /api/v1/brains. */
            kind: string;
            /** @description As the kind's config_schema says; secrets are write-only. */
            config?: Record<string, unknown>;
        };
        BrainKinds: {
            items: {
                kind: string;
                title: string;
                description: string;
                /** @description It has something to connect to: POST /api/v1/brains/{kind}/test. */
                testable: boolean;
                /** @description Why none can be made on this server; not there: it can. */
                off?: string;
                /** @description JSON Schema of brain.config; properties may carry title, description, default, writeOnly. */
                config_schema: Record<string, unknown>;
            }[];
        };
        BrainTest: {
            /** @description As for the bot itself; what is left out of the secrets is taken from bot_id. */
            config: Record<string, unknown>;
            bot_id?: string;
        };
        BrainTested: {
            /** @description The outcome is good. */
            ok: boolean;
            outcome: components["schemas"]["TestOutcome"];
            summary: string;
            took_ms: number;
            details: {
                ok: boolean;
                outcome: components["schemas"]["TestOutcome"];
                text: string;
            }[];
        };
        ChatMessage: {
            event_id: string;
            sender: string;
            body: string;
            /** Format: date-time */
            at: string;
            edited: boolean;
            /** @description As it was sent: not safe to show without cleaning. */
            html?: string;
            /** @description Live only: the event whose text this is the new text of. */
            replaces?: string;
            msgtype?: string;
        };
        ChatMessages: {
            /** @description Oldest first. */
            items: components["schemas"]["ChatMessage"][];
            /** @description The bot is at work on an answer. */
            typing: boolean;
            /** @description Not there before the first message. */
            room_id?: string;
        };
        ChatSent: {
            room_id: string;
            event_id: string;
        };
        ChatText: {
            text: string;
            /** @description The same again sends nothing and answers the first event id. */
            txn_id?: string;
        };
        Confirm: {
            /** @description The id of what is about to go, typed again. */
            confirm: string;
        };
        CreatedApiKey: {
            key: components["schemas"]["ApiKey"];
            /** @description The key itself, shown this once. */
            token: string;
        };
        CreatedBot: {
            bot: components["schemas"]["Bot"];
            /** @description A secret that was made for the brain (webhook signing), shown this once. */
            generated_secret?: string;
        };
        CreatedHook: {
            hook: components["schemas"]["Hook"];
            /** @description Where to post to. It is the secret, shown this once. */
            url: string;
        };
        CreatedUser: {
            user: components["schemas"]["User"];
            /** @description Shown this once. */
            generated_password?: string;
        };
        FoundSegment: {
            segment: components["schemas"]["Segment"];
            meeting: components["schemas"]["Meeting"];
        };
        GeneratedPassword: {
            /** @description Shown this once. */
            password: string;
        };
        HomeserverBlock: {
            blocked: boolean;
        };
        HomeserverDeleteMedia: {
            /** @description The id of the file, typed again. */
            confirm: string;
        };
        HomeserverDeleteRoom: {
            /** @description The id of the room, typed again. */
            confirm: string;
            /** @description Nobody may make or enter a room of this id again. */
            block?: boolean;
        };
        HomeserverDeletion: {
            delete_id: string;
            room_id: string;
            name?: string;
            /** @enum {string} */
            state: "scheduled" | "active" | "complete" | "failed" | "cancelled";
            /** @description Were in the room, invited or knocking. */
            people: number;
            /** @description Have been taken out of it. */
            people_out: number;
            /** @description Lay in the room, counted up to 1,000,000. */
            events: number;
            events_removed: number;
            /** @description Why it failed. */
            error?: string;
            /** Format: date-time */
            started_at: string;
            /** Format: date-time */
            finished_at?: string;
        };
        HomeserverDeletionPage: {
            items: components["schemas"]["HomeserverDeletion"][];
            total: number;
            next_from?: number;
        };
        HomeserverLink: {
            /** @description The account: a local part or a user id. */
            user_id: string;
        };
        HomeserverMedia: {
            media_id: string;
            user_id: string;
            name?: string;
            content_type?: string;
            bytes: number;
            /** Format: date-time */
            uploaded_at: string;
            /**
             * Format: date-time
             * @description To the hour.
             */
            last_fetched_at?: string;
            /** @description Who did it: nobody can fetch its content. Not there: it is not. */
            quarantined_by?: string;
            /** @description Its content is not put into quarantine. */
            protected: boolean;
            /**
             * @description As what it can be looked at.
             * @enum {string}
             */
            preview: "none" | "picture" | "sound" | "film";
        };
        HomeserverMediaPage: {
            items: components["schemas"]["HomeserverMedia"][];
            total: number;
            next_from?: number;
        };
        HomeserverMediaUsage: {
            user_id: string;
            display_name?: string;
            files: number;
            bytes: number;
        };
        HomeserverMediaUsagePage: {
            items: components["schemas"]["HomeserverMediaUsage"][];
            total: number;
            next_from?: number;
        };
        HomeserverMemberPage: {
            items: {
                user_id: string;
            }[];
            total: number;
            next_from?: number;
        };
        HomeserverProvider: {
            id: string;
            name: string;
            issuer: string;
            client_id: string;
            scopes: string[];
            /** @description What new accounts are called after. */
            localpart_claim: string;
            /** @description Without it nobody gets in; empty: none is wanted. */
            required_role: string;
            link_existing: boolean;
            backchannel_logout: boolean;
            /** @description To be registered with the provider. */
            redirect_uri: string;
            /** @description For back-channel logout. */
            logout_uri: string;
            /**
             * @description How it answered when it was asked last; unknown: not since the start.
             * @enum {string}
             */
            state: "unknown" | "ready" | "failing";
            /** @description What is wrong with it; empty: nothing. */
            error: string;
            /** @description Where people are sent; empty: not known. */
            authorization_endpoint: string;
            /** Format: date-time */
            asked_at?: string;
        };
        HomeserverProviders: {
            items: components["schemas"]["HomeserverProvider"][];
            total: number;
        };
        HomeserverQuarantined: {
            /** @description Files that could be fetched until now. */
            count: number;
        };
        HomeserverReport: {
            id: number;
            /** Format: date-time */
            received_at: string;
            reporter: string;
            room_id?: string;
            room_name?: string;
            room_alias?: string;
            event_id?: string;
            /** @description The event's sender, or the person. */
            about?: string;
            reason?: string;
            /** @description -100: most offensive, 0: inoffensive. */
            score?: number;
            /** @enum {string} */
            kind: "event" | "room" | "user";
        };
        HomeserverReportDetail: {
            id: number;
            /** Format: date-time */
            received_at: string;
            reporter: string;
            room_id?: string;
            room_name?: string;
            room_alias?: string;
            event_id?: string;
            /** @description The event's sender, or the person. */
            about?: string;
            reason?: string;
            /** @description -100: most offensive, 0: inoffensive. */
            score?: number;
            /** @enum {string} */
            kind: "event" | "room" | "user";
            /** @description As it is stored now; empty when it is gone, or no event was reported. */
            event: Record<string, unknown>;
        };
        HomeserverReportPage: {
            items: components["schemas"]["HomeserverReport"][];
            total: number;
            next_from?: number;
        };
        HomeserverRoom: {
            room_id: string;
            name?: string;
            alias?: string;
            members: number;
            state_events: number;
            version: string;
            creator: string;
            /** @description The algorithm; not there: none. */
            encryption?: string;
            /** @description It is in the directory. */
            public: boolean;
            join_rule?: string;
            history_visibility?: string;
            /** @description m.space, for instance. */
            type?: string;
        };
        HomeserverRoomDetail: {
            room_id: string;
            name?: string;
            alias?: string;
            members: number;
            state_events: number;
            version: string;
            creator: string;
            /** @description The algorithm; not there: none. */
            encryption?: string;
            /** @description It is in the directory. */
            public: boolean;
            join_rule?: string;
            history_visibility?: string;
            /** @description m.space, for instance. */
            type?: string;
            topic?: string;
            devices: number;
            /** @description The room that it was upgraded to. */
            replaced_by?: string;
            /** @description What lies in it, counted up to 1,000,000. */
            events: number;
            /** @description Who blocked it: nobody may enter. Not there: it is not blocked. */
            blocked_by?: string;
        };
        HomeserverRoomPage: {
            items: components["schemas"]["HomeserverRoom"][];
            total: number;
            next_from?: number;
        };
        Hook: {
            hook_id: string;
            name: string;
            room_id: string;
            wait_for_complete: boolean;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description Nothing is taken from then on. Absent: never.
             */
            expires_at?: string;
            /** Format: date-time */
            last_used_at?: string;
        };
        Hooks: {
            items: components["schemas"]["Hook"][];
            total: number;
        };
        ImportStarted: {
            import_id: string;
            total: number;
        };
        Lifecycle: {
            states: components["schemas"]["BotState"][];
            transitions: {
                from: components["schemas"]["BotState"];
                event: string;
                to: components["schemas"]["BotState"];
            }[];
        };
        Me: {
            id: number;
            /** @description Matrix user id; empty for a service. */
            user_id: string;
            display_name: string;
            role: components["schemas"]["Role"];
            /** @enum {string} */
            kind: "person" | "bot" | "service";
            tenant_id: number;
            /** @enum {string} */
            by: "cookie" | "key" | "local";
            scopes?: string[];
            /** Format: date-time */
            expires_at?: string;
            /** @description Whether a password opens the account. Not there: not known. */
            has_password?: boolean;
        };
        Meeting: {
            id: number;
            state: components["schemas"]["MeetingState"];
            /** @description How far a bot came that is not in the call yet, or never was: joining, awaiting_admission, needs_human_help. */
            phase?: string;
            /** @enum {string} */
            platform: "google_meet" | "teams" | "zoom" | "jitsi" | "matrix";
            native_meeting_id: string;
            /** @description Without the passcode. */
            link: string;
            owner: string;
            bot_name: string;
            /** @description Absent: it is detected. */
            language?: string;
            /** @enum {string} */
            task: "transcribe" | "translate";
            driver: string;
            /** @description Why it ended, or is to end. */
            reason?: string;
            /** @description The same in the words of the bot or the engine. */
            reason_raw?: string;
            stop_requested: boolean;
            /** @description Containers that were made, one after another. */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: date-time
             * @description When the bot was in the call.
             */
            active_at?: string;
            /** Format: date-time */
            ended_at?: string;
            /** @description Of its transcript, as whoever asked for the meeting said. */
            retention_days?: number;
            /**
             * Format: date-time
             * @description Its transcript was deleted then.
             */
            transcript_erased_at?: string;
            /** @description Its sound is kept: see its recordings. */
            recording: boolean;
            /** @description Of its recordings, as whoever asked for the meeting said. */
            recording_retention_days?: number;
            /**
             * @description Whether a model has summed it up.
             * @enum {string}
             */
            summary: "none" | "pending" | "done" | "failed";
        };
        MeetingHistory: {
            meeting: components["schemas"]["Meeting"];
            transitions: {
                number: number;
                /** @description Absent: it was made. */
                from?: string;
                to: string;
                trigger: string;
                cause: string;
                actor: string;
                reason?: string;
                reason_raw?: string;
                attempt: number;
                /** Format: date-time */
                at: string;
            }[];
            attempts: {
                number: number;
                task_id: string;
                /** @enum {string} */
                container: "none" | "wanted" | "running" | "leaving" | "gone";
                /** @description As the bot calls it. */
                container_id?: string;
                /** @description How it ended. */
                exit?: string;
                /** @description The last lines that it printed. */
                output?: string;
                /** Format: date-time */
                wanted_at: string;
                /** Format: date-time */
                started_at?: string;
                /** Format: date-time */
                gone_at?: string;
            }[];
            /** @description What is done once it has ended. */
            after: {
                /** @enum {string} */
                task: "transcript" | "digest" | "recording" | "webhooks" | "summary";
                /** @enum {string} */
                state: "waiting" | "done" | "failed";
                /** @description Tries that failed; after six of them it is not tried again. */
                failures: number;
                /** @description Of the last that failed. */
                problem?: string;
                /** Format: date-time */
                done_at?: string;
            }[];
            /** @description Who declined to be heard, or takes it back, of a Matrix call; also in earlier ones of its room. */
            consents: {
                user_id: string;
                declined: boolean;
                /** @description In which they said so. */
                meeting_id: number;
                /** Format: date-time */
                at: string;
            }[];
        };
        MeetingParticipant: {
            name: string;
            /** Format: date-time */
            first_heard_at: string;
            /** Format: date-time */
            last_heard_at: string;
            spoken_ms: number;
            /** @description Texts apart by blanks. */
            words: number;
            segments: number;
        };
        MeetingRecording: {
            id: number;
            meeting_id: number;
            /** @enum {string} */
            state: "recording" | "ready";
            type: string;
            bytes: number;
            /** @description As the bot says. */
            seconds: number;
            /** @description Pieces that never came: there it is cut. */
            missing: number;
            /** Format: date-time */
            started_at: string;
            /** Format: date-time */
            ended_at?: string;
        };
        MeetingRetention: {
            /** @description Of this tenant; null: as is set for all. */
            transcript_days: number | null;
            recording_days: number | null;
            /** @description The shorter of that and what is set for all; 0: for ever. */
            effective_transcript_days: number;
            effective_recording_days: number;
        };
        /** @enum {string} */
        MeetingState: "requested" | "starting" | "active" | "reconfiguring" | "stopping" | "completed" | "failed" | "error";
        MeetingSummary: {
            /** @description Plain text of a model: nothing in it is checked. */
            summary: string;
            decisions: string[];
            tasks: {
                /** @description As the transcript names them; absent: nobody was named. */
                who?: string;
                what: string;
                /** @description Until when, as it was said. */
                due?: string;
            }[];
            /** @description In which it was asked for. */
            language?: string;
            /** @description What is not in it; absent: nothing. */
            left_out?: string;
            /** Format: date-time */
            made_at: string;
        };
        MeetingThread: {
            room_id: string;
            /** @description Who writes there. */
            sender: string;
            /** @enum {string} */
            state: "open" | "done" | "failed" | "erased";
            /** @description Why the room does not take it. */
            trouble?: string;
        };
        MeetingWebhook: {
            id: number;
            url: string;
            events: Record<string, unknown>;
            /** @enum {string} */
            format: "envelope" | "legacy";
            enabled: boolean;
            disabled_why?: string;
            owner: string;
            /** @description Told of everybody's meetings. */
            tenant_wide: boolean;
            /** @description It has a secret, which is shown only when it is made. */
            is_signed: boolean;
            /** Format: date-time */
            created_at: string;
        };
        MeetingWebhookDelivery: {
            id: number;
            event_id: string;
            event_type: string;
            /** @description 0: a test. */
            meeting_id: number;
            /** @enum {string} */
            state: "waiting" | "delivered" | "dead";
            tries: number;
            /** @description Of the last answer; 0: there was none. */
            status: number;
            /** @description Why the last try did not do. */
            problem?: string;
            /** @description As it goes out; not in lists. */
            body?: string;
            /** Format: date-time */
            begun_at: string;
            /** @description The next try. */
            due_at?: string;
            /** Format: date-time */
            done_at?: string;
        };
        ModelCallPage: {
            /** @description Newest first. */
            items: {
                id: number;
                /** Format: date-time */
                at: string;
                bot_id: string;
                person: string;
                endpoint: string;
                model: string;
                /**
                 * @description settled: by the server's count. estimated: the server did not count. unpriced: nobody has said what the model costs. expired: the process went away, and all that was reserved counts as spent.
                 * @enum {string}
                 */
                state: "reserved" | "settled" | "estimated" | "unpriced" | "expired";
                reserved_micros: number;
                spent_micros: number;
                tokens_in: number;
                tokens_out: number;
            }[];
            total: number;
            next_from?: number;
        };
        NewApiKey: {
            name: string;
            role?: components["schemas"]["Role"];
            scopes?: ("bots" | "users" | "admin" | "metrics" | "assistant")[];
            expires_in_days?: number;
        };
        NewBot: {
            /** @description a-z 0-9 . _ -; its account becomes @bot_<bot_id>:server. */
            bot_id: string;
            display_name?: string;
            brain: components["schemas"]["Brain"];
            flowise_url?: string;
            restart?: components["schemas"]["RestartPolicy"];
        };
        NewHook: {
            name: string;
            room_id: string;
            /** @description Answer whoever posts only once the message is in the room (200, or 500 after five seconds), not as soon as it is durable (202). */
            wait_for_complete?: boolean;
            /** @description Left out: it stays until it is deleted. The room is told three days before. */
            expires_in_days?: number;
        };
        NewMeeting: {
            /** @description Of Google Meet, Microsoft Teams, Zoom, Jitsi or a Matrix room, as people share it. */
            link: string;
            /** @description en, de, yue …; absent or empty: it is detected. */
            language?: string;
            /** @description transcribe (without it) or translate. */
            task?: string;
            /** @description The task driver; absent: the configured one, and another is for operators. */
            driver?: string;
            /** @description How it is called in the call. */
            bot_name?: string;
            /** @description After the meeting's end its transcript is kept for so long; the shorter of this and meetings.transcript_retention_days counts. */
            retention_days?: number;
            /** @description A room, by its id or address, in which you are: the transcript is told there as a thread. */
            room?: string;
            /** @description Its sound is kept, and the call's chat is told so. */
            recording?: boolean;
            /** @description After the meeting's end its recordings are kept for so long; the shortest of this, the tenant's and meetings.recording_retention_days counts. */
            recording_retention_days?: number;
            /** @description false: no model is to sum it up; else one does, where there is one. */
            summary?: boolean;
        };
        NewPassword: {
            /** @description Or else `generate`. */
            password?: string;
            /** @description Make a random password and answer it once (administrators). */
            generate?: boolean;
            /** @description Needed for one's own account. */
            current_password?: string;
            /** @description End all sessions of the account. Default true. */
            logout_devices?: boolean;
            /** @description Revoke all API keys of the account, too. Default false: keys outlive a password. */
            revoke_keys?: boolean;
        };
        NewRegistrationToken: {
            /** @description A-Z, a-z, 0-9 and . _ ~ -; left out: one is drawn. */
            token?: string;
            /** @description Left out: any number. */
            uses_allowed?: number;
            /** @description From now on; left out: for ever. */
            valid_for_s?: number;
        };
        NewRoom: {
            creator: string;
            name?: string;
            topic?: string;
            /** @description Its address: hall for #hall:your.server. */
            alias?: string;
            public?: boolean;
            invite?: string[];
        };
        NewSession: {
            /** @description Local part or full Matrix user id. */
            user: string;
            password: string;
        };
        NewTenant: {
            name: string;
        };
        NewUser: {
            /** @description Local part: a-z 0-9 . _ = - / + */
            username: string;
            /** @description Left out: one is made and returned once. */
            password?: string;
            display_name?: string;
            role?: components["schemas"]["Role"];
        };
        Overview: {
            version: string;
            server_name: string;
            /** Format: date-time */
            started_at: string;
            uptime_s: number;
            matrix_url: string;
            counts: {
                users: number;
                bots: number;
                /** @description Also degraded ones. */
                bots_running: number;
                /** @description Failed, in a crash loop, or degraded. */
                bots_failed: number;
            };
            troubled: {
                total: number;
                /** @description The first ten bots with trouble, those that do not answer first. All: GET /api/v1/bots?state=troubled. */
                items: {
                    bot_id: string;
                    display_name: string;
                    state: components["schemas"]["BotState"];
                    trouble: components["schemas"]["BotTrouble"];
                }[];
            };
            checks: {
                name: string;
                ok: boolean;
                detail?: string;
            }[];
            hints: {
                /** @enum {string} */
                code: "make_user" | "make_bot" | "start_bot" | "invite_bot" | "bot_failed";
                title: string;
                text: string;
                link?: string;
            }[];
        };
        Pack: {
            service: string;
            title: string;
            /** @enum {string} */
            source: "shipped" | "added";
            enabled: boolean;
            usable: boolean;
            ready: boolean;
            synonyms: string[];
            /** @description Workflows. Each operation is an intent, too. */
            intents: {
                name: string;
                description?: string;
            }[];
            operations: {
                name: string;
                summary: string;
                method: string;
                path: string;
                writes: boolean;
                /** @description Somebody must agree to the exact call. */
                approval: boolean;
            }[];
            /** @description For administrators. */
            settings?: {
                replaces_shipped: boolean;
                base_url: string;
                /** @enum {string} */
                base_url_from: "pack" | "stored" | "environment";
                /** @description The secrets that it needs; never their values. */
                keys: {
                    name: string;
                    /**
                     * @description Where its value comes from.
                     * @enum {string}
                     */
                    from: "nowhere" | "stored" | "environment";
                    /** @description The variable of the default tenant's. */
                    environment: string;
                }[];
                /** @description Keys are stored, but for another address: they have to be set again. */
                keys_unused: boolean;
                /** @description Where people sign in to the service on its own page. */
                sign_in?: {
                    signed_in: boolean;
                    /** @description Where it is, and as which client, is found when somebody signs in (an MCP server). */
                    found: boolean;
                    /** @description The server has asked for it. */
                    asked: boolean;
                    /** @description Of the service that people are sent to; empty: it is not known yet. */
                    address: string;
                    /** @description What they are asked to allow. */
                    scopes: string[];
                    /** @description Where they come back to, on this server: the service has to know it. */
                    return_path: string;
                    /** @description The address of this server before it (console.public_url); empty: the one that the dashboard is open at. */
                    return_origin: string;
                };
                approval: {
                    /**
                     * @description Who says yes; pack: as the pack has it.
                     * @enum {string}
                     */
                    by: "pack" | "asker" | "administrator" | "named";
                    /** @description User ids, when by is named. */
                    names?: string[];
                };
                /** @description By the tenant; false: it is the pack's own rule. */
                approval_set: boolean;
                /** @description Hosts that may be called. */
                egress: string[];
                errors: number;
                warnings: number;
                /** @description What the pack lacks, at most 200. */
                findings: {
                    severity: string;
                    file: string;
                    pointer: string;
                    message: string;
                    advice: string;
                }[];
            };
        };
        PackAdded: {
            service: string;
            /** @description One of its name that was there. */
            replaced: boolean;
        };
        PackChange: {
            enabled?: boolean;
            /** @description In the place of the pack's, version path included; empty: the pack's. Keys that were set for another address are not used. */
            base_url?: string;
            /** @description By name: a text, or null to forget it. They are never shown again. */
            secrets?: Record<string, unknown>;
            approval?: {
                /**
                 * @description Who says yes; pack: as the pack has it.
                 * @enum {string}
                 */
                by: "pack" | "asker" | "administrator" | "named";
                /** @description User ids, when by is named. */
                names?: string[];
            };
        };
        PackFiles: {
            /** @description By name: config.json, openapi.json or .yaml, workflows.json, probes.json, examples.jsonl. */
            files: Record<string, unknown>;
        };
        PackList: {
            /** @description By service. */
            items: components["schemas"]["PackRow"][];
            total: number;
        };
        PackPage: {
            /** @description By service. */
            items: components["schemas"]["PackRow"][];
            total: number;
            next_from?: number;
        };
        PackRow: {
            service: string;
            title: string;
            /** @enum {string} */
            source: "shipped" | "added";
            enabled: boolean;
            /** @description false: it has errors, and is not used. */
            usable: boolean;
            /** @description Enabled, usable, and nothing that it needs is missing. */
            ready: boolean;
            operations: number;
            intents: number;
        };
        PackSignIn: {
            /** @description The service's page: open it in a browser. */
            address: string;
            /** @description Where the service sends the browser back to. It has to be registered there. */
            redirect_uri: string;
            /** @description What is asked for: what the pack's operations need. */
            scopes: string[];
            /**
             * Format: date-time
             * @description So long it can be finished.
             */
            expires_at: string;
        };
        PackSignInBegin: {
            /** @description Where browsers reach this server: https://troupe.example.org. Without it: where the request came in. */
            return_to?: string;
        };
        PackSignInFinish: {
            /** @description The address that the browser ended at, with the code in it. */
            address: string;
        };
        PackSignedIn: {
            service: string;
            title: string;
        };
        PackTested: {
            /**
             * @description unsure: something answers; whether it works shows only with a task.
             * @enum {string}
             */
            verdict: "good" | "unsure" | "bad";
            summary: string;
            /** @description That was called. */
            operation?: string;
            /** @description Of the answer; 0: there was none. */
            status: number;
            took_ms: number;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            code: string;
            errors: {
                pointer: string;
                loc?: unknown[];
                message: string;
                type: string;
            }[];
            request_id: string;
            retry_after_ms?: number;
        };
        RegistrationMode: {
            /**
             * @description Who may make an account: nobody, who has a token, everybody.
             * @enum {string}
             */
            mode: "closed" | "token" | "open";
        };
        RegistrationToken: {
            token: string;
            /** @description Not there: any number. */
            uses_allowed?: number;
            uses: number;
            /**
             * Format: date-time
             * @description Not there: never.
             */
            expires_at?: string;
            /** Format: date-time */
            created_at: string;
            /** @description Neither used up nor expired. */
            valid: boolean;
        };
        RegistrationTokenPage: {
            items: components["schemas"]["RegistrationToken"][];
            total: number;
            next_from?: number;
        };
        RegistrationTokenPatch: {
            /** @description 0: any number. */
            uses_allowed?: number;
            /** @description From now on; 0: for ever. */
            valid_for_s?: number;
        };
        RestartPolicy: {
            /**
             * @description When a bot that ended by itself is started again.
             * @enum {string}
             */
            policy: "always" | "on_failure" | "never";
            /** @description More within the window are a crash loop. */
            max_restarts: number;
            window_s: number;
        };
        /** @enum {string} */
        Role: "member" | "operator" | "admin";
        Room: {
            room_id: string;
            name: string;
            canonical_alias: string;
            joined_members: number;
            encrypted: boolean;
        };
        RoomCreated: {
            room_id: string;
            /** @description Empty: none. */
            canonical_alias: string;
        };
        RoomMember: {
            user_id: string;
            /** @description Who invites; needed for an invite. */
            sender?: string;
        };
        RoomMessages: {
            items: {
                event_id: string;
                sender: string;
                type: string;
                /** Format: date-time */
                at: string;
                /** @description The content came later than the message. */
                edited: boolean;
                content: Record<string, unknown>;
            }[];
        };
        RoomSend: {
            sender: string;
            text: string;
            /** @description The same again sends nothing and answers the first event id. */
            txn_id?: string;
        };
        RoomSent: {
            event_id: string;
            duplicate: boolean;
        };
        Rooms: {
            items: components["schemas"]["Room"][];
            total: number;
        };
        Segment: {
            id: string;
            /** @description A stretch of hearing; its times begin at 0. */
            session_uid: string;
            /** @description From the session's begin. */
            start_ms: number;
            end_ms: number;
            /** Format: date-time */
            said_at: string;
            /** Format: date-time */
            until_at: string;
            text: string;
            language?: string;
            /** @description Absent: nobody knows. */
            speaker?: string;
            /**
             * @description How sure the speaker is.
             * @enum {string}
             */
            mapping: "mapped" | "several" | "no_events" | "unknown";
            /** @description It does not change any more. */
            final: boolean;
            /** @description Taken back; only among changes. */
            retracted: boolean;
            /** @description Position of its last change: ?since= of live. */
            changed: number;
            /** Format: date-time */
            updated_at: string;
        };
        Settings: {
            items: {
                key: string;
                /** @description A secret is "set" or empty. */
                value: string;
                /** @description default, a file with its line, or the name of an environment variable or flag. */
                source: string;
                secret: boolean;
                help: string;
            }[];
        };
        SignInProviders: {
            items: {
                id: string;
                name: string;
            }[];
            total: number;
        };
        SpendingPage: {
            /** @description The dearest first. */
            items: {
                day: string;
                /** @enum {string} */
                by: "person" | "bot" | "tenant";
                /** @description A user id or a bot's id; empty for the tenant. */
                who?: string;
                /** @description In millionths of the prices' currency. */
                spent_micros: number;
                /** @description Put aside for calls that are under way. */
                reserved_micros: number;
                /** @description The server's limit of a day. Absent: none. */
                limit_micros?: number;
                /** @description That have ended. */
                calls: number;
                /** @description Of those: their tokens were estimated, or their price is not known. */
                estimated: number;
                tokens_in: number;
                tokens_out: number;
            }[];
            total: number;
            next_from?: number;
        };
        Tenant: {
            id: number;
            name: string;
            /** @description Principals that belong to it. */
            users: number;
            /** Format: date-time */
            created_at: string;
        };
        Tenants: {
            items: components["schemas"]["Tenant"][];
            total: number;
        };
        /**
         * @description good: asked for real, and it works. unsure: something answers. bad: it cannot work as it is.
         * @enum {string}
         */
        TestOutcome: "good" | "unsure" | "bad";
        TurnRecord: {
            bot_id: string;
            /** @description The message that was answered; of a question of several the last. */
            event_id: string;
            /** Format: date-time */
            at: string;
            /** @description Grows with each change of what the brain sees; the bot's history names it. */
            config_version: number;
            /** @description As the brain got it. */
            question: Record<string, unknown>;
            /** @description What the brain made of it. */
            reply?: Record<string, unknown>;
            error?: {
                code: string;
                message: string;
            };
            /** @description What went over the wire and came back, without headers; the last four. */
            exchanges: {
                method: string;
                /** @description Without its query. */
                url: string;
                sent: string;
                /** @description 0: no whole answer came. */
                status: number;
                /** @description Of a stream the data of its events, one a line. */
                received: string;
                /** @description Something was longer than 64 KiB. */
                cut?: boolean;
            }[];
        };
        User: {
            id: number;
            user_id: string;
            username: string;
            display_name: string;
            /** @enum {string} */
            kind: "person" | "bot" | "service";
            role: components["schemas"]["Role"];
            /** @description Closed for ever; the name stays taken. */
            deactivated: boolean;
            /** @description Can do nothing until it is unlocked. */
            locked: boolean;
            tenant_id: number;
            /** Format: date-time */
            created_at: string;
            avatar_url?: string;
            /** @description Of one account: whether a password opens it. Not there: not known. */
            has_password?: boolean;
            /** @description Of one account: who its person is at providers. */
            identities?: {
                /** @description Its id in the configuration. */
                provider: string;
                /** @description The provider's own, lasting name for the person. */
                subject: string;
            }[];
        };
        UserImport: {
            import_id: string;
            /** @enum {string} */
            state: "running" | "done" | "failed";
            dry_run: boolean;
            /** @description Rows of the file. */
            total: number;
            done: number;
            /** @description With dry_run: would be made. */
            created: number;
            existed: number;
            failed: number;
            /** @description Are in the room now. */
            joined: number;
            errors: {
                line: number;
                message: string;
            }[];
            /** Format: date-time */
            started_at: string;
            room_id?: string;
            /** @description Made by this import (generate) and not taken yet; not there: none. */
            passwords?: number;
            /** @description Why it stopped before its end; the same file again goes on from there. */
            error?: string;
            /**
             * @description Of a failed one: somebody cancelled it, or its server stopped.
             * @enum {string}
             */
            reason?: "cancelled" | "interrupted";
            /** Format: date-time */
            finished_at?: string;
        };
        UserImports: {
            items: components["schemas"]["UserImport"][];
            total: number;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            total: number;
            next_from?: number;
        };
        UserPatch: {
            display_name?: string;
            role?: components["schemas"]["Role"];
            tenant_id?: number;
        };
        UserSessions: {
            items: {
                /** @description Of a console session: console:<number>. */
                device_id: string;
                /** @enum {string} */
                kind: "matrix" | "console";
                display_name: string;
                /** Format: date-time */
                last_seen_at?: string;
                last_seen_ip?: string;
            }[];
            total: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getApiV1Approvals: {
        parameters: {
            query?: {
                /** @description Those behind this next_after */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantApprovals"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1ApprovalsByApprovalId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                approval_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantApproval"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1ApprovalsByApprovalIdApprove: {
        parameters: {
            query?: {
                /** @description How long to wait for the end or the next question; then the task goes on by itself */
                wait_s?: number;
            };
            header?: never;
            path: {
                approval_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantApprove"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1ApprovalsByApprovalIdReject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                approval_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantReject"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Audit: {
        parameters: {
            query?: {
                /** @description Part of actor, action or target */
                search?: string;
                /** @description Exactly */
                actor?: string;
                /** @description user.create, or user for all that begins with it */
                action?: string;
                /** @description Exactly */
                target?: string;
                /** @description action, api_call or command_run */
                kind?: string;
                /** @description A time or a day, itself included */
                since?: string;
                /** @description A time or a day, itself not included */
                until?: string;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1AuditAnchoring: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditAnchoring"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1AuditAnchors: {
        parameters: {
            query?: {
                /** @description Anchors behind this number */
                after?: string;
                /** @description 1 to 100 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditAnchors"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1AuditExport: {
        parameters: {
            query?: {
                /** @description Part of actor, action or target */
                search?: string;
                /** @description Exactly */
                actor?: string;
                /** @description user.create, or user for all that begins with it */
                action?: string;
                /** @description Exactly */
                target?: string;
                /** @description action, api_call or command_run */
                kind?: string;
                /** @description A time or a day, itself included */
                since?: string;
                /** @description A time or a day, itself not included */
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1AuditLines: {
        parameters: {
            query?: {
                /** @description Records behind this number */
                after?: string;
                /** @description 1 to 1000 */
                limit?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditLines"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1AuditVerify: {
        parameters: {
            query?: {
                /** @description A hash that was written down elsewhere: is it in the chain? */
                head?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditChainReport"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Bots: {
        parameters: {
            query?: {
                /** @description Part of the id, the name or the user id */
                search?: string;
                /** @description Only bots in this state; troubled: all that somebody should look at, those that do not answer first */
                state?: "created" | "starting" | "running" | "degraded" | "exited" | "backing_off" | "crash_loop" | "stopping" | "stopped" | "failed" | "completed" | "troubled";
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Bots: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewBot"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedBot"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1BotsByBotId: {
        parameters: {
            query: {
                /** @description The bot's id again: this cannot be undone */
                confirm: string;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchApiV1BotsByBotId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BotPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdChat: {
        parameters: {
            query?: {
                /** @description The newest so many */
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatMessages"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1BotsByBotIdChat: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatText"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatSent"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdChatLive: {
        parameters: {
            query?: {
                /** @description Go on after this event; Last-Event-ID counts more */
                since?: number;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdHistory: {
        parameters: {
            query?: {
                /** @description Part of the event, its states, its cause or who caused it */
                search?: string;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotHistoryPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdHooks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hooks"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1BotsByBotIdHooks: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewHook"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedHook"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1BotsByBotIdHooksByHookId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
                hook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdLogs: {
        parameters: {
            query?: {
                /** @description Lines after this number; without it the newest ones */
                after?: number;
                /** @description How many lines */
                limit?: number;
                /** @description Part of the text */
                search?: string;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotLog"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdLogsLive: {
        parameters: {
            query?: {
                /** @description Lines after this number; without it the newest ones */
                after?: number;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1BotsByBotIdRestart: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdRooms: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotRooms"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1BotsByBotIdStart: {
        parameters: {
            query?: {
                /** @description Leave what it was asked while it was stopped unanswered; else it takes that up, within the limits catch_up_minutes and catch_up_messages of its brain */
                fresh?: boolean;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1BotsByBotIdStop: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdTurnsByEventIdRecord: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                bot_id: string;
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TurnRecord"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1BotsByBotIdUsage: {
        parameters: {
            query?: {
                /** @description How many hours back */
                hours?: number;
            };
            header?: never;
            path: {
                bot_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotUsage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Brains: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrainKinds"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1BrainsByKindTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BrainTest"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BrainTested"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Conversations: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantConversations"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Conversations: {
        parameters: {
            query?: {
                /** @description How long to wait for the end or the next question; then the task goes on by itself */
                wait_s?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantSay"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1ConversationsByConversationId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantConversation"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putApiV1ConversationsByConversationId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantConversationChange"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantConversation"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1ConversationsByConversationId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1ConversationsByConversationIdMessages: {
        parameters: {
            query?: {
                /** @description Those behind this number */
                after?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantMessages"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1ConversationsByConversationIdMessages: {
        parameters: {
            query?: {
                /** @description How long to wait for the end or the next question; then the task goes on by itself */
                wait_s?: number;
            };
            header?: never;
            path: {
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantSay"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Files: {
        parameters: {
            query?: {
                /** @description The file's name */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantFile"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverDeletions: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverDeletionPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverDeletionsByDeleteId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delete_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverDeletion"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverDeletionsByDeleteIdCancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                delete_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverDeletion"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putApiV1HomeserverIdentitiesByProviderIdBySubject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider_id: string;
                subject: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HomeserverLink"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1HomeserverIdentitiesByProviderIdBySubject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider_id: string;
                subject: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverMedia: {
        parameters: {
            query?: {
                /** @description Whose files; the full id */
                user_id?: string;
                /** @description Only those in quarantine */
                quarantined?: true;
                /** @description The largest or the newest first */
                sort?: "-bytes" | "-uploaded_at";
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverMediaPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverMediaUsage: {
        parameters: {
            query?: {
                /** @description Part of a local part or a display name */
                search?: string;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverMediaUsagePage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverMediaUsageByUserIdQuarantine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverQuarantined"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverMediaByMediaIdDelete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                media_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HomeserverDeleteMedia"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverMediaByMediaIdPreview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                media_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverMediaByMediaIdQuarantine: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                media_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverMedia"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverMediaByMediaIdRelease: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                media_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverMedia"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverProviders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverProviders"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverProvidersByProviderIdTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                provider_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverProvider"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverRegistration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationMode"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverRegistrationTokens: {
        parameters: {
            query?: {
                /** @description Only those that can be used now, or only the others */
                valid?: boolean;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationTokenPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverRegistrationTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRegistrationToken"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationToken"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1HomeserverRegistrationTokensByToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchApiV1HomeserverRegistrationTokensByToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegistrationTokenPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationToken"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverReports: {
        parameters: {
            query?: {
                /** @description What was reported */
                kind?: "event" | "room" | "user";
                /** @description Part of the reporter's id */
                reporter?: string;
                /** @description Part of the room's id */
                room_id?: string;
                /** @description Part of the id of whom it is about */
                about?: string;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverReportPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverReportsByKindByReportId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: string;
                report_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverReportDetail"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1HomeserverReportsByKindByReportId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                kind: string;
                report_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverRooms: {
        parameters: {
            query?: {
                /** @description Part of a room's name or alias, or its id */
                search?: string;
                /** @description Only those that this account is in, by their ids; the full id */
                member?: string;
                /** @description Whether they are in the directory */
                public?: boolean;
                /** @description Whether nobody is in them */
                empty?: boolean;
                /** @description What they are ordered by; a minus turns it round */
                sort?: "name" | "-name" | "members" | "-members" | "state_events" | "-state_events";
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverRoomPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverRoomsByRoomId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverRoomDetail"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverRoomsByRoomIdBlock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HomeserverBlock"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverRoomDetail"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1HomeserverRoomsByRoomIdDelete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HomeserverDeleteRoom"];
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverDeletion"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1HomeserverRoomsByRoomIdMembers: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeserverMemberPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeys"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1KeysByKeyId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Lessons: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantLessons"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1LessonsByLessonId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                lesson_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Lifecycle: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lifecycle"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Live: {
        parameters: {
            query?: {
                /** @description Go on after this event; Last-Event-ID counts more */
                since?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Meetings: {
        parameters: {
            query?: {
                /** @description Only those in this state. */
                state?: string;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Meeting"][];
                        total: number;
                        next_from?: number;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Meetings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMeeting"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Meeting"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsRetention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingRetention"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putApiV1MeetingsRetention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Days after a meeting's end; null or absent: as is set for all. */
                    transcript_days?: number | null;
                    /** @description The same of recordings. */
                    recording_days?: number | null;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingRetention"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MeetingWebhook"][];
                        total: number;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1MeetingsWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description http or https. */
                    url: string;
                    /** @description Signs what is sent; absent: one is made. */
                    secret?: string;
                    /** @description By name true or false: meeting.started, meeting.status_change, meeting.completed, bot.failed, transcription.ready, recording.ready, meeting.summarized. Absent: meeting.completed (legacy: meeting.status_change, too). */
                    events?: Record<string, unknown>;
                    /**
                     * @description envelope (without it), or Vexa 0.6's two bodies.
                     * @enum {string}
                     */
                    format?: "envelope" | "legacy";
                    /** @description Told of everybody's meetings; for operators. */
                    tenant_wide?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: number;
                        url: string;
                        events: Record<string, unknown>;
                        /** @enum {string} */
                        format: "envelope" | "legacy";
                        enabled: boolean;
                        disabled_why?: string;
                        owner: string;
                        /** @description Told of everybody's meetings. */
                        tenant_wide: boolean;
                        /** @description It has a secret, which is shown only when it is made. */
                        is_signed: boolean;
                        /** Format: date-time */
                        created_at: string;
                        /** @description Shown this once. */
                        secret?: string;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsWebhooksByWebhookId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingWebhook"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1MeetingsWebhooksByWebhookId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchApiV1MeetingsWebhooksByWebhookId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    url?: string;
                    /** @description Signs what is sent; at most 512 bytes of UTF-8. */
                    secret?: string;
                    /** @description By name true or false: meeting.started, meeting.status_change, meeting.completed, bot.failed, transcription.ready, recording.ready, meeting.summarized. Absent: meeting.completed (legacy: meeting.status_change, too). */
                    events?: Record<string, unknown>;
                    /** @enum {string} */
                    format?: "envelope" | "legacy";
                    /** @description false gives up what waits; true also after a 410. */
                    enabled?: boolean;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingWebhook"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsWebhooksByWebhookIdDeliveries: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MeetingWebhookDelivery"][];
                        total: number;
                        next_from?: number;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsWebhooksByWebhookIdDeliveriesByDeliveryId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingWebhookDelivery"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1MeetingsWebhooksByWebhookIdDeliveriesByDeliveryIdReplay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingWebhookDelivery"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1MeetingsWebhooksByWebhookIdTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingWebhookDelivery"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Meeting"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1MeetingsByMeetingId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Meeting"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdHistory: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingHistory"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdLive: {
        parameters: {
            query?: {
                /** @description Go on after this event; Last-Event-ID counts more */
                since?: number;
            };
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdParticipants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description In the order in which they were first heard. */
                        items: components["schemas"]["MeetingParticipant"][];
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1MeetingsByMeetingIdReconfigure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description en, de, yue …; null or empty: it is detected; absent: as it is. */
                    language?: string | null;
                    /** @description transcribe or translate; null or absent: as it is. */
                    task?: string | null;
                };
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Meeting"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdRecordings: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["MeetingRecording"][];
                        total: number;
                        next_from?: number;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdRecordingsByRecordingId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
                recording_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1MeetingsByMeetingIdRecordingsByRecordingId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
                recording_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1MeetingsByMeetingIdStop: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Meeting"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdSummary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingSummary"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1MeetingsByMeetingIdSummary: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Meeting"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdThread: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeetingThread"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1MeetingsByMeetingIdTranscript: {
        parameters: {
            query?: {
                /** @description How it is written; from and limit are of json. */
                format?: "json" | "text" | "srt" | "vtt";
                /** @description The summary stands before the text, where there is one. */
                summary?: boolean;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path: {
                meeting_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Segment"][];
                        total: number;
                        next_from?: number;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Overview: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Packs: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Packs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PackFiles"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackAdded"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1PacksReload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackList"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1PacksByService: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pack"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putApiV1PacksByService: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PackChange"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Pack"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1PacksByService: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1PacksByServiceSignIn: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PackSignInBegin"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackSignIn"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1PacksByServiceSignInArrival: {
        parameters: {
            query?: {
                /** @description What the browser left with */
                state?: string;
                /** @description What the tokens are given for */
                code?: string;
                /** @description What the service calls itself */
                iss?: string;
                /** @description Why there is no code */
                error?: string;
                /** @description The same in a sentence */
                error_description?: string;
            };
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1PacksByServiceSignInFinish: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PackSignInFinish"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackSignedIn"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1PacksByServiceTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                service: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PackTested"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Rooms: {
        parameters: {
            query: {
                /** @description Whose rooms */
                user_id: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rooms"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Rooms: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRoom"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomCreated"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1RoomsByRoomId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Room"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1RoomsByRoomIdInvite: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoomMember"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1RoomsByRoomIdJoin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoomMember"];
            };
        };
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1RoomsByRoomIdMessages: {
        parameters: {
            query: {
                /** @description As whom to read */
                user_id: string;
                /** @description 1 to 100 */
                limit?: number;
            };
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomMessages"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1RoomsByRoomIdSend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                room_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RoomSend"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoomSent"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSession"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1Session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1SessionArrival: {
        parameters: {
            query?: {
                /** @description What the browser left with */
                state?: string;
                /** @description What the homeserver gave it */
                loginToken?: string;
                /** @description A page of the dashboard to go on to */
                next?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1SessionProviders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInProviders"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1SessionProvidersByProviderId: {
        parameters: {
            query?: {
                /** @description A page of the dashboard to go on to */
                next?: string;
            };
            header?: never;
            path: {
                provider_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Spending: {
        parameters: {
            query?: {
                /** @description A UTC day; without it the present one */
                day?: string;
                /** @description Whose sums */
                by?: "person" | "bot" | "tenant";
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SpendingPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1SpendingCalls: {
        parameters: {
            query?: {
                /** @description A UTC day; without it the present one */
                day?: string;
                /** @description Of this bot only */
                bot_id?: string;
                /** @description Of this person only */
                person?: string;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelCallPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Tasks: {
        parameters: {
            query?: {
                /** @description Of this conversation only */
                conversation_id?: string;
                /** @description Of this service only */
                service?: string;
                /** @description Those that stand so */
                status?: "planned" | "awaiting_user" | "executing" | "done" | "error";
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantTasks"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Tasks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantPlan"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1TasksByTaskIdAnswer: {
        parameters: {
            query?: {
                /** @description How long to wait for the end or the next question; then the task goes on by itself */
                wait_s?: number;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantAnswer"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdApprovals: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantTaskApprovals"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdCalls: {
        parameters: {
            query?: {
                /** @description Those behind this next_after */
                after?: string;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantCalls"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1TasksByTaskIdCancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdCommands: {
        parameters: {
            query?: {
                /** @description Those behind this next_after */
                after?: string;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantCommands"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdExchanges: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantExchanges"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1TasksByTaskIdExecute: {
        parameters: {
            query?: {
                /** @description How long to wait for the end or the next question; then the task goes on by itself */
                wait_s?: number;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdFilesByFileId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
                file_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1TasksByTaskIdFork: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AssistantFork"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdLive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdQuestions: {
        parameters: {
            query?: {
                /** @description How many to pass over */
                from?: number;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantQuestions"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TasksByTaskIdSteps: {
        parameters: {
            query?: {
                /** @description Those behind this number */
                after?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantSteps"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1TasksByTaskIdUndo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssistantReply"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Tenants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenants"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Tenants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTenant"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchApiV1TenantsByTenantId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                tenant_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTenant"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1TranscriptsSearch: {
        parameters: {
            query: {
                /** @description Words; of three letters and more their beginnings. */
                q: string;
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Newest first. */
                        items: components["schemas"]["FoundSegment"][];
                        has_more: boolean;
                        /** @description The next page's `from`. */
                        next_from?: number;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1TurnsByTokenReply: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Markdown; empty: say nothing. */
                    text: string;
                    /** @description In place of what the Markdown would give; sanitised. */
                    html?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ok: boolean;
                        /** @description The same answer was here before. */
                        duplicate: boolean;
                    };
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1Users: {
        parameters: {
            query?: {
                /** @description Part of the name or display name */
                search?: string;
                kind?: "person" | "bot" | "service";
                role?: components["schemas"]["Role"];
                state?: "active" | "locked" | "deactivated";
                /** @description With - downwards */
                sort?: "name" | "-name" | "created_at" | "-created_at" | "display_name" | "-display_name";
                /** @description How many to pass over */
                from?: number;
                /** @description How many to answer */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1Users: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUser"];
            };
        };
        responses: {
            /** @description Done */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedUser"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1UsersExport: {
        parameters: {
            query?: {
                /** @description Part of the name or display name */
                search?: string;
                kind?: "person" | "bot" | "service";
                role?: components["schemas"]["Role"];
                state?: "active" | "locked" | "deactivated";
                /** @description With - downwards */
                sort?: "name" | "-name" | "created_at" | "-created_at" | "display_name" | "-display_name";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1UsersImport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserImports"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1UsersImport: {
        parameters: {
            query?: {
                /** @description Room id or alias that they join */
                join?: string;
                /** @description Make a password for each account without one; POST …/{import_id}/passwords hands them out, once */
                generate?: boolean;
                /** @description Only say what would be done */
                dry_run?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportStarted"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1UsersImportByImportId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                import_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserImport"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1UsersImportByImportId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                import_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserImport"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1UsersImportByImportIdPasswords: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                import_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1UsersByUserId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    patchApiV1UsersByUserId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1UsersByUserIdDeactivate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Confirm"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1UsersByUserIdLock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1UsersByUserIdPassword: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPassword"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeneratedPassword"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getApiV1UsersByUserIdSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserSessions"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1UsersByUserIdSessions: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteApiV1UsersByUserIdSessionsByDeviceId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
                device_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    postApiV1UsersByUserIdUnlock: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description Refused or failed */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
