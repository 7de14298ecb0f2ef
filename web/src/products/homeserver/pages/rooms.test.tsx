// @vitest-environment jsdom
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { Route, Routes } from 'react-router';
import type { HomeserverRoom, HomeserverRoomDetail } from '@/kit/api/types';
import { draw, serve } from '@/kit/testing';
import RoomPage from './room';
import RoomsPage from './rooms';

const garden: HomeserverRoom = {
  room_id: '!garden:example.org',
  name: 'Garden',
  members: 2,
  state_events: 9,
  version: '12',
  creator: '@anna:example.org',
  encryption: 'm.megolm.v1.aes-sha2',
  public: false,
};
const detail: HomeserverRoomDetail = { ...garden, devices: 3, events: 20, join_rule: 'invite' };
const none = { 'GET /api/v1/homeserver/deletions': () => ({ body: { items: [], total: 0 } }) };
const at = '/ui/server/rooms/!garden%3Aexample.org';
const path = '/api/v1/homeserver/rooms/!garden%3Aexample.org';
const members = { body: { items: [{ user_id: '@anna:example.org' }], total: 1 } };

function drawRoom() {
  return draw(
    <Routes>
      <Route path="/ui/server" element={<p>the list</p>} />
      <Route path="/ui/server/rooms/:roomId" element={<RoomPage />} />
    </Routes>,
    { at },
  );
}

it('lists the rooms with the filters of the address, and turns the order round', async () => {
  const asked = serve({
    ...none,
    'GET /api/v1/homeserver/rooms': () => ({ body: { items: [garden], total: 1 } }),
  });
  draw(<RoomsPage />, { at: '/ui/server?listed=false&empty=false' });
  const row = (await screen.findByRole('link', { name: 'Garden' })).closest('tr')!;
  within(row).getByText('Room, encrypted');
  await userEvent.click(screen.getByRole('button', { name: 'Members' }));
  await expect
    .poll(() => asked.filter(({ call }) => call.endsWith('/rooms')).map(({ url }) => url.search))
    .toEqual(['?public=false&empty=false&limit=25', '?sort=members&public=false&empty=false&limit=25']);
});

it('says when there are none, and why they could not be loaded', async () => {
  let well = false;
  serve({
    ...none,
    'GET /api/v1/homeserver/rooms': () =>
      well ? { body: { items: [], total: 0 } } : { status: 403, body: { detail: 'Not for you.' } },
  });
  draw(<RoomsPage />);
  const alert = await screen.findByRole('alert');
  within(alert).getByText('Not for you.');
  well = true;
  await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
  await screen.findByText('No rooms yet');
});

it('deletes a room when its name was typed', async () => {
  const asked = serve({
    ...none,
    [`GET ${path}`]: () => ({ body: detail }),
    [`GET ${path}/members`]: () => members,
    [`POST ${path}/delete`]: () => ({ status: 202, body: { delete_id: 'd1' } }),
  });
  const user = userEvent.setup();
  drawRoom();
  await screen.findByText('2, on 3 devices');
  await screen.findByText('@anna:example.org', { selector: 'li .mono' });
  await user.click(screen.getByRole('button', { name: 'Delete' }));
  const dialog = await screen.findByRole('dialog');
  const go = within(dialog).getByRole('button', { name: 'Delete the room' });
  expect(go).toHaveProperty('disabled', true);
  await user.type(within(dialog).getByRole('textbox'), 'Garden');
  await user.click(within(dialog).getByRole('checkbox'));
  await user.click(go);
  await screen.findByText('the list');
  expect(asked.find(({ call }) => call.startsWith('POST'))!.body).toEqual({
    confirm: '!garden:example.org',
    block: true,
  });
});

it('blocks a room and opens it again', async () => {
  let room = detail;
  const asked = serve({
    [`GET ${path}`]: () => ({ body: room }),
    [`GET ${path}/members`]: () => members,
    [`POST ${path}/block`]: ({ body }) => {
      const { blocked } = body as { blocked: boolean };
      room = blocked ? { ...detail, blocked_by: '@admin:example.org' } : detail;
      return { body: room };
    },
  });
  const user = userEvent.setup();
  drawRoom();
  await user.click(await screen.findByRole('button', { name: 'Block' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Block' }));
  await screen.findByText('nobody: blocked by @admin:example.org');
  await user.click(screen.getByRole('button', { name: 'Unblock' }));
  await screen.findByText('by invite');
  expect(asked.filter(({ call }) => call.startsWith('POST')).map(({ body }) => body)).toEqual([
    { blocked: true },
    { blocked: false },
  ]);
});

it('says that a room is gone', async () => {
  serve({ [`GET ${path}`]: () => ({ status: 404, body: { detail: 'Room not found' } }) });
  drawRoom();
  await screen.findByText('No such room');
});

it('leads from a room to whoever is in it, and who made it', async () => {
  serve({ [`GET ${path}`]: () => ({ body: detail }), [`GET ${path}/members`]: () => members });
  drawRoom();
  const list = await screen.findByRole('list', { name: 'Members' });
  const link = within(list).getByRole('link', { name: '@anna:example.org' });
  expect(link.getAttribute('href')).toBe('/ui/users/%40anna%3Aexample.org');
  expect(screen.getAllByRole('link', { name: '@anna:example.org' })).toHaveLength(2);
});
