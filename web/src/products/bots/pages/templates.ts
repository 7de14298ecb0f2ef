// What one can begin a bot with: every kind of brain the server has, and for some of them ready settings.
import type { IconName } from '@/kit/icons';
import type { BrainKind } from '@/kit/api/types';

export interface Template {
  /** Unique among the cards. */
  id: string;
  kind: string;
  title: string;
  text: string;
  icon: IconName;
  preset: Record<string, unknown>;
  /** Why none can be made on this server. */
  off: string | undefined;
  /** What to know before filling in the form. */
  help: string;
}

type Dressing = Omit<Template, 'id' | 'kind' | 'text' | 'preset' | 'title' | 'off'> & {
  title?: string;
  text?: string;
  preset?: Record<string, unknown>;
};
const dressings: Record<string, Dressing[]> = {
  echo: [
    {
      icon: 'echo',
      text: 'Says back what it hears. Needs nothing: good for a first try.',
      help: 'There is nothing to set up. Make it, start it, and write to it under Chat.',
    },
  ],
  flowise: [
    {
      icon: 'flow',
      text: 'A chatflow or agentflow of your Flowise, with memory per room, files and streamed answers.',
      help: 'Open the flow in Flowise: the flow id is the last part of its address, and a key is made under API Keys. A flow without a key needs none here.',
    },
  ],
  openai: [
    {
      icon: 'spark',
      title: 'Language model',
      text: 'Any endpoint that speaks OpenAI’s chat completions: OpenAI, Mistral, vLLM, LM Studio and more.',
      help: 'The base address usually ends in /v1. A server of your own often needs no key.',
    },
    {
      icon: 'spark',
      title: 'Ollama',
      text: 'A model on your own machine, through Ollama’s OpenAI-compatible endpoint.',
      preset: { base_url: 'http://127.0.0.1:11434/v1' },
      help: 'Ollama listens on port 11434. Pull the model first (ollama pull …) and give its exact name; it needs no key.',
    },
  ],
  webhook: [
    {
      icon: 'hook',
      text: 'Posts each message to a web service of yours and says what it answers, at once or later.',
      help: 'Each request is signed. Leave the secret empty and one is made and shown once, for your service to check with.',
    },
  ],
  command: [
    {
      icon: 'command',
      text: 'Answers !help and !ping, keeps reminders with time zones and says things on a schedule.',
      help: 'Write !help to it to see what it can do.',
    },
  ],
  program: [
    {
      icon: 'program',
      text: 'Runs any program of yours as the bot and keeps it running.',
      help: 'The program gets the address of the homeserver and its user id in the environment, and its token in a file that only it can read.',
    },
  ],
};
const order = ['echo', 'flowise', 'openai', 'webhook', 'command', 'program'];

/** The cards, in a fixed order; kinds this page has never heard of come last, with the server's own words. */
export function templatesFrom(kinds: BrainKind[]): Template[] {
  const rank = (kind: string) => (order.includes(kind) ? order.indexOf(kind) : order.length);
  return [...kinds]
    .sort((a, b) => rank(a.kind) - rank(b.kind))
    .flatMap((brain) =>
      (dressings[brain.kind] ?? [{ icon: 'bot' as const, help: brain.description }]).map((dressing, place) => ({
        id: place === 0 ? brain.kind : `${brain.kind}-${place + 1}`,
        kind: brain.kind,
        icon: dressing.icon,
        help: dressing.help,
        title: dressing.title ?? brain.title,
        text: dressing.text ?? brain.description,
        preset: dressing.preset ?? {},
        off: brain.off,
      })),
    );
}
