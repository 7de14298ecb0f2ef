import { page, type Product } from '@/kit/product';

/** The frame around the pages that every product may put below the settings, and the server's own ones. */
export const settings: Product = {
  name: 'settings',
  tab: { to: '/ui/settings', label: 'Settings', icon: 'gear', least: 'member', key: 's' },
  settingsFrame: page(() => import('./pages/page')),
  settings: [
    {
      path: 'configuration',
      label: 'Configuration',
      page: page(() => import('./pages/configuration')),
      least: 'admin',
    },
    { path: 'about', label: 'About', page: page(() => import('./pages/about')) },
  ],
};
