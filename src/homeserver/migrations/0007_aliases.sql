-- How many aliases an account has made is asked before it makes another one.
CREATE INDEX hs_alias_by_creator ON hs_alias (creator);
