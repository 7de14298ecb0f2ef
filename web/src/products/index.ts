// Every product of the console, in the order of its tabs. A new one is a folder beside these and a line here.
import type { Product } from '@/kit/product';
import { assistant } from './assistant/routes';
import { audit } from './audit/routes';
import { bots } from './bots/routes';
import { homeserver } from './homeserver/routes';
import { keys } from './keys/routes';
import { meetings } from './meetings/routes';
import { overview } from './overview/routes';
import { settings } from './settings/routes';
import { tenants } from './tenants/routes';
import { users } from './users/routes';

export const products: readonly Product[] = [
  overview,
  assistant,
  bots,
  meetings,
  users,
  homeserver,
  audit,
  keys,
  tenants,
  settings,
];
