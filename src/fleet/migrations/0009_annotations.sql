-- `flowise_url` was a member of one face of the API; it becomes an annotation, which the fleet only keeps. A Flowise bot
-- whose config names no address has asked there until now: it goes on.
ALTER TABLE fleet_bot ADD COLUMN annotations TEXT NOT NULL DEFAULT '{}'; -- JSON object: texts by name
UPDATE fleet_bot SET annotations =
  '{"flowise_url":"' || REPLACE(REPLACE(flowise_url, '\', '\\'), '"', '\"') || '"}'
  WHERE flowise_url <> '';
UPDATE fleet_bot SET brain_config =
  '{"url":"' || REPLACE(REPLACE(flowise_url, '\', '\\'), '"', '\"') || '"' ||
  CASE WHEN brain_config = '{}' THEN '}' ELSE ',' || SUBSTR(brain_config, 2) END
  WHERE brain_kind = 'flowise' AND flowise_url <> '' AND brain_config NOT LIKE '%"url":%';
ALTER TABLE fleet_bot DROP COLUMN flowise_url;
