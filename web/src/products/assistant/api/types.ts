// Short names for the assistant's shapes.
import type { components } from '@/kit/api/schema';

type Schemas = components['schemas'];

export type Conversation = Schemas['AssistantConversation'];
export type Message = Schemas['AssistantMessage'];
export type Task = Schemas['AssistantTask'];
export type Question = Schemas['AssistantQuestion'];
export type Choice = Schemas['AssistantChoice'];
export type PlannedCall = Schemas['AssistantPlannedCall'];
export type Approval = Schemas['AssistantApproval'];
export type Reply = Schemas['AssistantReply'];
export type Step = Schemas['AssistantStep'];
export type ApiCall = Schemas['AssistantCall'];
export type Lesson = Schemas['AssistantLesson'];
export type TaskFile = Schemas['AssistantTaskFile'];
export type TakenFile = Schemas['AssistantFile'];
export type CommandRun = Schemas['AssistantCommand'];
export type PackRow = Schemas['PackRow'];
export type Pack = Schemas['Pack'];
export type PackSettings = NonNullable<Pack['settings']>;
export type PackChange = Schemas['PackChange'];
export type PackTested = Schemas['PackTested'];
export type Finding = PackSettings['findings'][number];
export type Operation = Pack['operations'][number];
