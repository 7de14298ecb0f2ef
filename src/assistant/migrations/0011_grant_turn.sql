-- Which process renews a sign-in of as_grant: of two that send the same refresh token, services take both for thieves.
CREATE TABLE as_grant_turn (
  account TEXT PRIMARY KEY,
  holder TEXT NOT NULL,              -- the process
  word TEXT NOT NULL                 -- another one each time: one that stays the same for long is over (calls/tokens.h)
);
