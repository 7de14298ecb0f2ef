import { page, type Product } from '@/kit/product';
import { applyImport, applyUsers } from './api/live';
import { userKeys } from './api/users';

export const users: Product = {
  name: 'users',
  tab: { to: '/ui/users', label: 'Users', icon: 'users', least: 'operator', key: 'u' },
  pages: [
    { path: 'users', page: page(() => import('./pages/users')), least: 'operator' },
    { path: 'users/:userId', page: page(() => import('./pages/user')), least: 'operator' },
    { path: 'users/import', page: page(() => import('./pages/import_users')), least: 'admin' },
  ],
  live: { users: applyUsers, import: applyImport },
  caches: [userKeys.all],
};
