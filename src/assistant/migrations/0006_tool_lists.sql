-- What the MCP servers of a tenant's services offered when they were last asked: with it their operations are known
-- after a restart, and in every process, also while a server is out of reach.
CREATE TABLE as_tool_list (
  tenant_id INTEGER NOT NULL,
  service TEXT NOT NULL,
  address TEXT NOT NULL,             -- whose list it is (services/tool_lists.h): at another address it is not used
  tools TEXT NOT NULL,               -- JSON: the entries of tools/list
  listed_ms INTEGER NOT NULL,        -- when it became this one
  PRIMARY KEY (tenant_id, service)
);
