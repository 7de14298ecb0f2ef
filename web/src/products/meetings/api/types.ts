// What the server answers about meetings, by short names.
import type { components, paths } from '@/kit/api/schema';

type Schemas = components['schemas'];
export type Meeting = Schemas['Meeting'];
export type History = Schemas['MeetingHistory'];
export type MeetingState = Meeting['state'];
export type Transition = History['transitions'][number];
export type Attempt = History['attempts'][number];
export type NewMeeting = Schemas['NewMeeting'];
export type Task = Meeting['task'];
export type Summary = Schemas['MeetingSummary'];
export type Recording = Schemas['MeetingRecording'];
export type Segment = Schemas['Segment'];
export type Found = Schemas['FoundSegment'];
export type Webhook = Schemas['MeetingWebhook'];
export type NewWebhook = paths['/api/v1/meetings/webhooks']['post']['requestBody']['content']['application/json'];
export type Delivery = Schemas['MeetingWebhookDelivery'];
