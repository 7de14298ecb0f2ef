import { page, type Product } from '@/kit/product';
import { botKeys } from './api/bots';
import { applyBot } from './api/live';

export const bots: Product = {
  name: 'bots',
  tab: { to: '/ui/bots', label: 'Bots', icon: 'bot', least: 'member', key: 'b' },
  pages: [
    { path: 'bots', page: page(() => import('./pages/bots')) },
    { path: 'new-bot', page: page(() => import('./pages/new_bot')), least: 'operator' },
    {
      path: 'bots/:botId',
      page: page(() => import('./pages/bot/page')),
      children: [
        { path: '', page: page(() => import('./pages/bot/overview')) },
        { path: 'chat', page: page(() => import('./pages/bot/chat')) },
        { path: 'logs', page: page(() => import('./pages/bot/logs')), least: 'operator' },
        { path: 'history', page: page(() => import('./pages/bot/history')) },
        { path: 'settings', page: page(() => import('./pages/bot/settings')), least: 'operator' },
      ],
    },
  ],
  live: { bot: applyBot },
  caches: [botKeys.all],
};
