import { page, type Product } from '@/kit/product';

export const sample: Product = {
  name: 'sample',
  tab: { to: '/ui/sample', label: 'Sample', icon: 'list', least: 'member', key: 'x' },
  pages: [{ path: 'sample', page: page(() => import('./pages/notes')) }],
};
