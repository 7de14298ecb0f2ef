// A language out of those that can be transcribed: searched by code, English name and the language's own.
import { Select } from '@mantine/core';
import { languages } from './languages';

interface Props {
  value: string;
  onChange: (code: string) => void;
  /** What no language means. */
  none: string;
  error?: string | undefined;
}

export function LanguageField({ value, onChange, none, error }: Props) {
  return (
    <Select
      label="Language"
      placeholder={none}
      data={languages}
      value={value || null}
      onChange={(code) => onChange(code ?? '')}
      error={error}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'No language' }}
      nothingFoundMessage="No such language can be transcribed"
      maxDropdownHeight={220}
      comboboxProps={{ withinPortal: false, transitionProps: { duration: 0 } }}
    />
  );
}
