-- Which session of which provider of OpenID Connect a session came from; empty: a password. It ends with that one.
ALTER TABLE id_session ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE id_session ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE id_session ADD COLUMN sid TEXT NOT NULL DEFAULT '';
CREATE INDEX id_session_of_subject ON id_session (provider, subject) WHERE provider <> '';
CREATE INDEX id_session_of_sid ON id_session (provider, sid) WHERE provider <> '';
