import { expect, it } from 'vitest';
import type { Pack, PackSettings } from '../api/types';
import { changeOf, startOf } from './service_form';

const settings: PackSettings = {
  replaces_shipped: false,
  base_url: 'https://shop.example/api',
  base_url_from: 'pack',
  keys: [{ name: 'key', from: 'stored', environment: 'SHOP_API_KEY' }],
  keys_unused: false,
  approval: { by: 'asker' },
  approval_set: false,
  egress: [],
  errors: 0,
  warnings: 0,
  findings: [],
};
const pack: Pack = {
  service: 'shop',
  title: 'Shop',
  source: 'added',
  enabled: true,
  usable: true,
  ready: true,
  synonyms: [],
  intents: [],
  operations: [],
};

it('sends nothing that nobody changed', () => {
  const start = startOf(pack, settings);
  expect(start).toEqual({ enabled: true, base_url: '', rule: 'pack', names: '', secrets: { key: '' }, forget: {} });
  expect(changeOf(start, start)).toEqual({});
});

it('sends what is other than before', () => {
  const start = startOf(pack, settings);
  expect(
    changeOf(
      {
        enabled: false,
        base_url: ' https://other.example ',
        rule: 'named',
        names: '@anna:example.org\n\n @bert:example.org',
        secrets: { key: 'new' },
        forget: {},
      },
      start,
    ),
  ).toEqual({
    enabled: false,
    base_url: 'https://other.example',
    secrets: { key: 'new' },
    approval: { by: 'named', names: ['@anna:example.org', '@bert:example.org'] },
  });
  expect(changeOf({ ...start, forget: { key: true } }, start)).toEqual({ secrets: { key: null } });
});

it('begins with what the tenant set, and takes it back', () => {
  const start = startOf(pack, {
    ...settings,
    base_url: 'https://other.example',
    base_url_from: 'stored',
    approval: { by: 'named', names: ['@anna:example.org'] },
    approval_set: true,
  });
  expect(start.base_url).toBe('https://other.example');
  expect(start.names).toBe('@anna:example.org');
  expect(changeOf({ ...start, base_url: '', rule: 'pack' }, start)).toEqual({
    base_url: '',
    approval: { by: 'pack' },
  });
});
