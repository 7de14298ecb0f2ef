import { Loader, TextInput } from '@mantine/core';
import { Icon } from './icons';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** What stands below is of before: the answer is on its way. */
  busy?: boolean;
}

export function SearchBox({ label, value, onChange, busy = false }: Props) {
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      leftSection={busy ? <Loader size={16} role="img" aria-label="Searching" /> : <Icon name="search" size={16} />}
      maxLength={64}
      autoCapitalize="none"
      spellCheck={false}
    />
  ); // The server takes 200 bytes.
}
