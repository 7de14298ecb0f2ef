-- Work that only one of several processes may do at a time. No wall clock here: whoever waits watches `beat`.
CREATE TABLE host_lease (
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,              -- who has it; empty: given back
  epoch INTEGER NOT NULL,            -- counts holders; a write of an earlier one is refused
  beat INTEGER NOT NULL              -- counts renewals of this epoch
);
