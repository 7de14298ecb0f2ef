import { page, type Product } from '@/kit/product';
import { assistantKeys } from './api/keys';
import { ApprovalsBadge } from './parts/approvals_badge';

/** What people want done in their services: asked for, shown, approved, run, and looked at again. */
export const assistant: Product = {
  name: 'assistant',
  tab: { to: '/ui/assistant', label: 'Assistant', icon: 'spark', least: 'member', key: 'i', badge: ApprovalsBadge },
  pages: [
    {
      path: 'assistant',
      page: page(() => import('./pages/page')),
      children: [
        { path: '', page: page(() => import('./pages/chat')) },
        { path: 'chat/:conversationId', page: page(() => import('./pages/chat')) },
        { path: 'tasks', page: page(() => import('./pages/tasks')) },
        { path: 'tasks/:taskId', page: page(() => import('./pages/task')) },
        { path: 'approvals', page: page(() => import('./pages/approvals')) },
        { path: 'services', page: page(() => import('./pages/services')) },
        { path: 'services/:service', page: page(() => import('./pages/service')) },
      ],
    },
  ],
  caches: [assistantKeys.all],
};
