// What the replicas' pages have in common: parts of the page that show in one place of the flow, and what is pressed there.
import { Call } from '/replica/call.js';

export const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * room: its id. `tile(person)` and `line(line)`: markup. In the page: data-where="…" shows there alone (words separated by blanks), data-goto
 * leads there when pressed, data-join joins with what #name's selector holds, data-leave leaves, data-open shows what it names.
 */
export function stage({ room, first, name, tile, line, read = (field) => field.value, clear = (field) => { field.value = ''; } }) {
  const call = new Call(room);
  let place = first;
  const show = () => {
    const now = call.where === 'outside' ? place : call.where;
    for (const part of document.querySelectorAll('[data-where]')) part.hidden = !part.dataset.where.split(' ').includes(now);
    for (const list of document.querySelectorAll('[data-people]')) list.innerHTML = call.people.map((one) => tile({ ...one, name: escaped(one.name), speaking: call.speaking.has(one.id), stream: call.streams.get(one.id)?.id ?? '' })).join('');
    for (const list of document.querySelectorAll('[data-lines]')) list.innerHTML = call.lines.map((one) => line({ from: escaped(one.from), text: escaped(one.text) })).join('');
  };
  const on = (selector, run) => { for (const one of document.querySelectorAll(selector)) one.addEventListener('click', () => run(one)); };
  on('[data-goto]', (one) => { place = one.dataset.goto; show(); });
  on('[data-close]', (one) => one.closest(one.dataset.close).remove());
  on('[data-open]', (one) => { document.querySelector(one.dataset.open).hidden = false; });
  on('[data-toggle]', (one) => { one.setAttribute('aria-checked', 'false'); one.setAttribute('aria-label', one.dataset.toggle); });
  on('[data-join]', () => call.join(document.querySelector(name).value));
  on('[data-leave]', () => call.leave());
  on('[data-send]', (one) => {
    const field = document.querySelector(one.dataset.send);
    call.say(read(field));
    clear(field);
  });
  call.addEventListener('change', show);
  show();
  return call;
}
