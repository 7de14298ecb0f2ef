// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { SearchBox } from './search_box';
import { draw } from './testing';

it('shows that what stands below is not the answer yet', () => {
  const { rerender } = draw(<SearchBox label="Search" value="a" onChange={() => {}} busy />);
  expect(screen.getByLabelText('Searching')).toBeTruthy();
  rerender(<SearchBox label="Search" value="a" onChange={() => {}} />);
  expect(screen.queryByLabelText('Searching')).toBeNull();
});
