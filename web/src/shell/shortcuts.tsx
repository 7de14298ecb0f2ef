// Keys for those who do not want to reach for the mouse, and the list of them.
import { ActionIcon, Stack, Switch } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { useMe } from '@/kit/api/session';
import { mayDo } from '@/kit/api/types';
import { Dialog } from '@/kit/dialog';
import { Icon } from '@/kit/icons';
import { isTaken, useSingleKeys } from '@/kit/single_keys';
import { Keys, others, type Command } from './shortcut_keys';
import { useTabs } from './tabs';

export function Shortcuts() {
  const me = useMe();
  const places = useTabs();
  const navigate = useNavigate();
  const [help, setHelp] = useState(false);
  const [on, setOn] = useSingleKeys();
  const [keys] = useState(() => new Keys(places));
  const run = useEffectEvent((command: Command): boolean => {
    if ('go' in command) {
      void navigate(command.go);
      return true;
    }
    if (command.do === 'help') {
      setHelp(true);
      return true;
    }
    if (command.do === 'new') {
      if (!mayDo(me, 'operator')) return false;
      void navigate('/ui/new-bot');
      return true;
    }
    const box = document.querySelector<HTMLInputElement>('main input[type=search]');
    box?.focus();
    return box !== null;
  });
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      if (isTaken(event)) return;
      const { key, ctrlKey, altKey, metaKey, repeat } = event;
      const command = keys.press({ key, ctrlKey, altKey, metaKey, repeat, atMs: performance.now() });
      if (command && run(command)) event.preventDefault();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [on, keys]);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        className="desktop-only"
        aria-label="Keyboard shortcuts"
        onClick={() => setHelp(true)}
      >
        <Icon name="keyboard" />
      </ActionIcon>
      <Dialog title="Keyboard shortcuts" opened={help} onClose={() => setHelp(false)} small>
        <Stack>
          <dl className="shortcuts">
            {places.map(({ key, label }) => (
              <div key={key}>
                <dt>{label}</dt>
                <dd>
                  <kbd>g</kbd> then <kbd>{key}</kbd>
                </dd>
              </div>
            ))}
            {others
              .filter(({ least }) => mayDo(me, least ?? 'member'))
              .map(({ keys: pressed, label }) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>
                    {pressed.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
          </dl>
          <Switch
            label="Use these keys"
            description="They never work while you type in a field."
            checked={on}
            onChange={(event) => setOn(event.currentTarget.checked)}
          />
        </Stack>
      </Dialog>
    </>
  );
}
