import { Navigate } from 'react-router';
import { page, type Product } from '@/kit/product';

/** Where the keys were before they were settings. */
function Moved() {
  return <Navigate to="/ui/settings" replace />;
}

export const keys: Product = {
  name: 'keys',
  pages: [{ path: 'keys', page: Moved }],
  settings: [{ path: '', label: 'Keys', page: page(() => import('./pages/keys')) }],
};
