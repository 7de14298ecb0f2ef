import { page, type Product } from '@/kit/product';

export const tenants: Product = {
  name: 'tenants',
  settings: [{ path: 'tenants', label: 'Tenants', page: page(() => import('./pages/tenants')), least: 'admin' }],
};
