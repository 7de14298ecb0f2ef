// Short names for the shapes of /api/v1.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Me = Schemas['Me'];
export type Role = Schemas['Role'];
export type Overview = Schemas['Overview'];
export type User = Schemas['User'];
export type UserPage = Schemas['UserPage'];
export type NewUser = Schemas['NewUser'];
export type Bot = Schemas['Bot'];
export type BotState = Schemas['BotState'];
export type BotPage = Schemas['BotPage'];
export type NewBot = Schemas['NewBot'];
export type BotPatch = Schemas['BotPatch'];
export type RestartPolicy = Schemas['RestartPolicy'];
export type Lifecycle = Schemas['Lifecycle'];
export type HistoryPage = Schemas['BotHistoryPage'];
export type HistoryEntry = HistoryPage['items'][number];
export type LogLine = Schemas['BotLogLine'];
export type UsageHour = Schemas['BotUsage']['items'][number];
export type ChatMessage = Schemas['ChatMessage'];
export type BotChat = Schemas['ChatMessages'];
export type BrainTested = Schemas['BrainTested'];
export type Hook = Schemas['Hook'];
export type UserSession = Schemas['UserSessions']['items'][number];
export type Setting = Schemas['Settings']['items'][number];
export type UserImport = Schemas['UserImport'];
export type Tenant = Schemas['Tenant'];
export type BrainKind = Schemas['BrainKinds']['items'][number];
export type ApiKey = Schemas['ApiKey'];
export type NewApiKey = Schemas['NewApiKey'];
export type AuditEntry = Schemas['AuditPage']['items'][number];
export type Problem = Schemas['Problem'];
export type HomeserverRoom = Schemas['HomeserverRoom'];
export type HomeserverRoomDetail = Schemas['HomeserverRoomDetail'];
export type RoomDeletion = Schemas['HomeserverDeletion'];
export type HomeserverFile = Schemas['HomeserverMedia'];
export type FileUsage = Schemas['HomeserverMediaUsage'];
export type RegistrationToken = Schemas['RegistrationToken'];
export type NewRegistrationToken = Schemas['NewRegistrationToken'];
export type RegistrationTokenPatch = Schemas['RegistrationTokenPatch'];
export type SignInProvider = Schemas['HomeserverProvider'];
export type Report = Schemas['HomeserverReport'];
export type ReportDetail = Schemas['HomeserverReportDetail'];

/** The account's role is enough for what a route asks. */
export function mayDo(me: Me | null | undefined, least: Role): boolean {
  const rank: Record<Role, number> = { member: 0, operator: 1, admin: 2 };
  return !!me && rank[me.role] >= rank[least];
}

/** Administrators of the first tenant look after the whole server. */
export function isServerAdmin(me: Me): boolean {
  return me.role === 'admin' && me.tenant_id === 1;
}
