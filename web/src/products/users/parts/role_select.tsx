import { NativeSelect, type NativeSelectProps } from '@mantine/core';

export const roleWords = {
  member: 'Member: uses Matrix, looks at the dashboard',
  operator: 'Operator: makes, starts and stops bots',
  admin: 'Admin: all of it, users too',
} as const;

export function RoleSelect(props: Omit<NativeSelectProps, 'data'>) {
  return (
    <NativeSelect
      label="Role"
      {...props}
      data={Object.entries(roleWords).map(([value, label]) => ({ value, label }))}
    />
  );
}
