import { overviewKey } from '@/kit/api/overview';
import { page, type Product } from '@/kit/product';

export const overview: Product = {
  name: 'overview',
  tab: { to: '/ui', label: 'Overview', icon: 'home', least: 'member', key: 'o' },
  pages: [{ path: '', page: page(() => import('./pages/overview')) }],
  caches: [overviewKey],
};
