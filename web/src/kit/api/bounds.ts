// Generated from the OpenAPI document by `npm run generate:api`. Do not edit.
export const bounds = {
  "AssistantAnswer": {
    "choice_id": {
      "maxLength": 200
    },
    "text": {
      "maxLength": 65536
    }
  },
  "AssistantApprove": {
    "digest": {
      "minLength": 1,
      "maxLength": 200
    }
  },
  "AssistantConversationChange": {
    "title": {
      "minLength": 1,
      "maxLength": 100
    }
  },
  "AssistantFork": {
    "from_step": {
      "minimum": 1
    }
  },
  "AssistantPlan": {
    "service": {
      "minLength": 1,
      "maxLength": 200
    },
    "intent": {
      "minLength": 1,
      "maxLength": 200
    },
    "conversation_id": {
      "maxLength": 200
    }
  },
  "AssistantReject": {
    "digest": {
      "minLength": 1,
      "maxLength": 200
    },
    "reason": {
      "maxLength": 4096
    }
  },
  "AssistantSay": {
    "text": {
      "minLength": 1,
      "maxLength": 65536
    },
    "task_id": {
      "maxLength": 200
    },
    "files": {
      "maxItems": 10
    }
  },
  "BotPatch": {
    "display_name": {
      "maxLength": 256
    },
    "flowise_url": {
      "maxLength": 2048
    }
  },
  "Brain": {
    "kind": {
      "minLength": 1,
      "maxLength": 32
    }
  },
  "BrainTest": {
    "bot_id": {
      "maxLength": 64
    }
  },
  "ChatText": {
    "text": {
      "minLength": 1,
      "maxLength": 20000
    },
    "txn_id": {
      "minLength": 1,
      "maxLength": 100
    }
  },
  "Confirm": {
    "confirm": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "HomeserverDeleteMedia": {
    "confirm": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "HomeserverDeleteRoom": {
    "confirm": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "HomeserverLink": {
    "user_id": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "NewApiKey": {
    "name": {
      "minLength": 1,
      "maxLength": 100
    },
    "scopes": {
      "maxItems": 8
    },
    "expires_in_days": {
      "minimum": 1,
      "maximum": 3650
    }
  },
  "NewBot": {
    "bot_id": {
      "minLength": 1,
      "maxLength": 64
    },
    "display_name": {
      "maxLength": 256
    },
    "flowise_url": {
      "maxLength": 2048
    }
  },
  "NewHook": {
    "name": {
      "minLength": 1,
      "maxLength": 64
    },
    "room_id": {
      "minLength": 1,
      "maxLength": 255
    },
    "expires_in_days": {
      "minimum": 1,
      "maximum": 3650
    }
  },
  "NewMeeting": {
    "link": {
      "minLength": 1,
      "maxLength": 2048
    },
    "language": {
      "maxLength": 8
    },
    "task": {
      "maxLength": 16
    },
    "driver": {
      "maxLength": 64
    },
    "bot_name": {
      "maxLength": 100
    },
    "retention_days": {
      "minimum": 1,
      "maximum": 3650
    },
    "room": {
      "maxLength": 255
    },
    "recording_retention_days": {
      "minimum": 1,
      "maximum": 3650
    }
  },
  "NewPassword": {
    "password": {
      "minLength": 8,
      "maxLength": 512
    },
    "current_password": {
      "maxLength": 512
    }
  },
  "NewRegistrationToken": {
    "token": {
      "minLength": 1,
      "maxLength": 64
    },
    "uses_allowed": {
      "minimum": 1,
      "maximum": 1000000000
    },
    "valid_for_s": {
      "minimum": 1,
      "maximum": 316224000
    }
  },
  "NewRoom": {
    "creator": {
      "minLength": 1,
      "maxLength": 255
    },
    "name": {
      "maxLength": 255
    },
    "topic": {
      "maxLength": 1000
    },
    "alias": {
      "maxLength": 255
    },
    "invite": {
      "maxItems": 100
    }
  },
  "NewSession": {
    "user": {
      "minLength": 1,
      "maxLength": 255
    },
    "password": {
      "minLength": 1,
      "maxLength": 512
    }
  },
  "NewTenant": {
    "name": {
      "minLength": 1,
      "maxLength": 100
    }
  },
  "NewUser": {
    "username": {
      "minLength": 1,
      "maxLength": 200
    },
    "password": {
      "minLength": 8,
      "maxLength": 512
    },
    "display_name": {
      "maxLength": 256
    }
  },
  "PackChange": {
    "base_url": {
      "maxLength": 2048
    }
  },
  "PackSignInBegin": {
    "return_to": {
      "maxLength": 2048
    }
  },
  "PackSignInFinish": {
    "address": {
      "minLength": 1,
      "maxLength": 8192
    }
  },
  "RegistrationTokenPatch": {
    "uses_allowed": {
      "minimum": 0,
      "maximum": 1000000000
    },
    "valid_for_s": {
      "minimum": 0,
      "maximum": 316224000
    }
  },
  "RestartPolicy": {
    "max_restarts": {
      "minimum": 1,
      "maximum": 1000
    },
    "window_s": {
      "minimum": 10,
      "maximum": 86400
    }
  },
  "RoomMember": {
    "user_id": {
      "minLength": 1,
      "maxLength": 255
    },
    "sender": {
      "maxLength": 255
    }
  },
  "RoomSend": {
    "sender": {
      "minLength": 1,
      "maxLength": 255
    },
    "text": {
      "minLength": 1,
      "maxLength": 50000
    },
    "txn_id": {
      "minLength": 1,
      "maxLength": 200
    }
  },
  "UserPatch": {
    "display_name": {
      "maxLength": 256
    },
    "tenant_id": {
      "minimum": 1
    }
  }
} as const;
