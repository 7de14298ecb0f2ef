import { expect, test } from 'vitest';
import { reachesThisMachineOnly } from './homeserver_address';

test('an address of the machine itself is told from one that others reach', () => {
  for (const address of ['http://127.0.0.1:8008', 'http://localhost:8008', 'http://[::1]:8008', 'https://127.1.2.3/']) {
    expect(reachesThisMachineOnly(address), address).toBe(true);
  }
  for (const address of [
    'https://chat.example.org',
    'http://192.168.0.7:8008',
    'https://localhost.example.org',
    'nonsense',
    '',
  ]) {
    expect(reachesThisMachineOnly(address), address).toBe(false);
  }
});
