// The few icons the console needs, drawn on a 24 × 24 grid. Decorative: the words beside them, or the button's label, say it.
const shapes = {
  home: 'M4 11.5 12 5l8 6.5M6.5 10v9h11v-9M10 19v-5h4v5',
  bot: 'M6 9.5h12a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-5.5a2 2 0 0 1 2-2ZM12 9.5V6M12 5.5v.01M9 13.5v1M15 13.5v1',
  users:
    'M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.5 19c0-3 2.5-5 5.5-5s5.5 2 5.5 5M16 5.3a3 3 0 0 1 0 5.4M17.5 14.3c1.8.7 3 2.4 3 4.7',
  key: 'M14.5 13.5a4.5 4.5 0 1 0-4-2.5L4 17.5V20h3v-2h2v-2h2l1-1.2c.8.4 1.6.7 2.5.7ZM15.5 8.5v.01',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6v.01M4.5 12v.01M4.5 18v.01',
  play: 'M8 5.5v13l10-6.5Z',
  stop: 'M7 7h10v10H7Z',
  plus: 'M12 5v14M5 12h14',
  dots: 'M5.5 12v.01M12 12v.01M18.5 12v.01',
  copy: 'M9 9h10v10H9ZM5 15V5h10',
  check: 'M5 12.5 10 17l9-10',
  search: 'M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12ZM15.5 15.5 20 20',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4',
  moon: 'M19.5 14A8 8 0 0 1 10 4.5 8 8 0 1 0 19.5 14Z',
  screen: 'M4 5h16v11H4ZM9 20h6M12 16v4',
  trash: 'M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12M10.5 10.5v5M13.5 10.5v5',
  edit: 'M5 19l.8-3.5L15.5 5.8a1.5 1.5 0 0 1 2.1 0l.6.6a1.5 1.5 0 0 1 0 2.1L8.5 18.2 5 19ZM13.5 7.8l2.7 2.7',
  back: 'M15 6l-6 6 6 6',
  next: 'M9 6l6 6-6 6',
  out: 'M14 5h5v14h-5M10 8l-4 4 4 4M6 12h9',
  alert: 'M12 5 3.5 19h17ZM12 10.5v3.5M12 16.5v.01',
  pause: 'M8.5 6v12M15.5 6v12',
  down: 'M12 5v13M6.5 12.5 12 18l5.5-5.5',
  download: 'M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14',
  clip: 'M18.5 11.5 12 18a4 4 0 0 1-5.7-5.7l7-7a2.7 2.7 0 0 1 3.8 3.8l-7 7a1.3 1.3 0 0 1-1.9-1.9l6.3-6.2',
  close: 'M7 7l10 10M17 7 7 17',
  upload: 'M12 15.5V4.5M7.5 9 12 4.5 16.5 9M5 19.5h14',
  again: 'M19 12a7 7 0 1 1-2.2-5.1M19 4.5V8h-3.5',
  undo: 'M5 12a7 7 0 1 0 2.2-5.1M5 4.5V8h3.5',
  send: 'M4.5 12 19.5 5l-4 14.5-4-5.5ZM11.5 14l8-9',
  server: 'M4.5 5h15v6h-15ZM4.5 13h15v6h-15ZM8 8v.01M8 16v.01M12 8h4M12 16h4',
  gear: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM12 3.5v2.2M12 18.3v2.2M3.5 12h2.2M18.3 12h2.2M6 6l1.6 1.6M16.4 16.4 18 18M6 18l1.6-1.6M16.4 7.6 18 6',
  chat: 'M5 6h14v9.5H11L7 19v-3.5H5Z',
  flow: 'M5 5h5v5H5ZM14 14h5v5h-5ZM10 7.5h4a2.5 2.5 0 0 1 2.5 2.5v4M14 5h5v5',
  spark: 'M12 4l1.7 5.3L19 11l-5.3 1.7L12 18l-1.7-5.3L5 11l5.3-1.7ZM18.5 16v3M17 17.5h3',
  hook: 'M9 8.5a3 3 0 1 1 4.5 2.6l3 5M15 16.5a3 3 0 1 1-3-3M6.5 12.6A3 3 0 1 0 9.5 17H15',
  echo: 'M5 9.5h3L12 6v12l-4-3.5H5ZM15 9.5a3.5 3.5 0 0 1 0 5M17.5 7a7 7 0 0 1 0 10',
  command: 'M6 9l3.5 3L6 15M11.5 15.5H17M4 5h16v14H4Z',
  program: 'M9 8l-4 4 4 4M15 8l4 4-4 4M13 6l-2 12',
  lockopen: 'M7 11h10v8H7ZM9 11V8.5a3 3 0 0 1 5.8-1',
  call: 'M4 7.5h10.5v9H4ZM14.5 11l5.5-3v8l-5.5-3',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16ZM12 8v4.3l3 1.7',
  keyboard: 'M4 7h16v10H4ZM7 10.5v.01M10.3 10.5v.01M13.7 10.5v.01M17 10.5v.01M8 14h8',
  sort: 'M8 10l4-4 4 4M8 14l4 4 4-4',
  sortup: 'M8 14l4-4 4 4',
  sortdown: 'M8 10l4 4 4-4',
  lock: 'M7 11h10v8H7ZM9 11V8.5a3 3 0 0 1 6 0V11',
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={name === 'dots' ? 2.8 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={shapes[name]} />
    </svg>
  );
}
