// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { chosenFile as file } from '../testing';
import { readPackFiles } from './pack_files';

it('takes the files of the folder itself', async () => {
  expect(
    await readPackFiles([
      file('config.json', '{}', 'shop/config.json'),
      file('openapi.yaml', 'openapi: 3.1.0', 'shop/openapi.yaml'),
      file('.DS_Store', 'x', 'shop/.DS_Store'),
      file('config', 'x', 'shop/.git/config'),
    ]),
  ).toEqual({ files: { 'config.json': '{}', 'openapi.yaml': 'openapi: 3.1.0' } });
});

it('says what is in the way', async () => {
  expect((await readPackFiles([])).problem).toMatch(/no files/);
  expect((await readPackFiles([file('openapi.json', '{}')])).problem).toMatch(/config\.json/);
  expect((await readPackFiles([file('config.json', new Uint8Array([0xff, 0xfe]))])).problem).toMatch(/UTF-8/);
  const many = Array.from({ length: 17 }, (_, at) => file(`${at}.json`, '{}'));
  expect((await readPackFiles(many)).problem).toMatch(/at most 16/);
  expect((await readPackFiles([file('config.json', new Uint8Array(9 * 1024 * 1024))])).problem).toMatch(/8 MB/);
});
