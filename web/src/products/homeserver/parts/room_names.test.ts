import { expect, it } from 'vitest';
import { roomName, roomTitle, shortRoomName, typedName } from './room_names';

const room = (name: string) => ({ name, room_id: '!a:example.org' });

it('shows no character that turns its neighbours about', () => {
  expect(roomName(room('\u202eevil\u202c \u0645'))).toBe('evil \u0645');
  expect(roomName(room('\u200b\u202e '))).toBe('!a:example.org');
});

it('is short in a sentence, and cuts no letter in two', () => {
  expect(shortRoomName(room('Garden'))).toBe('Garden');
  expect(shortRoomName(room('\u{1f339}'.repeat(200)))).toBe(`${'\u{1f339}'.repeat(59)}…`);
});

it('asks for what anybody can type', () => {
  expect(typedName(room('My garden'))).toBe('My garden');
  for (const name of [' Garden  two', 'W'.repeat(61), '\u0645\u0631\u062d\u0628\u0627', '\u202eevil me', 'a\u00a0b'])
    expect(typedName(room(name)), name).not.toBe(name);
  expect(typedName(room('a  b'))).toBe('delete');
});

it('does not call a room by its id where that stands beside it', () => {
  expect(roomTitle({ room_id: '!a:example.org' })).toBe('Room without a name');
  expect(roomTitle({ room_id: '!a:example.org', name: ' ' })).toBe('Room without a name');
  expect(roomTitle({ room_id: '!a:example.org', alias: '#a:example.org' })).toBe('#a:example.org');
  expect(roomTitle({ room_id: '!a:example.org', name: 'A' })).toBe('A');
});
