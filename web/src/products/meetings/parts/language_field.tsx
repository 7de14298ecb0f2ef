// A language out of those that can be transcribed: searched by code, English name and the language's own.
import { Select } from '@mantine/core';
import { languages } from './languages';

interface Props {
  value: string;
  onChange: (code: string) => void;
  /** What no language means. */
  none: string;
  error?: string | undefined;
  /** The first field of a dialog. */
  first?: boolean;
}

export function LanguageField({ value, onChange, none, error, first = false }: Props) {
  return (
    <Select
      label="Language"
      data-autofocus={first || undefined}
      placeholder={none}
      data={languages}
      value={value || null}
      onChange={(code) => onChange(code ?? '')}
      error={error}
      searchable
      openOnFocus={!first} // The list would cover the dialog before anything was read.
      clearable
      clearButtonProps={{ 'aria-label': 'No language' }}
      nothingFoundMessage="No such language can be transcribed"
      maxDropdownHeight={220}
      comboboxProps={{ withinPortal: false, transitionProps: { duration: 0 } }}
    />
  );
}
