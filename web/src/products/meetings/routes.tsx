import { page, type Product } from '@/kit/product';
import { meetingKeys } from './api/keys';

/** Bots in calls: sent, watched, read along with, and taken away. */
export const meetings: Product = {
  name: 'meetings',
  tab: { to: '/ui/meetings', label: 'Meetings', icon: 'call', least: 'member', key: 'm' },
  pages: [
    { path: 'meetings', page: page(() => import('./pages/meetings')) },
    { path: 'meetings/search', page: page(() => import('./pages/search')) },
    { path: 'meetings/webhooks', page: page(() => import('./pages/webhooks')) },
    { path: 'meetings/webhooks/:webhookId', page: page(() => import('./pages/webhook')) },
    { path: 'meetings/:meetingId', page: page(() => import('./pages/meeting')) },
  ],
  caches: [meetingKeys.all],
};
