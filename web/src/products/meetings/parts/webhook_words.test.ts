import { expect, it } from 'vitest';
import { eventNames, eventsOf, hostOf, layOut, sayTries, usualEvents, wantedEvents } from './webhook_words';

it('takes what is wanted, also of events that it does not know', () => {
  expect(wantedEvents({ events: { 'meeting.completed': true, 'bot.failed': false, odd: true, wrong: 'yes' } })).toEqual(
    ['meeting.completed', 'odd'],
  );
});

it('offers what each form can tell of, and has the usual of it chosen', () => {
  expect(eventsOf('envelope')).toEqual(Object.keys(eventNames));
  expect(usualEvents('envelope')).toEqual(['meeting.completed']);
  expect(eventsOf('legacy')).toEqual(['meeting.status_change', 'meeting.completed']);
});

it('names an address by whose it is', () => {
  expect(hostOf({ url: 'https://example.org:8443/a/secret?token=x' })).toBe('example.org:8443');
  expect(hostOf({ url: 'not an address' })).toBe('not an address');
});

it('says what became of a delivery', () => {
  expect(sayTries({ tries: 0, status: 0 })).toBe('not tried yet');
  expect(sayTries({ tries: 1, status: 204 })).toBe('1 try, answer 204');
  expect(sayTries({ tries: 3, status: 0 })).toBe('3 tries, no answer');
});

it('lays a body out, and leaves what is no JSON', () => {
  expect(layOut('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(layOut('{"a":')).toBe('{"a":');
});
