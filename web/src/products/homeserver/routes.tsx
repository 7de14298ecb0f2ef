import { page, type Product } from '@/kit/product';

/** The homeserver itself, for administrators of the whole server: what people have on it. */
export const homeserver: Product = {
  name: 'homeserver',
  tab: { to: '/ui/server', label: 'Server', icon: 'server', least: 'admin', server: true, key: 'h' },
  pages: [
    {
      path: 'server',
      page: page(() => import('./pages/page')),
      least: 'admin',
      server: true,
      children: [
        { path: '', page: page(() => import('./pages/rooms')) },
        { path: 'rooms/:roomId', page: page(() => import('./pages/room')) },
        { path: 'media', page: page(() => import('./pages/media')) },
        { path: 'registration', page: page(() => import('./pages/registration')) },
        { path: 'reports', page: page(() => import('./pages/reports')) },
        { path: 'providers', page: page(() => import('./pages/providers')) },
      ],
    },
  ],
};
