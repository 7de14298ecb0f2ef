import { TextInput } from '@mantine/core';
import { Icon } from './icons';

export function SearchBox({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      leftSection={<Icon name="search" size={16} />}
      maxLength={64}
      autoCapitalize="none"
      spellCheck={false}
    />
  ); // The server takes 200 bytes.
}
