// A stand-in for a model that plans: it follows a small table of rules, and fails in the ways that models and their
// servers have, as `modes` says.
import { ModelStandIn, event } from '../model_stand_in.mjs';

const failure = (message, type, code) => JSON.stringify({ error: { message, type, param: null, code } });
const quoted = (text) => /["“']([^"”']+)["”']/.exec(text)?.[1] ?? null;
const channel = (text) => /#([\w-]+)/.exec(text)?.[1] ?? null;
const named = (text) => /\b(?:called|named|project|for)\s+([A-Z]\w+(?: [A-Z]\w+)*)/.exec(text)?.[1] ?? null;

/** What is meant by a sentence: which operation, and with what. The first one that fits. */
const rules = [
  [/\b(make|create|add)\b.*\b(user|account)\b/i, 'troupe__create_user', (text) => ({ username: /\b(?:called|named|for)\s+(\w+)/.exec(text)?.[1]?.toLowerCase() ?? null })],
  [/\bstart\b.*\bbot\b/i, 'troupe__start_bot', (text) => ({ bot_id: /\bbot (?:called |named )?([\w-]+)/.exec(text)?.[1] ?? null })],
  [/\blist\b.*\bbots\b/i, 'troupe__list_bots', () => ({})],
  [/\bsearch\b.*\bmessages\b/i, 'troupe__search_messages', (text) => ({ text: quoted(text) })],
  [/\bleads\b/i, 'acculynx__list_leads', () => ({})],
  [/\bwork orders\b/i, 'bolt__list_work_orders', () => ({})],
  [/list.*channels/i, 'slack__list_channels', () => ({})],
  [/create.*channel/i, 'slack__create_channel', (text) => ({ name: channel(text) ?? /channel (?:called )?([\w-]+)/.exec(text)?.[1] ?? null })],
  [/#[\w-]+/, 'slack__send_message', (text) => ({ channel: channel(text), message: quoted(text) ?? /:\s*(.+)$/.exec(text)?.[1] ?? null })],
  [/comment|note/i, 'companycam__add_project_conversation', (text) => ({ project_hint: { name: named(text), address: null }, message: quoted(text) })],
  [/create.*project/i, 'companycam__create_project', (text) => ({ name: named(text) })],
  [/find|search/i, 'companycam__search_project', (text) => ({ project_hint: { name: named(text), address: null } })],
  [/list.*projects/i, 'companycam__list_projects', () => ({})],
];

/** All of a strict schema's members: those that were not given are null. */
function whole(schema, given) {
  if (!schema?.properties || typeof given !== 'object' || given === null) return given ?? null;
  return Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, whole(each, given[name] ?? null)]));
}
const several = (text, size = 7) => text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? [''];
const words = (text, finish = 'stop') => event({ role: 'assistant', content: '' }) + several(text).map((piece) => event({ content: piece })).join('') + event({}, finish);
const calls = (list, finish = 'tool_calls') => event({ role: 'assistant', content: null }) + list.map(([name, args], index) =>
  event({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }] })
  + several(args).map((piece) => event({ tool_calls: [{ index, function: { arguments: piece } }] })).join('')).join('') + event({}, finish);

/**
 * One mode for each request, in their order; the last one stays:
 *   well, fenced, called (a call where JSON was asked for), named (its operation's bare name)
 *   malformed, truncated, empty, prose, wrong_enum, invented, several, other (a function that nobody offered)
 *   refusal, filtered, limited, quota, broken, overloaded, silence, half, dies, stream_error
 */
export class PlanningModel extends ModelStandIn {
  modes = ['well'];

  /** What was asked: the operations that were offered, or the schema that is to be filled. */
  asked(body) {
    const format = body.response_format?.json_schema;
    const tools = (body.tools ?? []).map((each) => each.function);
    const offered = format ? (format.schema.properties?.choice?.enum ?? null) : tools.length > 1 ? tools.map((each) => each.name) : null;
    const filled = offered ? null : format ? { name: format.name, schema: format.schema } : tools[0] ? { name: tools[0].name, schema: tools[0].parameters } : null;
    // What the person said is the first of their messages that is not data; the rest are repairs.
    const text = body.messages.find(({ role, content }) => role === 'user' && !String(content).startsWith('DATA '))?.content ?? '';
    return { offered, filled, text, by_calls: !format && tools.length > 0 };
  }
  plan(question, self, body) {
    this.mode = this.modes.length > 1 ? this.modes.shift() : this.modes[0];
    switch (this.mode) {
      case 'limited': return { refuse: 429, headers: { 'retry-after': '1' }, body: failure('Rate limit reached', 'requests', 'rate_limit_exceeded') };
      case 'quota': return { refuse: 429, body: failure('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota') };
      case 'broken': return { refuse: 500, headers: { 'content-type': 'text/html' }, body: '<html>500</html>' };
      case 'overloaded': return { refuse: 503, body: failure('The server is overloaded', 'server_error', 'server_is_overloaded') };
      case 'silence': return { silent: 0 };
      case 'half': return { silent: 200 };
      case 'dies': return { cut: 200 };
      default: return {};
    }
  }
  events(question, body) {
    if (!body) return super.events(question);
    const { offered, filled, text, by_calls } = this.asked(body);
    if (!offered && !filled) return super.events(question);
    const [, tool, inputs] = rules.find(([pattern, name]) => pattern.test(text) && (offered ?? [filled.name]).includes(name)) ?? [];
    const arguments_of = (given) => JSON.stringify(filled ? whole(filled.schema, given) : {});
    const name = filled?.name ?? tool;
    const answer = filled ? whole(filled.schema, inputs?.(text) ?? {}) : { choice: tool ?? 'ask', question: tool ? null : 'What shall I do?' };
    const json = JSON.stringify(answer);
    const call = name ? [[name, filled ? json : '{}']] : [];
    switch (this.mode) {
      case 'fenced': return words(`Here it is:\n\`\`\`json\n${JSON.stringify(answer, null, 2)}\n\`\`\`\nAnything else?`);
      case 'called': return call.length ? calls(call) : words('What shall I do?');
      case 'named': return words(name ?? 'ask');
      case 'malformed': return words(`${json.slice(0, -1)}, "more": Par`);
      case 'truncated': return name ? calls([[name, json.slice(0, Math.ceil(json.length / 2))]], 'length') : words(json.slice(0, 5), 'length');
      case 'empty': return words('');
      case 'prose': return words('I would gladly help with that, but first tell me how your day was.');
      case 'wrong_enum': return words(JSON.stringify(filled ? Object.fromEntries(Object.keys(answer).map((each) => [each, { not: 'a value' }])) : { choice: 'slack__delete_everything', question: null }));
      case 'invented': return words(filled ? arguments_of({ ...answer, message: 'what nobody said', thread_ts: '1.2', project_id: '4711', lead_id: '4712' }) : json);
      case 'several': return calls([...(offered ?? [name]).slice(0, 3), name].filter((each) => each && each !== 'ask').map((each) => [each, '{}']));
      case 'other': return calls([['run_shell', '{"command":"rm -rf /"}']]);
      case 'refusal': return event({ role: 'assistant', content: null, refusal: "I'm sorry, " }) + event({ refusal: 'I cannot help with that.' }) + event({}, 'stop');
      case 'filtered': return event({ role: 'assistant', content: '' }) + event({}, 'content_filter');
      case 'stream_error': return event({ content: json.slice(0, 3) }) + `data: ${failure('The server had an error', 'server_error', null)}\n\n`;
      default: return by_calls && call.length ? calls(call) : words(json);
    }
  }
}
