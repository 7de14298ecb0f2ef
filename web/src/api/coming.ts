// Shapes of routes that a server may not have yet; its answer is then 404, and what needs them is not shown.
// This file goes when they are in schema.ts.

export interface Hook { hook_id: string; name: string; room_id: string; created_at: string; last_used_at?: string }
type Json<T> = { content: { 'application/json': T } };
type Of<Path> = { parameters: { path: Path } };

export interface ComingPaths {
  '/api/v1/bots/{bot_id}/hooks': {
    get: Of<{ bot_id: string }> & { responses: { 200: Json<{ items: Hook[]; total: number }> } };
    post: Of<{ bot_id: string }> & { requestBody: Json<{ name: string; room_id: string }>; responses: { 201: Json<{ hook: Hook; url: string }> } };
    patch?: never; delete?: never;
  };
  '/api/v1/bots/{bot_id}/hooks/{hook_id}': { delete: Of<{ bot_id: string; hook_id: string }> & { responses: { 204: { content?: never } } }; get?: never; post?: never; patch?: never };
}
