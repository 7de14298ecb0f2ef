import { page, type Product } from '@/kit/product';

export const audit: Product = {
  name: 'audit',
  tab: { to: '/ui/audit', label: 'Audit', icon: 'list', least: 'admin', key: 'a' },
  pages: [{ path: 'audit', page: page(() => import('./pages/audit')), least: 'admin' }],
};
